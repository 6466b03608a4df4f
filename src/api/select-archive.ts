import type { FormatControl } from '../config/settings.js';
import {
  algorithmNames,
  type Digest,
  type Digests,
  digestSet,
  isDigestAlgorithm,
  parseHexDigest,
} from '../hash/digest.js';
import { parseProjectName } from '../packaging/name.js';
import { parseSpecifiers } from '../packaging/specifier.js';
import type { ProjectName, PythonVersion } from '../packaging/types.js';
import { parseVersion } from '../packaging/version.js';
import { select } from '../resolver/choose/select.js';
import type { Candidate, DigestGroup, Selection } from '../resolver/choose/selection-types.js';
import type { VersionWish } from '../resolver/choose/version-test.js';
import type { ArchiveLink } from '../resolver/link.js';
import { advertisedDigest, makeLink, type PageOrigin } from '../resolver/pages/page.js';
import { readPage } from '../resolver/pages/read-page.js';
import { pipSupportedTags } from '../target/pip-tags.js';
import { PeepError } from '../text/errors.js';

/** One file of an index page. */
export interface ListedFile {
  readonly filename: string;
  /** Absolute, or relative to the page; defaults to the file name. Its last path component is the name that counts. */
  readonly url?: string | undefined;
  /** Hex digests by algorithm, as the index advertises them. */
  readonly hashes?: Readonly<Record<string, string>> | undefined;
  readonly requiresPython?: string | undefined;
  /** PEP 592: true, or the reason. */
  readonly yanked?: boolean | string | undefined;
}

