import { posix, win32 } from 'node:path';
import { PeepError, systemCode, systemReason } from '../text/errors.js';
import { printable } from '../text/redact.js';
import type { Environment } from './environment.js';
import { type IniSections, parseIni } from './ini.js';

/** One setting of pip, from a file or a variable. */
export interface PipSetting {
  /** The long option name without dashes: `index-url`. */
  readonly name: string;
  readonly value: string;
  /** For messages: `PIP_INDEX_URL`, or `index-url of /etc/pip.conf`. */
  readonly from: string;
}

/** A configuration file of pip. */
export interface PipConfigFile {
  readonly path: string;
  readonly sections: IniSections;
}

/** Files in the order in which pip loads them: later ones override earlier ones. */
export type PipConfig = readonly PipConfigFile[];

export interface PipConfigHost {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** `sys.prefix` of the target, which may have its own file; undefined without a Python. */
  readonly prefix: string | undefined;
}

/** File system access. */
export interface PipConfigFiles {
  /** Reads all bytes; rejects with a system error. */
  readFile(path: string): Promise<Uint8Array>;
  isDirectory(path: string): Promise<boolean>;
}

/**
 * Reads pip's configuration files in pip's order: global, user, site (of the target's prefix) and then
 * `PIP_CONFIG_FILE`. Missing files and files that this user may not read are ignored, as in pip. Throws
 * `CONFIG_INVALID`, and `CONFIG_UNREADABLE` for a file that is not text, or that PIP_CONFIG_FILE names but is
 * missing.
 */
export async function readPipConfig(host: PipConfigHost, files: PipConfigFiles): Promise<PipConfig> {
  const named = host.env.PIP_CONFIG_FILE ?? '';
  // As in pip, the null device disables all configuration files.
  if (named === (host.platform === 'win32' ? 'nul' : '/dev/null')) return [];
  const config = named === '' ? undefined : await readConfigFile(named, true, files);
  const support = macSupportDirectory(host.home);
  const mac = host.platform === 'darwin' && (await files.isDirectory(support)) ? support : undefined;
  const { global, user, site } = pipConfigPaths(host, mac);
  const others = [...global, ...(config === undefined ? user : []), ...site];
  const read = await Promise.all(others.map((path) => readConfigFile(path, false, files)));
  return [...read, config].filter((file) => file !== undefined);
}

/** The paths of pip's configuration files by kind; later ones override. */
export function pipConfigPaths(
  { env, platform, home, prefix }: PipConfigHost,
  macSupport: string | undefined,
): { readonly global: string[]; readonly user: string[]; readonly site: string[] } {
  const paths = platform === 'win32' ? win32 : posix;
  const file = platform === 'win32' ? 'pip.ini' : 'pip.conf';
  const at = (...parts: string[]): string => paths.join(...parts, file);
  const site = prefix === undefined ? [] : [at(prefix)];
  if (platform === 'win32') {
    const common = filled(env.PROGRAMDATA) ?? filled(env.ALLUSERSPROFILE) ?? 'C:\\ProgramData';
    const roaming = filled(env.APPDATA) ?? win32.join(home, 'AppData', 'Roaming');
    return { global: [at(common, 'pip')], user: [at(home, 'pip'), at(roaming, 'pip')], site };
  }
  if (platform === 'darwin') {
    const brew =
      prefix?.includes('/opt/python') === true
        ? [at(prefix.split('/opt/python')[0] ?? '', 'share', 'pip')]
        : [];
    return {
      global: [...brew, at('/Library/Application Support', 'pip')],
      user: [at(home, '.pip'), at(macSupport ?? posix.join(home, '.config', 'pip'))],
      site,
    };
  }
  const shared = (filled(env.XDG_CONFIG_DIRS) ?? '/etc/xdg')
    .split(':')
    .filter((directory) => directory.trim() !== '');
  const own = filled(env.XDG_CONFIG_HOME) ?? posix.join(home, '.config');
  return {
    global: [...shared.map((directory) => at(directory, 'pip')), at('/etc')],
    user: [at(home, '.pip'), at(own, 'pip')],
    site,
  };
}

/**
 * The settings of pip for an install, weakest first: `[global]` of every file, `[install]` of every file, then
 * `PIP_*` variables. Empty values are ignored, as in pip.
 */
export function pipSettings(config: PipConfig, env: Environment): PipSetting[] {
  return [
    ...sectionSettings(config, 'global'),
    ...sectionSettings(config, 'install'),
    ...variableSettings(env),
  ];
}

function sectionSettings(config: PipConfig, section: string): PipSetting[] {
  const settings = new Map<string, PipSetting>();
  for (const { path, sections } of config) {
    for (const [key, value] of sections.get(section) ?? []) {
      const name = settingName(key);
      settings.set(name, { name, value, from: `${name} in [${section}] of '${printable(path)}'` });
    }
  }
  return [...settings.values()].filter(({ value }) => value !== '');
}

function variableSettings(env: Environment): PipSetting[] {
  const settings: PipSetting[] = [];
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('PIP_') || value === undefined || value === '') continue;
    const name = settingName(variable.slice('PIP_'.length));
    if (name !== 'version' && name !== 'help') settings.push({ name, value, from: variable });
  }
  return settings;
}

function settingName(key: string): string {
  return key.toLowerCase().replaceAll('_', '-').replace(/^--/, '');
}

async function readConfigFile(
  path: string,
  named: boolean,
  files: PipConfigFiles,
): Promise<PipConfigFile | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await files.readFile(path);
  } catch (error) {
    const code = systemCode(error);
    if (!named || code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(path, systemReason(error), error);
  }
  if (bytes.length > maxConfigBytes)
    throw unreadable(path, `it is larger than ${maxConfigBytes} bytes`, undefined);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(path, 'it is not UTF-8 text', error);
  }
  return { path, sections: parseIni(text, path, ['global', 'install']) };
}

const maxConfigBytes = 1 << 20;

function macSupportDirectory(home: string): string {
  return posix.join(home, 'Library', 'Application Support', 'pip');
}

function unreadable(path: string, why: string, cause: unknown): PeepError {
  return new PeepError(
    'CONFIG_UNREADABLE',
    `cannot read pip's configuration file '${printable(path)}': ${why}`,
    {
      cause,
      hint: 'Repair or remove it, or set PIP_CONFIG_FILE to /dev/null to use no configuration file.',
    },
  );
}

function filled(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}
