import { canonicalizeName } from '../packaging/name.js';
import type { Constraint, Pin, RefusedLine, RequirementEntry } from '../requirements/pin.js';
import { PeepError } from '../text/errors.js';
import type { Limit, Wish } from './types.js';

export interface AskedFor {
  readonly wishes: readonly Wish[];
  /** Lines that are not passed to a resolver, such as editable ones. */
  readonly refused: readonly RefusedLine[];
  /** Digests that the inputs already pin: the compiled file must pin no others. */
  readonly constraints: readonly Constraint[];
}

/** The requirements in requirements files: pins, and lines without a version. Pure. */
export function wishesOf(entries: readonly RequirementEntry[]): AskedFor {
  const wishes: Wish[] = [];
  const refused: RefusedLine[] = [];
  const constraints: Constraint[] = [];
  for (const entry of entries) {
    if (entry.kind === 'pin') {
      wishes.push(wishOfPin(entry.pin));
      constraints.push(...digestConstraint(entry.pin));
      continue;
    }
    const { open, place } = entry.line;
    if (open === undefined) refused.push(entry.line);
    else {
      const { project, specifier, marker } = open;
      const extras = open.extras.map(canonicalizeName);
      wishes.push({ project, extras, specifier, url: undefined, marker, from: `-r ${place.file}` });
    }
  }
  return { wishes, refused, constraints };
}

function wishOfPin({ source, extras, marker, place }: Pin): Wish {
  const base = { extras: extras.map(canonicalizeName), marker, from: `-r ${place.file}` };
  if (source.kind === 'version') {
    const specifier = `${source.operator}${source.version}`;
    return { ...base, project: source.project, specifier, url: undefined };
  }
  if (source.kind === 'path' || source.project === undefined) {
    throw new PeepError('COMPILE_INPUT', 'cannot compile an archive that is named only by its path', {
      place,
      hint: 'Write it as `NAME @ URL`, or put it into a directory that --find-links names.',
    });
  }
  return { ...base, project: source.project, specifier: '', url: source.url };
}

/** As in pip: hashes of a constraint apply to its requirement. */
function digestConstraint(pin: Pin): readonly Constraint[] {
  const { source, place, requirement, marker, publishers } = pin;
  if (source.project === undefined || (!pin.hashed && publishers === undefined)) return [];
  return [
    {
      ...{ project: source.project, place, requirement, marker },
      specifier: source.kind === 'version' ? `${source.operator}${source.version}` : '',
      archive: source.kind === 'version' ? undefined : source,
      digests: pin.hashed ? pin.digests : [],
      ...(publishers !== undefined && { publishers }),
    },
  ];
}

/** The version limits from `-c`; a constraint that names an archive gives none. */
export function limitsOf(constraints: readonly Constraint[]): readonly Limit[] {
  return constraints.flatMap(({ project, specifier, marker }) =>
    specifier === '' ? [] : [{ project, specifier, marker }],
  );
}
