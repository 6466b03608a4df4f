import { defaultIndexUrl, defaultRetries, defaultTimeout } from './defaults.js';
import { anyFormat, type FormatOption, withFormatOption } from './format-control.js';
import { type Environment, type PipConfig, type PipSetting, pipSettings } from './pip-config.js';
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
  readonly indexUrl: string | undefined;
  readonly extraIndexUrls: readonly string[];
  readonly noIndex: boolean;
  readonly findLinks: readonly string[];
  /** `--no-binary` and `--only-binary`, in order. */
  readonly formats: readonly FormatOption[];
  readonly preferBinary: boolean;
  readonly pre: boolean;
  readonly trustedHosts: readonly string[];
}

/** Network options of the command line, as written; `jobs` and `offline` are peep's own and known already. */
export interface NetworkCommandLine {
  readonly timeout: string | undefined;
  readonly retries: string | undefined;
  readonly proxy: string | undefined;
  readonly cert: string | undefined;
  readonly clientCert: string | undefined;
  readonly keyringProvider: string | undefined;
}

/** Index options in requirements files, as `FileOptions` of requirements/ has them. */
export interface FileIndexOptions {
  readonly indexUrl: string | undefined;
  readonly extraIndexUrls: readonly string[];
  readonly noIndex: boolean;
  readonly findLinks: readonly string[];
  /** With those of lesser precedence already in. */
  readonly noBinary: ReadonlySet<string>;
  readonly onlyBinary: ReadonlySet<string>;
  readonly preferBinary: boolean;
  readonly pre: boolean;
  readonly trustedHosts: readonly string[];
}

/** What is configured outside of peep's command line, and where paths start. */
export interface ConfiguredContext extends PathContext {
  readonly env: Environment;
  readonly pipConfig: PipConfig;
}

/**
 * `--no-binary` and `--only-binary` of configuration, variables and command line, which those in requirements
 * files add to: pip lets each option work on what the weaker ones left.
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
    throw invalidSetting(option.value, from, 'it is an option where project names are wanted');
  }, anyFormat);
}

/**
 * Where archives are looked for (contract section 4): requirements files over command line over `PIP_*` over
 * pip.conf over PyPI. Lists follow pip: a variable replaces the file's list, the command line and the
 * requirements files add to it. Throws `SETTING_INVALID`, naming where the value came from.
 */
export function resolveIndexSettings(
  commandLine: IndexCommandLine,
  files: FileIndexOptions | undefined,
  context: ConfiguredContext,
): IndexSettings {
  const configured = new Configured(pipSettings(context.pipConfig, context.env));
  const url = (from: string) => (text: string) => indexUrl(text, from, context);
  const links = (from: string) => (text: string) => findLinksLocation(text, from, context);
  const hosts = (from: string) => (text: string) => trustedHost(text, from);
  const indexes = (): string[] => {
    // `--no-index` in a file is final; an index named in a file brings indexes back (contract section 3).
    if (files?.noIndex === true) return [];
    const inFiles = (files?.extraIndexUrls ?? []).map(url('--extra-index-url of a requirements file'));
    if (files?.indexUrl !== undefined) {
      return [indexUrl(files.indexUrl, '--index-url of a requirements file', context), ...inFiles];
    }
    if (commandLine.noIndex || configured.flag('no-index')) return [];
    const first =
      commandLine.indexUrl === undefined
        ? (configured.one(['index-url', 'pypi-url'], url) ?? defaultIndexUrl)
        : url('--index-url')(commandLine.indexUrl);
    const extra = commandLine.extraIndexUrls.map(url('--extra-index-url'));
    return [first, ...configured.many('extra-index-url', url), ...extra, ...inFiles];
  };
  return {
    indexUrls: unique(indexes()),
    findLinks: unique([
      ...configured.many('find-links', links),
      ...commandLine.findLinks.map(links('--find-links')),
      ...(files?.findLinks ?? []).map(links('--find-links of a requirements file')),
    ]),
    formatControl:
      files === undefined
        ? resolveFormatControl(commandLine, context)
        : { noBinary: files.noBinary, onlyBinary: files.onlyBinary },
    preferBinary:
      commandLine.preferBinary || files?.preferBinary === true || configured.flag('prefer-binary'),
    allowPrereleases: commandLine.pre || files?.pre === true || configured.flag('pre'),
    trustedHosts: trustedHosts(configured, commandLine.trustedHosts, files?.trustedHosts ?? [], hosts),
  };
}

