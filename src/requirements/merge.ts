import { type Digests, digestSet, sharedDigests } from '../hash/digest.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import { specifierContains } from '../packaging/specifier.js';
import { sameVersion } from '../packaging/version.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { placeText } from '../text/place.js';
import type { Constraint, OpenRequirement, Pin, RequirementEntry, RequirementSource } from './pin.js';

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
    const known = byProject.get(constraint.project);
    if (known === undefined) byProject.set(constraint.project, [constraint]);
    else known.push(constraint);
  }
  const limitsOf = remembered((project: string) =>
    (byProject.get(project) ?? []).filter(({ marker }) => holds(marker)),
  );
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
  const lent = readable.map((entry): RequirementEntry => {
    const open = entry.kind === 'refused' ? entry.line.open : undefined;
    if (open === undefined || !attemptHolds(holds, open.marker)) return entry;
    const pin = lentPin(open, limitsOf(open.project));
    return pin === undefined ? entry : { kind: 'pin', pin };
  });
  const merged = withoutConflicts(lent, (marker) => {
    if (marker === undefined) return '';
    if (markerHolds === undefined) return marker;
    return markerHolds(marker) ? '' : undefined;
  });
  const limit = limiter();
  return merged.map((entry): RequirementEntry => {
    if (entry.kind !== 'pin' || isOpen(entry.pin) || !byProject.has(entry.pin.source.project ?? ''))
      return entry;
    if (!holds(entry.pin.marker)) return entry;
    return attempt(entry.pin, () => limit(entry.pin, limitsOf(entry.pin.source.project ?? '')));
  });
}

/** pip: a constraint that pins a version, or names an archive, says which one a requirement without a version means. */
function lentPin(open: OpenRequirement, limits: readonly Constraint[]): Pin | undefined {
  const { project, name, specifier, digests, ...base } = open;
  for (const constraint of limits) {
    const version = /^===?(?!.*[,*])(.+)$/.exec(constraint.specifier)?.[1];
    const lends = digests !== undefined || limits.some((each) => each.digests.length > 0);
    if (!lends || constraint.refusal !== undefined) continue;
    const hashes =
      digests === undefined ? ({ hashed: false } as const) : ({ hashed: true, digests } as const);
    const extras = base.extras.length === 0 ? '' : `[${base.extras.join(',')}]`;
    if (constraint.archive !== undefined && specifier === '')
      return { ...base, ...hashes, source: { ...constraint.archive, project, name } };
    if (version === undefined || !allows(specifier, version)) continue;
    const operator = constraint.specifier.startsWith('===') ? '===' : '==';
    return {
      ...base,
      ...hashes,
      requirement: `${name}${extras}${operator}${version}`,
      source: { kind: 'version', project, name, operator, version },
    };
  }
  return undefined;
}

/**
 * Applies constraints to pins. Equal pins, which share their digests by now, are limited once: files with thousands of
 * lines for one project stay linear.
 */
function limiter(): (pin: Pin, limits: readonly Constraint[]) => Pin {
  const known = new Map<string, { readonly before: Pin; readonly after: Pin }>();
  return (pin, limits) => {
    const { source } = pin;
    const key = JSON.stringify([source.project, source.kind, source.kind === 'version' && source.version]);
    const same = known.get(key);
    if (
      same !== undefined &&
      digestsOf(same.before) === digestsOf(pin) &&
      same.before.publishers === pin.publishers &&
      sameSource(same.before.source, source)
    )
      return { ...pin, ...limitedPart(same.after) };
    const after = limits.reduce(constrained, pin);
    known.set(key, { before: pin, after });
    return after;
  };
}

function limitedPart(pin: Pin) {
  const { publishers } = pin;
  return {
    ...(pin.hashed ? ({ hashed: true, digests: pin.digests } as const) : ({ hashed: false } as const)),
    ...(publishers !== undefined && { publishers }),
  };
}

function digestsOf(pin: Pin): Digests | undefined {
  return pin.hashed ? pin.digests : undefined;
}

/** A marker that cannot be evaluated is reported with its line. */
function attemptHolds(holds: (marker: string | undefined) => boolean, marker: string | undefined): boolean {
  try {
    return holds(marker);
  } catch (error) {
    if (isPeepError(error)) return false;
    throw error;
  }
}

function remembered<T>(find: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const found = known.get(key) ?? find(key);
    known.set(key, found);
    return found;
  };
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
  if (constraint.refusal !== undefined) {
    throw new PeepError(
      'CONSTRAINT_CONFLICT',
      `'${pin.requirement}' is limited by the constraint '${constraint.requirement}' (${placeText(constraint.place)}), and ${constraint.refusal.message}`,
      { place: pin.place, hint: 'Name an archive or a version in the constraint.' },
    );
  }
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
