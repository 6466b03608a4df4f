import {
  type Digest,
  type DigestAlgorithm,
  digestInBothForms,
  formatDigest,
  sameDigest,
  sha256Digest,
} from '../hash/digest.js';
import { matchDigest } from '../hash/verification.js';
import { type ChoiceSettings, candidatesFor, pythonRefusal } from '../prepare/candidates.js';
import type { HashedArchive, HashFirst } from '../prepare/hash-first.js';
import { isUnavailable } from '../prepare/is-unavailable.js';
import type { PageLinks } from '../prepare/links.js';
import type { Network } from '../prepare/network.js';
import type { Mismatch, Outcome } from '../prepare/outcome.js';
import type { Preparer } from '../prepare/ports.js';
import { everyTargetOf, releaseOf, type VersionSource } from '../prepare/release.js';
import type { HashedPin, Pin } from '../requirements/pin.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { Target } from '../target/target.js';
import { isPeepError, PeepError } from '../text/errors.js';
import type { Log } from '../text/log.js';
import { placeText } from '../text/place.js';
import { asAdvertised, asComputed, refuseConflictingFiles, sameNamed } from './conflicting-files.js';

export interface PlanDeps {
  readonly network: Pick<Network, 'links'>;
  readonly choice: ChoiceSettings;
  readonly preparer: Preparer;
  readonly hashFirst: HashFirst;
  readonly offline: boolean;
  readonly log: Log;
}

/** The targets of a pin, or each archive of its release. */
export type PinScope = { readonly targets: readonly Target[] } | 'all';

/**
 * The outcome for one pin: `verified` for archives that match its digests; `missing` for archives whose digests are
 * to be added; `mismatched` if a digest of the pin matches no archive but other archives exist. That may be a
 * replaced archive, so no new digest is proposed for it.
 */
export async function planPin(pin: Pin, scope: PinScope, deps: PlanDeps): Promise<readonly Outcome[]> {
  try {
    return distinct(await plan(pin, scope, deps));
  } catch (error) {
    return [failed(pin, error)];
  }
}

/** Turns the failure of one pin into its outcome; other errors end the run. */
export function failed(pin: Pin, error: unknown): Outcome {
  if (!isPeepError(error)) throw error;
  if (isUnavailable(error)) return { status: 'unavailable', pin, error };
  const refusals: readonly string[] = ['DIGEST_DISPUTED', 'ARCHIVE_AMBIGUOUS', 'ARCHIVE_REFUSED'];
  if (refusals.includes(error.code)) return { status: 'refused', pin, error };
  throw error;
}

async function plan(pin: Pin, scope: PinScope, deps: PlanDeps): Promise<readonly Outcome[]> {
  const { source } = pin;
  // There is nothing to choose for a URL, a path or a lock file; offline, only the store has archives.
  if (source.kind !== 'version' || pin.links !== undefined || (deps.offline && pin.hashed)) {
    const targets = scope === 'all' ? [everyTargetOf(pin)] : scope.targets;
    return Promise.all(targets.map((target) => deps.preparer.prepare(pin, target)));
  }
  const page = await deps.network.links(source.project, [source]);
  if (scope === 'all') return planRelease(pin, source, page, deps);
  const looks = await Promise.all(scope.targets.map((target) => lookAt(pin, target, page, deps)));
  const outcomes = looks.flatMap((look) => ('status' in look ? [look] : []));
  const lacking = looks.flatMap((look) => ('status' in look ? [] : [look]));
  if (!pin.hashed) return [...outcomes, ...lacking.map((found) => missing(pin, found))];
  const release = releaseOf(page.links, source, deps.choice);
  const unmatched = await unmatchedDigests(pin, release, outcomes, lacking.length > 0, deps);
  if (unmatched.length === 0) return [...outcomes, ...lacking.map((found) => missing(pin, found))];
  if (lacking.length > 0) return [...outcomes, mismatched(pin, lacking)];
  warnOfUnmatchedDigests(pin, unmatched, deps);
  return outcomes;
}

