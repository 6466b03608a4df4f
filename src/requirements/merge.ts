import { type Digests, digestSet, sharedDigests } from '../hash/digest.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import { specifierContains } from '../packaging/specifier.js';
import { sameVersion } from '../packaging/version.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { placeText } from '../text/place.js';
import type { Pin, RequirementEntry, RequirementSource } from './pin.js';
import type { Constraint } from './read/to-entry.js';

/**
 * Applies the rules between lines: constraints limit pins as in pip, and one project is pinned once (contract
 * section 3). A pin that breaks one becomes a refusal; equal pins of a project keep the digests they share.
 * `markerHolds` says whether a marker is true for the target. Without it only pins and constraints are
 * compared that meet for certain: those without a marker, and those with the same one.
 */
export function mergeEntries(
  entries: readonly RequirementEntry[],
  constraints: readonly Constraint[],
  markerHolds?: (marker: string) => boolean,
): RequirementEntry[] {
  const holds = (marker: string | undefined): boolean =>
    marker === undefined || markerHolds?.(marker) === true;
  const byProject = new Map<string, Constraint[]>();
  for (const constraint of constraints) {
    byProject.set(constraint.project, [...(byProject.get(constraint.project) ?? []), constraint]);
  }
  // A marker that cannot be evaluated is a refusal of its line, and no end of the run (P6).
  const readable = entries.map(
    (entry): RequirementEntry =>
      entry.kind === 'pin' && entry.pin.marker !== undefined && !isOpen(entry.pin)
        ? attempt(entry.pin, () => {
            holds(entry.pin.marker);
            return entry.pin;
          })
        : entry,
  );
  const limited = readable.map((entry): RequirementEntry => {
    const own = entry.kind === 'pin' ? byProject.get(entry.pin.source.project ?? '') : undefined;
    if (entry.kind !== 'pin' || own === undefined || isOpen(entry.pin) || !holds(entry.pin.marker))
      return entry;
    return attempt(entry.pin, () =>
      own
        .filter(({ marker }) => holds(marker))
        .reduce((pin, constraint) => constrained(pin, constraint), entry.pin),
    );
  });
  return withoutConflicts(limited, (marker) => {
    if (marker === undefined) return '';
    if (markerHolds === undefined) return marker;
    return markerHolds(marker) ? '' : undefined;
  });
}

/** Pins of one project meet where `group` gives the same text; those where it gives none meet nothing. */
function withoutConflicts(
  entries: readonly RequirementEntry[],
  group: (marker: string | undefined) => string | undefined,
): RequirementEntry[] {
  const groups = new Map<string, { first: Pin; digests: Digests | undefined; members: number[] }>();
  const merged = [...entries];
  entries.forEach((entry, index) => {
    if (entry.kind !== 'pin' || entry.pin.source.project === undefined || isOpen(entry.pin)) return;
    const { pin } = entry;
    const marker = group(pin.marker);
    if (marker === undefined) return;
    const key = `${pin.source.project} ${marker}`;
    const known = groups.get(key);
    if (known === undefined) {
      groups.set(key, { first: pin, digests: pin.hashed ? pin.digests : undefined, members: [index] });
      return;
    }
    const entryAfter = attempt(pin, () => {
      known.digests = digestsInCommon(pin, known.first, known.digests);
      return pin;
    });
    merged[index] = entryAfter;
    if (entryAfter.kind === 'pin') known.members.push(index);
  });
  for (const { digests, members } of groups.values()) {
    if (digests === undefined || members.length < 2) continue;
    for (const index of members) {
      const entry = merged[index];
      if (entry?.kind === 'pin' && entry.pin.hashed)
        merged[index] = { kind: 'pin', pin: { ...entry.pin, digests } };
    }
  }
  return merged;
}

/** A pin of a lock file that does not apply, or may not: it meets no other. */
function isOpen({ locked }: Pin): boolean {
  return locked !== undefined;
}

