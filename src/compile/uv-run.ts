import type { IndexSettings, NetworkSettings } from '../config/settings.js';
import { uvEnvironment } from '../install/uv-handover.js';
import { parseProjectName } from '../packaging/name.js';
import { parseRequirement } from '../packaging/requirement.js';
import { clipped } from '../text/clip.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { resolverEnvironment } from './resolver-environment.js';
import type { Choice, Question, ResolverFiles, ResolverRun } from './types.js';

export interface UvQuestion {
  readonly uv: string;
  /** The interpreter to choose versions for. */
  readonly python: string;
  readonly question: Question;
  readonly index: IndexSettings;
  readonly network: NetworkSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: ResolverFiles;
}

/**
 * Arguments for `uv pip compile`: with its own cache, without configuration, and without running code of archives
 * unless builds are allowed. Pure.
 */
export function uvRun({ uv, python, question, index, network, env, files }: UvQuestion): ResolverRun {
  const { universal, allowBuilds, uploadedBefore } = question;
  const { noBinary, onlyBinary } = index.formatControl;
  return {
    program: uv,
    argv: [
      ...['pip', 'compile', '--no-config', '--no-progress', '--color', 'never', '--quiet'],
      ...['--cache-dir', files.cache, '--python', python],
      ...['--no-header', '--no-annotate'],
      ...(universal === undefined ? [] : ['--universal', '--python-version', universal.join('.')]),
      ...(allowBuilds
        ? [...options('--no-binary', noBinary), ...options('--only-binary', onlyBinary)]
        : ['--only-binary', ':all:']),
      ...(index.allowPrereleases ? ['--prerelease', 'allow'] : []),
      ...(uploadedBefore === undefined ? [] : ['--exclude-newer', uploadedBefore]),
      ...['-c', files.constraints, '--output-file', files.output, files.requirements],
    ],
    env: {
      ...uvEnvironment(resolverEnvironment(env, allowBuilds)),
      ...networkVariables(network),
      NETRC: files.netrc,
      TMPDIR: files.temp,
      TMP: files.temp,
      TEMP: files.temp,
    },
  };
}

function options(name: string, values: ReadonlySet<string>): string[] {
  return [...values].flatMap((value) => [name, value]);
}

function networkVariables({
  proxy,
  cert,
  clientCert,
  timeout,
  retries,
  trustedHosts,
  keyringProvider,
  offline,
}: NetworkSettings) {
  return {
    ...(proxy !== undefined && { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy }),
    ...(cert !== undefined && { SSL_CERT_FILE: cert }),
    ...(clientCert !== undefined && { SSL_CLIENT_CERT: clientCert }),
    ...(trustedHosts.length > 0 && { UV_INSECURE_HOST: trustedHosts.join(' ') }),
    ...(keyringProvider === 'subprocess' && { UV_KEYRING_PROVIDER: 'subprocess' }),
    ...(offline && { UV_OFFLINE: '1' }),
    UV_HTTP_TIMEOUT: String(Math.max(1, Math.ceil(timeout))),
    UV_HTTP_RETRIES: String(retries),
  };
}

/** Parses the output of `uv pip compile` without header, annotations and hashes. Throws `RESOLUTION_UNREADABLE`. */
export function readUvOutput(text: string): readonly Choice[] {
  return text.split(/\r?\n/).flatMap((line) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    try {
      const { name, specifier, url, marker, onePin } = parseRequirement(line);
      const version = onePin ? specifier.replace(/^===?/, '') : undefined;
      const project = parseProjectName(name);
      if (version === undefined && url === null) throw unreadable('uv', line);
      return [{ project, version, url: url ?? undefined, marker: marker ?? undefined }];
    } catch (error) {
      throw isPeepError(error) && error.code !== 'RESOLUTION_UNREADABLE' ? unreadable('uv', line) : error;
    }
  });
}

export function unreadable(resolver: 'uv' | 'pip', what: string): PeepError {
  return new PeepError('RESOLUTION_UNREADABLE', `cannot read the answer of ${resolver}: '${clipped(what)}'`, {
    hint: 'Use another version of it, or the other resolver: --resolver uv or --resolver pip.',
  });
}