/** `--all`: every archive is hashed, so each digest of the pin either matches or is unmatched. */
async function planRelease(
  pin: Pin,
  source: VersionSource,
  page: PageLinks,
  deps: PlanDeps,
): Promise<readonly Outcome[]> {
  // An index that cannot be asked may have archives of the release.
  const [failure] = page.failures;
  if (failure !== undefined) throw failure.error;
  const release = releaseOf(page.links, source, deps.choice);
  if (release.length === 0) {
    throw new PeepError('NOT_FOUND', `no index of this run has an archive of ${pin.requirement}`, {
      hint: 'Check the name, the version and the index settings.',
    });
  }
  refuseConflictingFiles(release.map(asAdvertised), pin.requirement);
  const proposes = mayPropose(pin, page);
  const found = await Promise.all(release.map((link) => hashed(link, pin, deps, { proposes })));
  refuseConflictingFiles(
    found.map(({ link, computed }) => asComputed(link, computed)),
    pin.requirement,
  );
  const kept = found.filter(({ computed }) => pin.hashed && matchDigest(pin.digests, computed) !== undefined);
  const added = found.filter((each) => !kept.includes(each));
  const verified = kept.map((each) => verifiedBy(pin, each));
  if (!pin.hashed) return added.map((each) => missing(pin, each));
  const unmatched = pin.digests.filter(
    (digest) => !kept.some(({ computed }) => matchDigest([digest], computed) !== undefined),
  );
  if (unmatched.length > 0 && added.length > 0) return [...verified, mismatched(pin, added)];
  if (unmatched.length > 0) warnOfUnmatchedDigests(pin, unmatched, deps);
  return [...verified, ...added.map((each) => missing(pin, each))];
}

/** The archive of a pin for one target; `HashedArchive` is the best archive there if no digest of the pin matches it. */
async function lookAt(
  pin: Pin,
  target: Target,
  page: PageLinks,
  deps: PlanDeps,
): Promise<Outcome | HashedArchive> {
  try {
    const candidates = candidatesFor(pin, target, deps.choice, page);
    const [{ link: best, group }] = candidates;
    if (pin.hashed && group === 'pinned') return await deps.preparer.prepare(pin, target);
    if (pin.hashed && group === 'unknown') {
      const outcome = await deps.preparer.prepare(pin, target);
      if (outcome.status !== 'mismatched') return outcome;
    }
    const found = await hashedAlone(best, pin, page, deps);
    // An index need not state it: an install for this target would refuse the archive.
    const refusal = pythonRefusal(best.filename, found.inspection?.needs.requiresPython, target, deps.choice);
    if (refusal !== undefined) throw refusal;
    return found;
  } catch (error) {
    return failed(pin, error);
  }
}

/**
 * The digests of a pin that match no archive of the release. Compares them with verified archives and advertised
 * digests; hashes the archives without an advertised digest only if a digest must be added (`matters`).
 */
async function unmatchedDigests(
  pin: HashedPin,
  release: readonly ArchiveLink[],
  outcomes: readonly Outcome[],
  matters: boolean,
  deps: PlanDeps,
): Promise<readonly Digest[]> {
  const seen: Digest[] = [
    ...outcomes.flatMap((outcome) =>
      outcome.status === 'verified' && outcome.archive.sha256 !== undefined
        ? [sha256Digest(outcome.archive.sha256)]
        : [],
    ),
    ...release.flatMap(({ advertised }) => advertised),
  ];
  const silent = release.filter(
    ({ advertised }) =>
      !pin.digests.every(({ algorithm }) => advertised.some((said) => said.algorithm === algorithm)),
  );
  const unmatched = () => pin.digests.filter((digest) => !seen.some((other) => sameDigest(other, digest)));
  if (silent.length === 0 || unmatched().length === 0) return unmatched();
  // Without `matters`, an unmatched digest may still be a verified archive's digest in another algorithm.
  if (!matters) return [];
  const found = await Promise.all(silent.map((link) => hashed(link, pin, deps)));
  seen.push(...found.flatMap(({ computed }) => Object.values(computed)));
  return unmatched();
}

/**
 * Hashes an archive for a pin without a digest of it. Files of the same name on other indexes must be the same
 * archive: by advertised digests, or by their bytes if none is advertised. Throws `ARCHIVE_AMBIGUOUS`.
 */