/** A page of the Simple API, as the index sent it. */
export interface ListedPage {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** The target: described by the options of `pip download`, or by a list of tags, best first. */
export type SelectionTarget =
  | {
      /** One to three numbers; missing ones count as 0 when compared with Requires-Python. */
      readonly pythonVersion: readonly number[];
      readonly platforms: readonly string[];
      readonly implementation: string;
      readonly abis: readonly string[] | null;
    }
  | { readonly pythonVersion: readonly number[]; readonly tags: readonly string[] };

export interface SelectArchiveOptions {
  readonly project: string;
  /** `==VERSION` or `===TEXT`. Other specifier sets are accepted too, although `peep install` refuses such lines. */
  readonly pin: string;
  /** The files that each index lists, in the order of the indexes. */
  readonly indexes: readonly (readonly ListedFile[] | ListedPage)[];
  /** URL of the project's page at each index; relative URLs of files are resolved against it. */
  readonly pageUrls?: readonly string[] | undefined;
  /** The pinned digests, in hex by algorithm; null for a pin without digests. */
  readonly allowed?: Readonly<Record<string, readonly string[]>> | null | undefined;
  readonly target: SelectionTarget;
  /** Projects, or `:all:`, as in pip's options of the same name. */
  readonly noBinary?: readonly string[] | undefined;
  readonly onlyBinary?: readonly string[] | undefined;
  readonly preferBinary?: boolean | undefined;
  /** As `--pre`; has no effect on exact pins, which may always name a pre-release. */
  readonly pre?: boolean | undefined;
}

/** An archive that fits the pin and the target. */
export interface SelectedArchive {
  readonly filename: string;
  /** Absolute, without fragment, with its path escaped as in pip. */
  readonly url: string;
  /** Normalised; as written if PEP 440 does not define it. */
  readonly version: string;
}

/** The chosen archive; `filename`, `url` and `version` are null when nothing fits. */
export interface ArchiveSelection {
  readonly filename: string | null;
  readonly url: string | null;
  readonly version: string | null;
  /**
   * How the digest that the index advertises compares with the allowed ones: the same, a different one (the
   * download would be refused), or not comparable. Null without a choice or without allowed digests.
   */
  readonly hash: 'allowed' | 'mismatch' | 'unknown' | null;
  /** The file names of all archives that fit, best first. */
  readonly ranked: readonly string[];
  /** The URLs of the same archives. */
  readonly candidates: readonly SelectedArchive[];
  /** File names of archives that rank below the chosen one only by index order or file name. */
  readonly tiedWith: readonly string[];
  /** Why each other file was not chosen: the rest of a sentence that begins with the file name. */
  readonly rejected: readonly { readonly filename: string; readonly url: string; readonly reason: string }[];
}

/**
 * Chooses the archive for one pin as `peep install` does: by digest, yanked state, binary preference, version, tags
 * and build tag; ties by index, then file name. Pure; the order of the files on a page does not matter (P10).
 * Throws `NAME_MALFORMED`, `SPECIFIER_MALFORMED`, `DIGEST_MALFORMED`, and `PAGE_MALFORMED` or `PAGE_VERSION` for
 * pages.
 */
export function selectArchive(options: SelectArchiveOptions): ArchiveSelection {
  const project = parseProjectName(options.project);
  const digests = allowedDigests(options.allowed);
  const wish = readPin(options.pin);
  const selection = select(linksOf(options, project), {
    ...wish,
    project,
    digests,
    target: targetOf(options.target),
    formatControl: formatControl(options),
    preferBinary: options.preferBinary ?? false,
  });
  const remaining = remainingOf(selection, wish, options.pre ?? false);
  const best = remaining.find(({ link }) => 'version' in wish || link.yanked === false);
  return {
    ...(best === undefined ? { filename: null, url: null, version: null } : selected(best)),
    hash: best === undefined || digests === undefined ? null : hashWords[best.group],
    ranked: remaining.map(({ link }) => link.filename),
    candidates: remaining.map(selected),
    tiedWith: best === selection.candidates[0] ? selection.tied.map(({ link }) => link.filename) : [],
    rejected: [...selection.rejections, ...selection.passedOver]
      .filter(({ link }) => !remaining.some((candidate) => candidate.link === link))
      .map(({ link: { filename, url }, reason }) => ({ filename, url, reason })),
  };
}

/**
 * As in pip: a file with a different advertised digest remains a candidate only if no file advertises an allowed
 * one. Pre-releases remain only if they are asked for or nothing else fits (PEP 440).
 */
function remainingOf({ candidates }: Selection, wish: VersionWish, pre: boolean): readonly Candidate[] {
  let remaining = candidates;
  if ('specifier' in wish && !pre && !namesPrerelease(wish.specifier)) {
    const finals = remaining.filter(({ version }) => parseVersion(version)?.isPrerelease === false);
    if (finals.length > 0) remaining = finals;
  }
  const isPinned = remaining[0]?.group === 'pinned';
  return isPinned ? remaining.filter(({ group }) => group !== 'other') : remaining;
}

function namesPrerelease(specifier: string): boolean {
  return parseSpecifiers(specifier).some(
    ({ operator, version }) =>
      operator !== '!=' && parseVersion(version.replace(/\.\*$/, ''))?.isPrerelease === true,
  );
}

const hashWords = { pinned: 'allowed', unknown: 'unknown', other: 'mismatch' } as const satisfies Record<
  DigestGroup,
  string
>;

function selected({ link, version }: Candidate): SelectedArchive {
  const normalized = parseVersion(version)?.normalized ?? version;
  return { filename: link.filename, url: link.url, version: normalized };
}

function linksOf({ indexes, pageUrls = [] }: SelectArchiveOptions, project: ProjectName): ArchiveLink[] {
  return indexes.flatMap((index, order) => {
    const url = pageUrls[order] ?? `https://index-${order}.invalid/simple/${project}/`;
    const origin: PageOrigin = { url, index: url, source: 'index', order };
    if (!('body' in index)) return index.flatMap((file) => listedLink(file, origin));
    const bytes = typeof index.body === 'string' ? Buffer.from(index.body) : index.body;
    return [...readPage(index.contentType, bytes, origin).links];
  });
}

function listedLink(file: ListedFile, origin: PageOrigin): ArchiveLink[] {
  const { filename, url = encodeURIComponent(filename), hashes = {}, requiresPython, yanked = false } = file;
  const link = makeLink(url, origin.url, origin, {
    hashes: Object.entries(hashes).flatMap(([algorithm, hex]) => advertisedDigest(algorithm, hex)),
    requiresPython,
    yanked: yanked === true ? '' : yanked,
    size: undefined,
    uploadTime: undefined,
  });
  return link === undefined ? [] : [link];
}

function readPin(pin: string): VersionWish {
  const [, operator, version = ''] = /^\s*(===?)\s*([^\s=,;]+)\s*$/.exec(pin) ?? [];
  if (operator === '===' || (operator === '==' && parseVersion(version) !== null))
    return { operator, version };
  parseSpecifiers(pin);
  return { specifier: pin };
}

/** P3: a set of digests without a supported algorithm matches nothing. */
function allowedDigests(allowed: SelectArchiveOptions['allowed']): Digests | undefined {
  if (allowed === undefined || allowed === null) return undefined;
  const digests = Object.entries(allowed).flatMap(([algorithm, list]): Digest[] =>
    isDigestAlgorithm(algorithm) ? list.map((hex) => parseHexDigest(algorithm, hex)) : [],
  );
  const set = digestSet(digests);
  if (set !== undefined) return set;
  throw new PeepError('DIGEST_MALFORMED', 'none of the allowed digests can match', {
    hint: `Use ${algorithmNames}; null means a pin without digests.`,
  });
}

function targetOf(target: SelectionTarget): { tags: readonly string[]; pythonVersion: PythonVersion } {
  const [major = 0, minor = 0, micro = 0] = target.pythonVersion;
  const pythonVersion = [major, minor, micro] as const;
  if ('tags' in target) return { tags: target.tags, pythonVersion };
  const { platforms, implementation, abis } = target;
  const version = target.pythonVersion.slice(0, 2).join('');
  return { tags: pipSupportedTags({ version, platforms, implementation, abis }), pythonVersion };
}

function formatControl({ noBinary = [], onlyBinary = [] }: SelectArchiveOptions): FormatControl {
  return { noBinary: named(noBinary), onlyBinary: named(onlyBinary) };
}

function named(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => (name === ':all:' ? name : parseProjectName(name))));
}
