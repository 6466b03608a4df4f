import { type Digest, type Digests, sameDigest } from '../../hash/digest.js';
import {
  parseSdistFilenameFor,
  parseWheelFilename,
  safeArchiveFilename,
  sdistExtension,
  splitWheelFilename,
} from '../../packaging/filename.js';
import { canonicalizeName } from '../../packaging/name.js';
import { containsVersion, parseSpecifiers } from '../../packaging/specifier.js';
import { tagSetSize } from '../../packaging/tag-set.js';
import type { ProjectName, WheelFilename } from '../../packaging/types.js';
import { parseVersion } from '../../packaging/version.js';
import { clipped } from '../../text/clip.js';
import type { ArchiveLink } from '../link.js';
import { maxNameLength } from '../pages/name-filter.js';
import type {
  Candidate,
  DigestGroup,
  Ranked,
  Rejection,
  RejectionKind,
  SelectionRequest,
} from './selection-types.js';
import { type VersionWish, versionTest } from './version-test.js';

/** Maximum number of tags to check per request; one compressed tag set may expand to very many. */
const maxTags = 2_000_000;

/** A candidate for the request, or the reason why the link is not one. */
export type Evaluator = (link: ArchiveLink) => Ranked | Rejection;

/**
 * Evaluates all links for one request. Facts about the request are computed once, and repeated names and versions
 * are parsed once, because a page may have 20,000 files and is evaluated for each pin.
 */
export function createEvaluator(request: SelectionRequest): Evaluator {
  const { project, target, formatControl } = request;
  const ranks = ranksOf(target.tags);
  const formats = allowedFormats(formatControl, project);
  const python = target.pythonVersion.join('.');
  const nameOf = remembering(canonicalizeName);
  const fits = remembering(versionTest(request));
  const isMet = remembering(
    (requiresPython) => target.acceptsEveryPython === true || requirementMet(requiresPython, python),
  );
  let tagsLeft = maxTags;

  function evaluateWheel(link: ArchiveLink): Ranked | Rejection {
    const [name = '', version = ''] = link.filename.split('-', 2);
    const owner = nameOf(name);
    if (owner !== project) return no(link, 'project', `belongs to the project '${clipped(owner)}'`);
    const parsed = parseVersion(version);
    // Parse the rest of the name only if the version fits.
    if (parsed !== null && !fits(version)) return ofVersion(link, parsed.normalized);
    tagsLeft -= tagSetSize(splitWheelFilename(link.filename)?.tags ?? '');
    if (tagsLeft < 0)
      return no(link, 'name', 'is not looked at, because the wheels before it have too many tags');
    const wheel = parseWheelFilename(link.filename) ?? legacyWheel(link.filename, request);
    if (wheel === null) return no(link, 'name', 'does not have a valid wheel file name');
    if (!formats.wheels)
      return no(link, 'option', 'is a wheel, and --no-binary excludes wheels of this project');
    let tagRank = Number.POSITIVE_INFINITY;
    for (const tag of wheel.tags) tagRank = Math.min(tagRank, ranks.get(tag) ?? Number.POSITIVE_INFINITY);
    if (tagRank === Number.POSITIVE_INFINITY) return no(link, 'target', 'is for another platform or Python');
    return ranked(link, 'wheel', wheel.version, tagRank, wheel.build);
  }

  function evaluateSdist(link: ArchiveLink): Ranked | Rejection {
    if (link.filename.endsWith('.zip') && link.url.includes('macosx10')) {
      return no(link, 'target', 'is an installer for old versions of macOS');
    }
    const sdist = parseSdistFilenameFor(project, link.filename);
    if (sdist === null) {
      return no(link, 'name', 'does not have the file name of a source archive of this project');
    }
    let { version } = sdist;
    const suffix = /-py([123]\.?[0-9]?)$/.exec(version);
    if (suffix !== null) {
      version = version.slice(0, suffix.index);
      const [major, minor] = target.pythonVersion;
      if (suffix[1] !== `${major}.${minor}`) return no(link, 'target', `is for Python ${suffix[1]}`);
    }
    if (!fits(version)) return ofVersion(link, parseVersion(version)?.normalized ?? version);
    if (!formats.sdists) {
      return no(
        link,
        'option',
        'is a source archive, and --only-binary excludes source archives of this project',
      );
    }
    return ranked(link, 'sdist', version, target.tags.length, null);
  }

  function ranked(
    link: ArchiveLink,
    kind: Candidate['kind'],
    written: string,
    tagRank: number,
    build: Ranked['build'],
  ): Ranked | Rejection {
    const { requiresPython } = link;
    if (requiresPython !== undefined && !isMet(requiresPython)) {
      return no(link, 'target', `needs Python ${clipped(requiresPython)}`);
    }
    try {
      // P9: do not choose an archive that cannot be written under its own name.
      safeArchiveFilename(link.filename);
    } catch {
      return no(link, 'refused', 'has a file name that is not one safe path component');
    }
    const parsed = parseVersion(written);
    const version = parsed?.normalized ?? written;
    const group = groupOf(link.advertised, request.digests);
    return { candidate: { link, group, kind, version }, version: parsed, tagRank, build };
  }

  return (link) => {
    if (link.refused !== undefined) return no(link, 'refused', link.refused);
    // P9 allows fewer bytes, so do not parse a longer name.
    if (link.filename.length > maxNameLength) return no(link, 'name', 'has a file name that is too long');
    if (link.filename.endsWith('.whl')) return evaluateWheel(link);
    if (sdistExtension(link.filename) !== undefined) return evaluateSdist(link);
    return no(link, 'name', 'is neither a wheel nor a source archive');
  };
}

