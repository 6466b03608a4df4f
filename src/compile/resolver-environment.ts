import type { Environment } from '../config/environment.js';

/**
 * The variables that every program needs: locations of programs, libraries, home and certificates, the language,
 * and the proxy.
 */
const needed = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TZ', 'LANG', 'LANGUAGE', 'LD_LIBRARY_PATH'],
  ...['DYLD_LIBRARY_PATH', 'DYLD_FALLBACK_LIBRARY_PATH'],
  ...['SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'USERPROFILE', 'HOMEDRIVE', 'HOMEPATH'],
  ...['APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA', 'PROGRAMFILES', 'PROGRAMFILES(X86)', 'PROGRAMW6432'],
  ...['NUMBER_OF_PROCESSORS', 'PROCESSOR_ARCHITECTURE', 'PROCESSOR_ARCHITEW6432'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'SSL_CLIENT_CERT', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'],
  // Needed by a keyring.
  ...['DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME'],
]);

/**
 * The environment variables that a resolver gets (P7). A resolver reads unverified files, and expands variables in
 * URLs that it requests, so it gets only the variables that it needs, and no secrets. A resolver that may build
 * archives gets all variables, because builds may need any of them. Pure.
 */
export function resolverEnvironment(inherited: Environment, allowBuilds: boolean): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    const isNeeded = needed.has(name.toUpperCase()) || /^LC_[A-Z]+$/.test(name);
    if (value !== undefined && (allowBuilds || isNeeded)) env[name] = value;
  }
  // Forbid git all protocols: a resolver fetches repositories even when builds are forbidden.
  if (!allowBuilds) env.GIT_ALLOW_PROTOCOL = 'none';
  return env;
}