async function hashedAlone(
  link: ArchiveLink,
  pin: Pin,
  page: PageLinks,
  deps: PlanDeps,
): Promise<HashedArchive> {
  const others = sameNamed(link, page.links);
  refuseConflictingFiles([link, ...others].map(asAdvertised), pin.requirement);
  const algorithms = others.flatMap(({ advertised }) => advertised.map(({ algorithm }) => algorithm));
  const found = await hashed(link, pin, deps, { more: algorithms, proposes: mayPropose(pin, page) });
  const known = await Promise.all(
    others.map(async (other) => {
      if (other.advertised.length > 0) return asAdvertised(other);
      const { computed } = await hashed(other, pin, deps);
      return asComputed(other, computed);
    }),
  );
  refuseConflictingFiles([asComputed(link, found.computed), ...known], pin.requirement);
  return found;
}

interface HashOptions {
  readonly more?: readonly DigestAlgorithm[];
  readonly proposes?: boolean;
}

/**
 * True if a digest may be proposed: the pin has none, or the index has archives for its digests. Otherwise an
 * archive may have been replaced.
 */
function mayPropose(pin: Pin, { links }: PageLinks): boolean {
  const isKnown = (digest: Digest) =>
    links.some(({ advertised }) => advertised.some((each) => sameDigest(each, digest)));
  return !pin.hashed || pin.digests.every(isKnown);
}

const inHand = new WeakMap<PlanDeps, Map<string, Promise<HashedArchive>>>();

/**
 * Hashes an archive once per run. Throws `DIGEST_DISPUTED`, and `ARCHIVE_REFUSED` for an archive that an install
 * would refuse.
 */
function hashed(
  link: ArchiveLink,
  pin: Pin,
  deps: PlanDeps,
  { more = [], proposes = false }: HashOptions = {},
): Promise<HashedArchive> {
  const known = inHand.get(deps) ?? new Map<string, Promise<HashedArchive>>();
  inHand.set(deps, known);
  const digests = [...link.advertised, ...(pin.hashed ? pin.digests : [])];
  const algorithms = [...digests.map(({ algorithm }) => algorithm), ...more];
  const key = JSON.stringify([link.url, link.advertised.map(formatDigest), [...new Set(algorithms)].sort()]);
  const proposed = `${key} proposed`;
  const found =
    known.get(proposed) ??
    (proposes ? undefined : known.get(key)) ??
    deps.hashFirst(link, pin, { algorithms, proposes });
  known.set(proposes ? proposed : key, found);
  return found;
}

function missing(pin: Pin, { link, size, computed, inspection }: HashedArchive): Outcome {
  const archive = { link, size, sha256: undefined };
  return { status: 'missing', pin, archive, got: computed.sha256, inspection };
}

function verifiedBy(pin: Pin, { link, size, computed, inspection }: HashedArchive): Outcome {
  const archive = { link, size, sha256: computed.sha256.hex };
  return { status: 'verified', pin, archive, ...(inspection !== undefined && { inspection }) };
}

function mismatched(pin: HashedPin, found: readonly HashedArchive[]): Outcome {
  const [first, ...rest] = found.map(({ link, computed }): Mismatch => {
    const { algorithm } = pin.digests[0];
    return { link, got: computed[algorithm] ?? computed.sha256 };
  });
  if (first === undefined) throw new Error('no mismatching archive');
  return { status: 'mismatched', pin, mismatches: [first, ...rest] };
}

function warnOfUnmatchedDigests(pin: Pin, unmatched: readonly Digest[], { log }: PlanDeps): void {
  log.warn(
    `${pin.requirement} (${placeText(pin.place)}): the indexes no longer have an archive for ${unmatched.map((digest) => digestInBothForms(digest, pin.hashStyle)).join(', ')}`,
    'An archive was removed or replaced. The hash is kept; find out why before you remove it.',
  );
}

/** Reports an outcome that two targets share only once. */
function distinct(outcomes: readonly Outcome[]): Outcome[] {
  const seen = new Set<string>();
  return outcomes.filter((outcome) => {
    const key = JSON.stringify([
      outcome.status,
      'archive' in outcome ? outcome.archive?.link.url : undefined,
      'error' in outcome ? outcome.error.message : undefined,
      'mismatches' in outcome ? outcome.mismatches.map(({ link }) => link.url) : undefined,
    ]);
    return !seen.has(key) && seen.add(key);
  });
}
