import { defaultIndexUrl, defaultRetries, defaultTimeout } from './defaults.js';
import type { Environment } from './environment.js';
import { anyFormat, type FormatOption, withFormatOption } from './format-control.js';
import { type BindingOptions, parseBindings } from './index-bindings.js';
import { parseMissingStatuses } from './missing-status.js';
import { type PipConfig, type PipSetting, pipSettings } from './pip-config.js';
import type { FormatControl, IndexSettings, NetworkSettings } from './settings.js';
import {
  absolutePath,
  findLinksLocation,
  flag,
  indexUrl,
  invalidSetting,
  type PathContext,
  retryCount,
  seconds,
  trustedHost,
} from './values.js';

/** Index options of the command line, as written. */
export interface IndexCommandLine {
  /** Look in the configured indexes instead of the locations in lock files. */
  readonly relocate?: boolean;
  readonly indexUrl: string | undefined;
  readonly extraIndexUrls: readonly string[];
  readonly noIndex: boolean;
  readonly findLinks: readonly string[];
  /** `--no-binary` and `--only-binary`, in order. */
  readonly formats: readonly FormatOption[];
  readonly preferBinary: boolean;
  readonly pre: boolean;
  readonly trustedHosts: readonly string[];
  /** `--index` and `--from`. */
  readonly bindings?: BindingOptions;
  /** `--missing-status`. */
  readonly missingStatuses?: readonly string[];
}

/** Network options of the command line, as written; `jobs` and `offline` are already parsed. */
export interface NetworkCommandLine {
  readonly timeout: string | undefined;
  readonly retries: string | undefined;
  readonly proxy: string | undefined;
  readonly cert: string | undefined;
  readonly clientCert: string | undefined;
  readonly keyringProvider: string | undefined;
}

/** Index options in requirements files. */
export interface FileIndexOptions {
  /** The last `--index-url`, or undefined. */
  readonly indexUrl: string | undefined;
  /** `--extra-index-url`s, in order; only those after the last `--index-url`, which discards earlier ones. */
  readonly extraIndexUrls: readonly string[];
  readonly noIndex: boolean;
  /** As written; a path that exists next to its requirements file is absolute. */
  readonly findLinks: readonly string[];
  /**
   * Normalised names or `:all:`. The caller passes the names of lower precedence to the reader of the files, which
   * adds to them or removes them.
   */
  readonly noBinary: ReadonlySet<string>;
  readonly onlyBinary: ReadonlySet<string>;
  readonly preferBinary: boolean;
  /** `--pre`, or `--all-releases :all:`. */
  readonly pre: boolean;
  readonly trustedHosts: readonly string[];
}

/** Configuration from outside peep's command line, and the base of relative paths. */
export interface ConfiguredContext extends PathContext {
  readonly env: Environment;
  readonly pipConfig: PipConfig;
}

/**
 * `--no-binary` and `--only-binary` of configuration, variables and command line; options in requirements files add
 * to them. As in pip, each option changes the result of those with lower precedence.
 */
export function resolveFormatControl(
  commandLine: Pick<IndexCommandLine, 'formats'>,
  { pipConfig, env }: Pick<ConfiguredContext, 'pipConfig' | 'env'>,
): FormatControl {
  const configured = pipSettings(pipConfig, env).filter(
    (setting): setting is PipSetting & { name: FormatOption['option'] } =>
      setting.name === 'no-binary' || setting.name === 'only-binary',
  );
  const options = [
    ...configured.map(({ name, value, from }) => ({ option: name, value, from })),
    ...commandLine.formats.map((format) => ({ ...format, from: `--${format.option}` })),
  ];
  return options.reduce((control: FormatControl, { from, ...option }) => {
    if (!option.value.startsWith('-')) return withFormatOption(control, option);
    throw invalidSetting(option.value, from, 'it is an option, but project names are expected');
  }, anyFormat);
}

/**
 * The index settings (contract section 4): requirements files over command line over `PIP_*` over pip.conf over
 * PyPI. Lists follow pip: a variable replaces the list of the file; the command line and requirements files add to
 * it. Throws `SETTING_INVALID` with the origin of the value.
 */
export function resolveIndexSettings(
  commandLine: IndexCommandLine,
  files: FileIndexOptions | undefined,
  context: ConfiguredContext,
): IndexSettings {
  const configured = new Configured(pipSettings(context.pipConfig, context.env));
  const url: Read<string> = (text, from) => indexUrl(text, from, context);
  const link: Read<string> = (text, from) => findLinksLocation(text, from, context);
  const relocate =
    commandLine.relocate === true ||
    commandLine.indexUrl !== undefined ||
    (context.env.PIP_INDEX_URL ?? '') !== '' ||
    (commandLine.noIndex && commandLine.findLinks.length > 0);
  const urls = unique(indexUrls(commandLine, files, configured, url));
  const bindings = parseBindings(commandLine.bindings ?? { indexes: [], projects: [] }, context);
  const missing = commandLine.missingStatuses ?? [];
  return {
    indexUrls: urls,
    ...(relocate && { relocate }),
    bindings,
    ...(missing.length > 0 && {
      missingStatuses: parseMissingStatuses(missing, { indexUrls: urls, bindings }, context),
    }),
    findLinks: unique([
      ...configured.many('find-links', link),
      ...commandLine.findLinks.map((text) => link(text, '--find-links')),
      ...(files?.findLinks ?? []).map((text) => link(text, '--find-links of a requirements file')),
    ]),
    formatControl:
      files === undefined
        ? resolveFormatControl(commandLine, context)
        : { noBinary: files.noBinary, onlyBinary: files.onlyBinary },
    preferBinary:
      commandLine.preferBinary || files?.preferBinary === true || configured.flag('prefer-binary'),
    allowPrereleases: commandLine.pre || files?.pre === true || configured.flag('pre'),
    trustedHosts: trustedHosts(configured, commandLine, files),
  };
}