function no(link: ArchiveLink, kind: RejectionKind, reason: string): Rejection {
  return { link, kind, reason };
}

function ofVersion(link: ArchiveLink, version: string): Rejection {
  return { link, kind: 'version', reason: `has version ${clipped(version)}`, version };
}

function remembering<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let value = known.get(text);
    if (value === undefined) {
      value = read(text);
      known.set(text, value);
    }
    return value;
  };
}

const tagRanks = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

function ranksOf(tags: readonly string[]): ReadonlyMap<string, number> {
  let ranks = tagRanks.get(tags);
  if (ranks === undefined) {
    // pip's lists contain some tags twice: the first position counts.
    ranks = new Map(tags.map((tag, i) => [tag, i] as const).reverse());
    tagRanks.set(tags, ranks);
  }
  return ranks;
}

/** A wheel with a version that PEP 440 does not define, if exactly that text is pinned; file names write `-` as `_`. */
function legacyWheel(filename: string, wish: VersionWish): WheelFilename | null {
  if ('specifier' in wish || parseVersion(wish.version) !== null) return null;
  const [name = '', written = '', ...rest] = filename.split('-');
  const pinned = wish.version.toLowerCase();
  if (written.toLowerCase() !== pinned && written.toLowerCase() !== pinned.replaceAll('-', '_')) return null;
  const wheel = parseWheelFilename([name, '0', ...rest].join('-'));
  return wheel === null ? null : { ...wheel, filename, version: wish.version };
}

/** `--no-binary` and `--only-binary`: a project name has precedence over `:all:`, as in pip. */
function allowedFormats(
  { noBinary, onlyBinary }: SelectionRequest['formatControl'],
  project: ProjectName,
): { readonly wheels: boolean; readonly sdists: boolean } {
  if (onlyBinary.has(project)) return { wheels: true, sdists: false };
  if (noBinary.has(project)) return { wheels: false, sdists: true };
  if (onlyBinary.has(':all:')) return { wheels: true, sdists: false };
  return { wheels: !noBinary.has(':all:'), sdists: true };
}

/** PEP 503: a Requires-Python that is not a valid specifier is ignored, as in pip. */
function requirementMet(requiresPython: string, python: string): boolean {
  let specifiers: ReturnType<typeof parseSpecifiers>;
  try {
    specifiers = parseSpecifiers(requiresPython);
  } catch {
    return true;
  }
  return containsVersion(specifiers, python);
}

/** Contract section 4, rule 1: a digest is comparable if the pin has one of the same algorithm. */
function groupOf(advertised: readonly Digest[], digests: Digests | undefined): DigestGroup {
  if (digests === undefined) return 'unknown';
  const comparable = advertised.filter((digest) =>
    digests.some(({ algorithm }) => algorithm === digest.algorithm),
  );
  if (comparable.length === 0) return 'unknown';
  return comparable.some((digest) => digests.some((pin) => sameDigest(pin, digest))) ? 'pinned' : 'other';
}
