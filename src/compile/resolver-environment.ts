import type { Environment } from '../config/environment.js';

/** Where programs, libraries, homes and certificates are; the language of messages; and the proxy. */
const needed = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TZ', 'LANG', 'LANGUAGE', 'LD_LIBRARY_PATH'],
  ...['DYLD_LIBRARY_PATH', 'DYLD_FALLBACK_LIBRARY_PATH'],
  ...['SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'USERPROFILE', 'HOMEDRIVE', 'HOMEPATH'],
  ...['APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA', 'PROGRAMFILES', 'PROGRAMFILES(X86)', 'PROGRAMW6432'],
  ...['NUMBER_OF_PROCESSORS', 'PROCESSOR_ARCHITECTURE', 'PROCESSOR_ARCHITEW6432'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'SSL_CLIENT_CERT', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'],
  // For a keyring.
  ...['DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME'],
]);

/**
 * The variables of a resolver, of those that it would inherit. It reads what nobody verified, and puts variables
 * into URLs that it asks for: so it gets those that it needs, and no secrets (P7). What builds archives gets all: a
 * compiler may need any, and their code reads them in an install too. Pure.
 */
export function resolverEnvironment(inherited: Environment, allowBuilds: boolean): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    const isNeeded = needed.has(name.toUpperCase()) || /^LC_[A-Z]+$/.test(name);
    if (value !== undefined && (allowBuilds || isNeeded)) env[name] = value;
  }
  // Keeps git, which needs no build, from any repository.
  if (!allowBuilds) env.GIT_ALLOW_PROTOCOL = 'none';
  return env;
}