/**
 * How the network is used (contract section 5): command line over `PIP_*` over pip.conf over pip's defaults.
 * Variables of other tools (`HTTPS_PROXY`, `SSL_CERT_FILE`, …) come after these, where the connection is made.
 * Throws `SETTING_INVALID`.
 */
export function resolveNetworkSettings(
  commandLine: NetworkCommandLine &
    Pick<IndexCommandLine, 'trustedHosts'> & { readonly jobs: number; readonly offline: boolean },
  files: Pick<FileIndexOptions, 'trustedHosts'> | undefined,
  context: ConfiguredContext,
): NetworkSettings {
  const configured = new Configured(pipSettings(context.pipConfig, context.env));
  const chosen = <T>(
    option: string,
    given: string | undefined,
    names: readonly string[],
    read: (from: string) => (text: string) => T,
  ): T | undefined => (given === undefined ? configured.one(names, read) : read(option)(given));
  const path = (from: string) => (text: string) => absolutePath(text, from, context);
  const asIs = () => (text: string) => text;
  return {
    jobs: commandLine.jobs,
    offline: commandLine.offline,
    timeout:
      chosen(
        '--timeout',
        commandLine.timeout,
        ['timeout', 'default-timeout'],
        (from) => (text) => seconds(text, from),
      ) ?? defaultTimeout,
    retries:
      chosen('--retries', commandLine.retries, ['retries'], (from) => (text) => retryCount(text, from)) ??
      defaultRetries,
    proxy: chosen('--proxy', commandLine.proxy, ['proxy'], asIs),
    cert: chosen('--cert', commandLine.cert, ['cert'], path),
    clientCert: chosen('--client-cert', commandLine.clientCert, ['client-cert'], path),
    keyringProvider:
      chosen(
        '--keyring-provider',
        commandLine.keyringProvider,
        ['keyring-provider'],
        (from) => (text) => keyringProvider(text, from),
      ) ?? 'auto',
    trustedHosts: trustedHosts(
      configured,
      commandLine.trustedHosts,
      files?.trustedHosts ?? [],
      (from) => (text) => trustedHost(text, from),
    ),
  };
}

type Read<T> = (from: string) => (text: string) => T;

/** Settings outside the command line, where the strongest wins. */
class Configured {
  readonly #settings: readonly PipSetting[];

  constructor(weakestFirst: readonly PipSetting[]) {
    this.#settings = weakestFirst;
  }

  one<T>(names: readonly string[], read: Read<T>): T | undefined {
    const setting = this.#settings.findLast(({ name }) => names.includes(name));
    return setting === undefined ? undefined : read(setting.from)(setting.value.trim());
  }

  /** Values of a list are separated by blanks or line ends. */
  many<T>(wanted: string, read: Read<T>): T[] {
    const setting = this.#settings.findLast(({ name }) => name === wanted);
    if (setting === undefined) return [];
    return setting.value
      .split(/\s+/)
      .filter((value) => value !== '')
      .map(read(setting.from));
  }

  flag(name: string): boolean {
    return this.one([name], (from) => (text) => flag(text, from)) ?? false;
  }
}

function trustedHosts(
  configured: Configured,
  commandLine: readonly string[],
  files: readonly string[],
  read: Read<string>,
): string[] {
  return unique([
    ...configured.many('trusted-host', read),
    ...commandLine.map(read('--trusted-host')),
    ...files.map(read('--trusted-host of a requirements file')),
  ]);
}

function keyringProvider(text: string, from: string): NetworkSettings['keyringProvider'] {
  if (text === 'disabled' || text === 'auto' || text === 'import' || text === 'subprocess') return text;
  throw invalidSetting(text, from, 'it is none of disabled, auto, import and subprocess');
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)];
}