/**
 * The network settings (contract section 5): command line over `PIP_*` over pip.conf over pip's defaults. Variables
 * of other tools (`HTTPS_PROXY`, `SSL_CERT_FILE`, …) have lower precedence and are read when a connection is made.
 * Throws `SETTING_INVALID`.
 */
export function resolveNetworkSettings(
  commandLine: NetworkCommandLine &
    Pick<IndexCommandLine, 'trustedHosts'> & { readonly jobs: number; readonly offline: boolean },
  files: Pick<FileIndexOptions, 'trustedHosts'> | undefined,
  context: ConfiguredContext,
): NetworkSettings {
  const configured = new Configured(pipSettings(context.pipConfig, context.env));
  const chosen = <T>(name: string, given: string | undefined, read: Read<T>, alias = name): T | undefined =>
    given === undefined ? configured.one([name, alias], read) : read(given, `--${name}`);
  const path: Read<string> = (text, from) => absolutePath(text, from, context);
  const { timeout, retries, proxy, cert, clientCert } = commandLine;
  return {
    jobs: commandLine.jobs,
    offline: commandLine.offline,
    timeout: chosen('timeout', timeout, seconds, 'default-timeout') ?? defaultTimeout,
    retries: chosen('retries', retries, retryCount) ?? defaultRetries,
    proxy: chosen('proxy', proxy, (text) => text),
    cert: chosen('cert', cert, path),
    clientCert: chosen('client-cert', clientCert, path),
    keyringProvider: chosen('keyring-provider', commandLine.keyringProvider, keyringProvider) ?? 'auto',
    trustedHosts: trustedHosts(configured, commandLine, files),
  };
}

function indexUrls(
  commandLine: IndexCommandLine,
  files: FileIndexOptions | undefined,
  configured: Configured,
  url: Read<string>,
): string[] {
  // `--no-index` in a file is final; otherwise an index in a file enables indexes again (contract section 3).
  if (files?.noIndex === true) return [];
  const inFiles = (files?.extraIndexUrls ?? []).map((text) =>
    url(text, '--extra-index-url of a requirements file'),
  );
  if (files?.indexUrl !== undefined) {
    return [url(files.indexUrl, '--index-url of a requirements file'), ...inFiles];
  }
  if (commandLine.noIndex || configured.flag('no-index')) return [];
  const first =
    commandLine.indexUrl === undefined
      ? configured.one(['index-url', 'pypi-url'], url)
      : url(commandLine.indexUrl, '--index-url');
  return [
    first ?? defaultIndexUrl,
    ...configured.many('extra-index-url', url),
    ...commandLine.extraIndexUrls.map((text) => url(text, '--extra-index-url')),
    ...inFiles,
  ];
}

/** Parses a value as written; `from` says where it was written, for the error. */
type Read<T> = (text: string, from: string) => T;

/** Settings outside the command line; the strongest one wins. */
class Configured {
  readonly #settings: readonly PipSetting[];

  constructor(weakestFirst: readonly PipSetting[]) {
    this.#settings = weakestFirst;
  }

  one<T>(names: readonly string[], read: Read<T>): T | undefined {
    const setting = this.#settings.findLast(({ name }) => names.includes(name));
    return setting === undefined ? undefined : read(setting.value.trim(), setting.from);
  }

  /** Blanks or line ends separate the values of a list. */
  many<T>(wanted: string, read: Read<T>): T[] {
    const setting = this.#settings.findLast(({ name }) => name === wanted);
    if (setting === undefined) return [];
    const values = setting.value.split(/\s+/).filter((value) => value !== '');
    return values.map((value) => read(value, setting.from));
  }

  flag(name: string): boolean {
    return this.one([name], flag) ?? false;
  }
}

function trustedHosts(
  configured: Configured,
  commandLine: Pick<IndexCommandLine, 'trustedHosts'>,
  files: Pick<FileIndexOptions, 'trustedHosts'> | undefined,
): string[] {
  return unique([
    ...configured.many('trusted-host', trustedHost),
    ...commandLine.trustedHosts.map((text) => trustedHost(text, '--trusted-host')),
    ...(files?.trustedHosts ?? []).map((text) => trustedHost(text, '--trusted-host of a requirements file')),
  ]);
}

function keyringProvider(text: string, from: string): NetworkSettings['keyringProvider'] {
  if (text === 'disabled' || text === 'auto' || text === 'import' || text === 'subprocess') return text;
  throw invalidSetting(text, from, 'it is not disabled, auto, import or subprocess');
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)];
}
