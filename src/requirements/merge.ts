import { type Digests, sharedDigests } from '../hash/digest.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { addTo } from '../text/groups.js';
import { placeText } from '../text/place.js';
import { mapInTurns, Turns } from '../text/turns.js';
import { lender, lentPin, limiter, sameSource } from './constraints.js';
import type { Constraint, Pin, RequirementEntry } from './pin.js';
import { remembered } from './remembered.js';

/**
 * Applies the rules between lines: constraints limit pins as in pip, and one project is pinned once (contract
 * section 3). A pin that breaks a rule becomes a refusal; equal pins of a project keep only common digests.
 * `markerHolds` evaluates a marker for the target. Without it, only pins and constraints that certainly apply
 * together are compared: those without a marker, and those with the same one.
 */
export async function mergeEntries(
  entries: readonly RequirementEntry[],
  constraints: readonly Constraint[],
  markerHolds?: (marker: string) => boolean,
): Promise<RequirementEntry[]> {
  const holds = (marker: string | undefined): boolean =>
    marker === undefined || markerHolds?.(marker) === true;
  const byProject = new Map<string, Constraint[]>();
  for (const constraint of constraints) {
    addTo(byProject, constraint.project, constraint);
  }
  const limitsOf = remembered((project: string) =>
    (byProject.get(project) ?? []).filter(({ marker }) => holds(marker)),
  );
  // A marker that cannot be evaluated refuses its line, but does not end the run (P6).
  const readable = await mapInTurns(
    entries,
    (entry): RequirementEntry =>
      entry.kind === 'pin' && entry.pin.marker !== undefined && !isOpen(entry.pin)
        ? attempt(entry.pin, () => {
            holds(entry.pin.marker);
            return entry.pin;
          })
        : entry,
  );
  const lenderOf = remembered((project: string) => lender(limitsOf(project)));
  const lent = await mapInTurns(readable, (entry): RequirementEntry => {
    const open = entry.kind === 'refused' ? entry.line.open : undefined;
    if (open === undefined || !byProject.has(open.project) || !attemptHolds(holds, open.marker)) return entry;
    const pin = lentPin(open, lenderOf(open.project));
    return pin === undefined ? entry : { kind: 'pin', pin };
  });
  const merged = await withoutConflicts(lent, (marker) => {
    if (marker === undefined) return '';
    if (markerHolds === undefined) return marker;
    return markerHolds(marker) ? '' : undefined;
  });
  const limit = limiter();
  return mapInTurns(merged, (entry): RequirementEntry => {
    if (entry.kind !== 'pin' || isOpen(entry.pin) || !byProject.has(entry.pin.source.project ?? ''))
      return entry;
    if (!holds(entry.pin.marker)) return entry;
    return attempt(entry.pin, () => limit(entry.pin, limitsOf(entry.pin.source.project ?? '')));
  });
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

/**
 * Compares pins of one project that have the same result of `group`; pins with an undefined result are not
 * compared.
 */
async function withoutConflicts(
  entries: readonly RequirementEntry[],
  group: (marker: string | undefined) => string | undefined,
): Promise<RequirementEntry[]> {
  const groups = new Map<string, { first: Pin; digests: Digests | undefined; members: number[] }>();
  const merged = [...entries];
  const turns = new Turns();
  for (const [index, entry] of entries.entries()) {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    if (entry.kind !== 'pin' || entry.pin.source.project === undefined || isOpen(entry.pin)) continue;
    const { pin } = entry;
    const marker = group(pin.marker);
    if (marker === undefined) continue;
    const key = `${pin.source.project} ${marker}`;
    const known = groups.get(key);
    if (known === undefined) {
      groups.set(key, { first: pin, digests: pin.hashed ? pin.digests : undefined, members: [index] });
      continue;
    }
    const entryAfter = attempt(pin, () => {
      known.digests = digestsInCommon(pin, known.first, known.digests);
      return pin;
    });
    merged[index] = entryAfter;
    if (entryAfter.kind === 'pin') known.members.push(index);
  }
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

/** A pin of a lock file that does not apply, or may not: it cannot conflict with another. */
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

/** The digests that `pin` has in common with earlier equal pins. Throws `PIN_CONFLICT`. */
function digestsInCommon(pin: Pin, first: Pin, digests: Digests | undefined): Digests | undefined {
  if (!sameSource(pin.source, first.source)) {
    throw conflict(
      pin,
      first,
      `'${pin.requirement}' and '${first.requirement}' (${placeText(first.place)}) pin one project differently`,
    );
  }
  // Skip a pin without digests: it is reported as missing its hash, which fails the run.
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
