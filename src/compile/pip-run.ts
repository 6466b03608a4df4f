import type { IndexSettings, NetworkSettings } from '../config/settings.js';
import { pipCommand, withoutPipSettings } from '../install/pip-environment.js';
import { type PipVersion, parsePipVersion, pipAtLeast } from '../install/pip-version.js';
import { isProjectName, parseProjectName } from '../packaging/name.js';
import { isValidVersion } from '../packaging/version.js';
import { PeepError } from '../text/errors.js';
import { isObject } from '../text/objects.js';
import { wheelsOnlyPip } from './pip-guard.js';
import { resolverEnvironment } from './resolver-environment.js';
import type { Choice, Question, ResolverFiles, ResolverRun } from './types.js';
import { unreadable } from './uv-run.js';

/** The first pip with `--dry-run` and `--report`. */
export const oldestResolver = '22.2';
/** The first pip with `--uploaded-prior-to`. */
const knowsUploadTimes = '26.0';

export interface PipQuestion {
  readonly python: string;
  readonly pip: PipVersion;
  /** The target's interpreter, if the pip of `python` belongs to another environment. */
  readonly foreignTarget: string | undefined;
  readonly question: Question;
  readonly index: IndexSettings;
  readonly network: NetworkSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: ResolverFiles;
  readonly platform: NodeJS.Platform;
}

/**
 * Arguments for `pip install --dry-run --report`, which installs nothing, and builds nothing unless builds are
 * allowed: see pip-guard.ts. Pure.
 */
export function pipRun(request: PipQuestion): ResolverRun {
  const { python, pip, foreignTarget, question, index, network, env, files, platform } = request;
  const { allowBuilds, uploadedBefore } = question;
  const { noBinary, onlyBinary } = index.formatControl;
  const argv = [
    ...['install', '--dry-run', '--ignore-installed', '--quiet', '--report', files.output],
    ...(allowBuilds
      ? [...options('--no-binary', noBinary), ...options('--only-binary', onlyBinary)]
      : ['--only-binary', ':all:']),
    ...(index.preferBinary ? ['--prefer-binary'] : []),
    ...(index.allowPrereleases ? ['--pre'] : []),
    ...(uploadedBefore !== undefined && pipAtLeast(pip, knowsUploadTimes)
      ? ['--uploaded-prior-to', uploadedBefore]
      : []),
    ...['-c', files.constraints, '-r', files.requirements],
  ];
  return {
    program: python,
    argv: allowBuilds
      ? pipCommand(foreignTarget === undefined ? argv : ['--python', foreignTarget, ...argv])
      : wheelsOnlyPip(argv, foreignTarget),
    env: {
      ...withoutPipSettings(resolverEnvironment(env, allowBuilds), platform),
      ...networkVariables(network),
      PIP_CONFIG_FILE: platform === 'win32' ? 'nul' : '/dev/null',
      NETRC: files.netrc,
      PIP_NO_INPUT: '1',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_CACHE_DIR: files.cache,
      ...{ TMPDIR: files.temp, TMP: files.temp, TEMP: files.temp },
    },
  };
}

function options(name: string, values: ReadonlySet<string>): string[] {
  return values.size === 0 ? [] : [name, [...values].join(',')];
}

function networkVariables({
  proxy,
  cert,
  clientCert,
  timeout,
  retries,
  trustedHosts,
  keyringProvider,
}: NetworkSettings) {
  return {
    ...(proxy !== undefined && { PIP_PROXY: proxy }),
    ...(cert !== undefined && { PIP_CERT: cert }),
    ...(clientCert !== undefined && { PIP_CLIENT_CERT: clientCert }),
    ...(trustedHosts.length > 0 && { PIP_TRUSTED_HOST: trustedHosts.join(' ') }),
    PIP_KEYRING_PROVIDER: keyringProvider,
    PIP_TIMEOUT: String(timeout),
    PIP_RETRIES: String(retries),
  };
}

/** Throws `PIP_TOO_OLD` for a pip that can install but not resolve. */
export function checkResolverPip(version: string, python: string): void {
  if (pipAtLeast(parsePipVersion(version), oldestResolver)) return;
  throw new PeepError(
    'PIP_TOO_OLD',
    `'${python}' has pip ${version}; peep compile needs pip ${oldestResolver} or newer, or uv on PATH`,
    {
      hint: `Run \`'${python}' -m pip install --upgrade pip\`, or put uv into a directory of PATH.`,
      facts: { python, pip: version },
    },
  );
}

/** Parses pip's installation report (`--report`); only names and versions are used. Throws `RESOLUTION_UNREADABLE`. */
export function readPipReport(text: string): readonly Choice[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw unreadable('pip', text.slice(0, 200));
  }
  const items = isObject(document) ? document.install : undefined;
  if (!Array.isArray(items)) throw unreadable('pip', 'a report without a list "install"');
  return items.map((item: unknown): Choice => {
    const metadata = isObject(item) && isObject(item.metadata) ? item.metadata : {};
    const { name, version } = metadata;
    if (
      typeof name !== 'string' ||
      !isProjectName(name) ||
      typeof version !== 'string' ||
      !isValidVersion(version)
    )
      throw unreadable('pip', JSON.stringify({ name, version }) ?? '');
    return { project: parseProjectName(name), version, url: undefined, marker: undefined };
  });
}
