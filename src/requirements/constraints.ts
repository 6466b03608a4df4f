import { type Digests, digestSet, sharedDigests } from '../hash/digest.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import { specifierContains } from '../packaging/specifier.js';
import { sameVersion } from '../packaging/version.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { placeText } from '../text/place.js';
import type { Constraint, OpenRequirement, Pin, RequirementSource } from './pin.js';
import { remembered } from './remembered.js';

/** The constraint that supplies the version or archive for a requirement with only a specifier. */
export type Lender = (specifier: string, hasDigests: boolean) => Constraint | undefined;

/** Results are cached: a file may have thousands of lines and constraints for one project. */
export function lender(limits: readonly Constraint[]): Lender {
  const haveDigests = limits.some(({ digests }) => digests.length > 0);
  const named = limits.filter(
    ({ refusal, archive, specifier }) =>
      refusal === undefined && (archive !== undefined || exactVersion(specifier) !== undefined),
  );
  const find = remembered((specifier: string) =>
    named.find((constraint) => {
      if (constraint.archive !== undefined && specifier === '') return true;
      const version = exactVersion(constraint.specifier);
      return version !== undefined && allows(specifier, version);
    }),
  );
  return (specifier, hasDigests) => (hasDigests || haveDigests ? find(specifier) : undefined);
}

function exactVersion(specifier: string): string | undefined {
  return /^===?(?!.*[,*])(.+)$/.exec(specifier)?.[1];
}

/** As in pip: a constraint that pins a version, or names an archive, supplies it to a requirement without a version. */
export function lentPin(open: OpenRequirement, lend: Lender): Pin | undefined {
  const { project, name, specifier, digests, ...base } = open;
  const constraint = lend(specifier, digests !== undefined);
  if (constraint === undefined) return undefined;
  const hashes = digests === undefined ? ({ hashed: false } as const) : ({ hashed: true, digests } as const);
  if (constraint.archive !== undefined)
    return { ...base, ...hashes, source: { ...constraint.archive, project, name } };
  const extras = base.extras.length === 0 ? '' : `[${base.extras.join(',')}]`;
  const version = exactVersion(constraint.specifier) ?? '';
  const operator = constraint.specifier.startsWith('===') ? '===' : '==';
  return {
    ...base,
    ...hashes,
    requirement: `${name}${extras}${operator}${version}`,
    source: { kind: 'version', project, name, operator, version },
  };
}

/** A pin with its constraints applied, up to the first one that excludes it. */
interface Limited {
  readonly before: Pin;
  readonly after: Pin;
  readonly excludedBy: Constraint | undefined;
}

/**
 * Applies constraints to pins. Equal pins already share their digests here, so each distinct pin is limited once,
 * even if a constraint excludes it: files with thousands of lines for one project take linear time.
 */
export function limiter(): (pin: Pin, limits: readonly Constraint[]) => Pin {
  const known = new Map<string, Limited>();
  return (pin, limits) => {
    const { source } = pin;
    const key = JSON.stringify([source.project, source.kind, source.kind === 'version' && source.version]);
    let same = known.get(key);
    if (
      same === undefined ||
      digestsOf(same.before) !== digestsOf(pin) ||
      same.before.publishers !== pin.publishers ||
      !sameSource(same.before.source, source)
    ) {
      same = limitedBy(pin, limits);
      known.set(key, same);
    }
    const limited = { ...pin, ...limitedPart(same.after) };
    return same.excludedBy === undefined ? limited : constrained(limited, same.excludedBy);
  };
}

function limitedBy(pin: Pin, limits: readonly Constraint[]): Limited {
  let after = pin;
  for (const constraint of limits) {
    try {
      after = constrained(after, constraint);
    } catch (error) {
      if (!isPeepError(error)) throw error;
      return { before: pin, after, excludedBy: constraint };
    }
  }
  return { before: pin, after, excludedBy: undefined };
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

function constrained(pin: Pin, constraint: Constraint): Pin {
  const { source } = pin;
  if (constraint.refusal !== undefined) {
    throw new PeepError(
      'CONSTRAINT_CONFLICT',
      `'${pin.requirement}' conflicts with the constraint '${constraint.requirement}' (${placeText(constraint.place)}), and ${constraint.refusal.message}`,
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
  // As in pip: hashes of a constraint apply to its requirement; if both have hashes, only common ones are accepted.
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

/**
 * Publishers of a constraint apply to its requirement, like digests: if both record some, only common ones are
 * accepted.
 */
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

/** True if both ask for the same archive. */
export function sameSource(a: RequirementSource, b: RequirementSource): boolean {
  if (a.kind === 'version' && b.kind === 'version') return sameVersion(a.version, b.version);
  return a.kind !== 'version' && b.kind !== 'version' && sameArchive(a, b);
}

function sameArchive(a: RequirementSource, b: RequirementSource): boolean {
  if (a.kind === 'url' && b.kind === 'url') return a.url === b.url;
  return a.kind === 'path' && b.kind === 'path' && a.path === b.path;
}