function attempt(pin: Pin, settle: () => Pin): RequirementEntry {
  try {
    return { kind: 'pin', pin: settle() };
  } catch (error) {
    if (!isPeepError(error)) throw error;
    return {
      kind: 'refused',
      line: { status: 'refused', requirement: pin.requirement, place: pin.place, error },
    };
  }
}

function constrained(pin: Pin, constraint: Constraint): Pin {
  const { source } = pin;
  const excluded =
    source.kind === 'version'
      ? constraint.archive !== undefined || !allows(constraint.specifier, source.version)
      : constraint.archive !== undefined && !sameArchive(source, constraint.archive);
  if (excluded) {
    throw new PeepError(
      'CONSTRAINT_CONFLICT',
      `'${pin.requirement}' is excluded by the constraint '${constraint.requirement}' (${placeText(constraint.place)})`,
      { place: pin.place, hint: 'Change the pin or the constraint, so that one archive can meet both.' },
    );
  }
  // pip: hashes of a constraint count for its requirement, and where both have some only shared ones do.
  const limited = withPublishers(pin, constraint);
  if (constraint.digests.length === 0) return limited;
  const digests = pin.hashed ? sharedDigests(pin.digests, constraint.digests) : digestSet(constraint.digests);
  if (digests === undefined) {
    throw new PeepError(
      'CONSTRAINT_CONFLICT',
      `'${pin.requirement}' has no digest in common with the constraint '${constraint.requirement}' (${placeText(constraint.place)})`,
      { place: pin.place, hint: 'Find out which digests are right, and write the same ones in both places.' },
    );
  }
  return { ...limited, hashed: true, digests };
}

/** Publishers of a constraint count for its requirement as digests do: where both record some, only shared ones. */
function withPublishers(pin: Pin, constraint: Constraint): Pin {
  const { publishers } = constraint;
  if (publishers === undefined) return pin;
  if (pin.publishers === undefined) return { ...pin, publishers };
  const names = new Set(publishers.map(formatPublisher));
  const shared = pin.publishers.filter((publisher) => names.has(formatPublisher(publisher)));
  if (shared.length > 0) return { ...pin, publishers: shared };
  throw new PeepError(
    'CONSTRAINT_CONFLICT',
    `'${pin.requirement}' has no recorded publisher in common with the constraint '${constraint.requirement}' (${placeText(constraint.place)})`,
    { place: pin.place, hint: 'Find out which publisher is right, and record the same one in both places.' },
  );
}

function allows(specifier: string, version: string): boolean {
  return specifier === '' || specifier === `==${version}` || specifierContains(specifier, version);
}

/** The digests that `pin` has in common with the equal pins before it. Throws `PIN_CONFLICT`. */
function digestsInCommon(pin: Pin, first: Pin, digests: Digests | undefined): Digests | undefined {
  if (!sameSource(pin.source, first.source)) {
    throw conflict(
      pin,
      first,
      `'${pin.requirement}' and '${first.requirement}' (${placeText(first.place)}) pin one project differently`,
    );
  }
  // A pin without a digest has none to share: it is reported as missing its hash, which fails the run.
  if (!pin.hashed) return digests;
  if (digests === undefined) return pin.digests;
  const common = sharedDigests(digests, pin.digests);
  if (common === undefined) {
    throw conflict(
      pin,
      first,
      `'${pin.requirement}' is pinned twice (${placeText(first.place)}) without a digest in common`,
    );
  }
  return common;
}

function conflict(pin: Pin, other: Pin, message: string): PeepError {
  return new PeepError('PIN_CONFLICT', message, {
    place: pin.place,
    hint: 'Keep one of the two lines, or give them markers that exclude each other.',
    facts: { other: placeText(other.place) },
  });
}

function sameSource(a: RequirementSource, b: RequirementSource): boolean {
  if (a.kind === 'version' && b.kind === 'version') return sameVersion(a.version, b.version);
  return a.kind !== 'version' && b.kind !== 'version' && sameArchive(a, b);
}

function sameArchive(a: RequirementSource, b: RequirementSource): boolean {
  if (a.kind === 'url' && b.kind === 'url') return a.url === b.url;
  return a.kind === 'path' && b.kind === 'path' && a.path === b.path;
}
