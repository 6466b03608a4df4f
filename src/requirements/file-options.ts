import { PeepError, type Place } from '../errors.js';
import { canonicalizeName } from '../packaging/name.js';
import { printable } from '../report/redact.js';
import type { ParsedOption } from './options.js';

/**
 * What the options in requirements files come to, in file order as in pip. `indexUrl`, where set, replaces
 * every index of lesser precedence, extra ones included; `--no-index` in a file is final.
 */
export interface FileOptions {
  /** The last `--index-url`, or undefined. */
  readonly indexUrl: string | undefined;
  /** `--extra-index-url`s, in order; only those after the last `--index-url`, which drops earlier ones. */
  readonly extraIndexUrls: readonly string[];
  readonly noIndex: boolean;
  /** As written; a path that exists next to its requirements file is absolute. */
  readonly findLinks: readonly string[];
  /** Normalised names or `:all:`; the command line's included where they were given as a start. */
  readonly noBinary: ReadonlySet<string>;
  readonly onlyBinary: ReadonlySet<string>;
  readonly preferBinary: boolean;
  /** `--pre`, or `--all-releases :all:`. */
  readonly pre: boolean;
  readonly allReleases: ReadonlySet<string>;
  readonly onlyFinal: ReadonlySet<string>;
  readonly requireHashes: boolean;
  readonly trustedHosts: readonly string[];
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

/**
 * The options after one more line of them; `--find-links` is the caller's, who can look whether it exists.
 * Throws `OPTION_INVALID` with `place`.
 */
export function applyOptions(before: FileOptions, line: readonly ParsedOption[], place: Place): FileOptions {
  let after = before;
  for (const { name, value } of line) {
    const [first, second] = name === 'noBinary' || name === 'onlyBinary' ? formats : releases;
    switch (name) {
      case 'noBinary':
      case 'allReleases':
        after = { ...after, ...exclusive(value, after, first, second, place) };
        break;
      case 'onlyBinary':
      case 'onlyFinal':
        after = { ...after, ...exclusive(value, after, second, first, place) };
        break;
      case 'preferBinary':
        after = { ...after, preferBinary: true };
        break;
      case 'pre':
        after = { ...after, allReleases: new Set([...after.allReleases, ':all:']) };
        break;
      case 'requireHashes':
        after = { ...after, requireHashes: true };
        break;
      case 'trustedHost':
        after = { ...after, trustedHosts: withNew(after.trustedHosts, value) };
        break;
      case 'useFeature':
        after = { ...after, features: withNew(after.features, checkFeature(value, place)) };
        break;
    }
  }
  return { ...withIndexes(after, line), pre: after.allReleases.has(':all:') };
}

type NameSet = 'noBinary' | 'onlyBinary' | 'allReleases' | 'onlyFinal';

const formats = ['noBinary', 'onlyBinary'] as const;
const releases = ['allReleases', 'onlyFinal'] as const;

/** Whatever the order on the line: first `--no-index`, then the last `-i`, then the extra ones, as in pip. */
function withIndexes(before: FileOptions, line: readonly ParsedOption[]): FileOptions {
  const noIndex = before.noIndex || line.some(({ name }) => name === 'noIndex');
  if (noIndex) return { ...before, noIndex, indexUrl: undefined, extraIndexUrls: [] };
  const last = line.findLast(({ name }) => name === 'indexUrl')?.value ?? '';
  const extra = line
    .filter(({ name, value }) => name === 'extraIndexUrl' && value !== '')
    .map(({ value }) => value);
  return last === ''
    ? { ...before, extraIndexUrls: [...before.extraIndexUrls, ...extra] }
    : { ...before, indexUrl: last, extraIndexUrls: extra };
}

/** pip's rule for options that exclude each other by project: `:all:` and `:none:` start anew. */
function exclusive(
  value: string,
  options: FileOptions,
  targetName: NameSet,
  otherName: NameSet,
  place: Place,
): Partial<FileOptions> {
  if (value.startsWith('-')) {
    throw new PeepError(
      'OPTION_INVALID',
      `'${printable(value)}' is an option where project names are wanted`,
      {
        place,
        hint: 'Name projects, separated by commas, or `:all:` or `:none:`.',
      },
    );
  }
  const target = new Set(options[targetName]);
  const other = new Set(options[otherName]);
  let names = value.split(',');
  while (names.includes(':all:')) {
    other.clear();
    target.clear();
    target.add(':all:');
    names = names.slice(names.indexOf(':all:') + 1);
    if (!names.includes(':none:')) return { [targetName]: target, [otherName]: other };
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
  return { [targetName]: target, [otherName]: other };
}

/** pip's own features; peep has no use for them, but a wrong name is a wrong file. */
const knownFeatures = [
  'fast-deps',
  'inprocess-build-deps',
  'venv-isolation',
  'truststore',
  'no-binary-enable-wheel-cache',
  'build-constraint',
];

function checkFeature(value: string, place: Place): string {
  if (knownFeatures.includes(value)) return value;
  throw new PeepError('OPTION_INVALID', `pip has no feature '${printable(value)}' for --use-feature`, {
    place,
    hint: `It knows ${knownFeatures.join(', ')}.`,
  });
}

function withNew(list: readonly string[], value: string): readonly string[] {
  return list.includes(value) ? list : [...list, value];
}
