import type { FileIndexOptions } from '../../config/resolve.js';
import { canonicalizeName } from '../../packaging/name.js';
import { PeepError, type SourceLocation } from '../../text/errors.js';
import { printable } from '../../text/redact.js';
import type { ParsedOption } from './options.js';

/**
 * The combined options of requirements files, in file order as in pip. If `indexUrl` is set, it replaces every
 * index of lower precedence, including extra ones; `--no-index` in a file is final.
 */
export interface FileOptions extends FileIndexOptions {
  readonly allReleases: ReadonlySet<string>;
  readonly onlyFinal: ReadonlySet<string>;
  readonly requireHashes: boolean;
  readonly features: readonly string[];
}

export const noOptions: FileOptions = {
  indexUrl: undefined,
  extraIndexUrls: [],
  noIndex: false,
  findLinks: [],
  noBinary: new Set(),
  onlyBinary: new Set(),
  preferBinary: false,
  pre: false,
  allReleases: new Set(),
  onlyFinal: new Set(),
  requireHashes: false,
  trustedHosts: [],
  features: [],
};

/** Options while files are read; its lists are not shared, and are changed in place. */
export interface OptionState {
  indexUrl: string | undefined;
  extraIndexUrls: string[];
  noIndex: boolean;
  readonly findLinks: string[];
  readonly noBinary: Set<string>;
  readonly onlyBinary: Set<string>;
  preferBinary: boolean;
  readonly allReleases: Set<string>;
  readonly onlyFinal: Set<string>;
  requireHashes: boolean;
  readonly trustedHosts: Set<string>;
  readonly features: Set<string>;
}

export function startOptions(start: FileOptions): OptionState {
  return {
    ...start,
    extraIndexUrls: [...start.extraIndexUrls],
    findLinks: [...start.findLinks],
    noBinary: new Set(start.noBinary),
    onlyBinary: new Set(start.onlyBinary),
    allReleases: new Set(start.allReleases),
    onlyFinal: new Set(start.onlyFinal),
    trustedHosts: new Set(start.trustedHosts),
    features: new Set(start.features),
  };
}

export function finishOptions(state: OptionState): FileOptions {
  return {
    ...state,
    pre: state.allReleases.has(':all:'),
    trustedHosts: [...state.trustedHosts],
    features: [...state.features],
  };
}

/**
 * Adds one line of options; the caller handles `--find-links`, because it can check whether a path exists. Throws
 * `OPTION_INVALID` with `place`.
 */
export function applyOptions(state: OptionState, line: readonly ParsedOption[], place: SourceLocation): void {
  for (const { name, value } of line) {
    switch (name) {
      case 'noBinary':
        exclude(value, state.noBinary, state.onlyBinary, place);
        break;
      case 'onlyBinary':
        exclude(value, state.onlyBinary, state.noBinary, place);
        break;
      case 'allReleases':
        exclude(value, state.allReleases, state.onlyFinal, place);
        break;
      case 'onlyFinal':
        exclude(value, state.onlyFinal, state.allReleases, place);
        break;
      case 'pre':
        state.allReleases.add(':all:');
        break;
      case 'preferBinary':
        state.preferBinary = true;
        break;
      case 'requireHashes':
        state.requireHashes = true;
        break;
      case 'trustedHost':
        state.trustedHosts.add(value);
        break;
      case 'useFeature':
        state.features.add(checkFeature(value, place));
        break;
    }
  }
  applyIndexes(state, line);
}

/**
 * Applies index options in pip's order, whatever their order on the line: `--no-index`, the last `-i`, the extra
 * indexes.
 */
function applyIndexes(state: OptionState, line: readonly ParsedOption[]): void {
  state.noIndex ||= line.some(({ name }) => name === 'noIndex');
  const last = line.findLast(({ name }) => name === 'indexUrl')?.value ?? '';
  if (state.noIndex || last !== '') {
    state.indexUrl = state.noIndex ? undefined : last;
    state.extraIndexUrls = [];
  }
  for (const { name, value } of state.noIndex ? [] : line) {
    if (name === 'extraIndexUrl' && value !== '') state.extraIndexUrls.push(value);
  }
}

/** pip's rule for two options that exclude each other by project: `:all:` and `:none:` reset the list. */
function exclude(value: string, target: Set<string>, other: Set<string>, place: SourceLocation): void {
  if (value.startsWith('-')) {
    throw new PeepError(
      'OPTION_INVALID',
      `'${printable(value)}' is an option, but project names are expected`,
      {
        place,
        hint: 'Name projects, separated by commas, or `:all:` or `:none:`.',
      },
    );
  }
  let names = value.split(',');
  const all = names.lastIndexOf(':all:');
  if (all !== -1) {
    other.clear();
    target.clear();
    target.add(':all:');
    names = names.slice(all + 1);
    // Names after `:all:` have no effect, unless `:none:` follows.
    if (!names.includes(':none:')) return;
  }
  for (const name of names) {
    if (name === ':none:') {
      target.clear();
    } else {
      const normal = canonicalizeName(name);
      other.delete(normal);
      target.add(normal);
    }
  }
}

/** pip's own features; peep ignores them, but refuses unknown names. */
const knownFeatures = [
  'fast-deps',
  'inprocess-build-deps',
  'venv-isolation',
  'truststore',
  'no-binary-enable-wheel-cache',
  'build-constraint',
];

function checkFeature(value: string, place: SourceLocation): string {
  if (knownFeatures.includes(value)) return value;
  throw new PeepError('OPTION_INVALID', `pip has no feature '${printable(value)}' for --use-feature`, {
    place,
    hint: `It knows ${knownFeatures.join(', ')}.`,
  });
}
