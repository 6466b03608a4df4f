import type { ProjectName } from '../../packaging/types.js';
import { isPeepError, PeepError, type SourceLocation } from '../../text/errors.js';
import { printable } from '../../text/redact.js';
import type { LockEdge, LockedPackage, LockGraph, LockNode } from './model.js';

/** A dependency as a file writes it: by name and versions, and not yet by the package that is locked for it. */
export interface Wish {
  readonly project: ProjectName;
  readonly extras: readonly string[];
  readonly marker: string | undefined;
  /** Whether a version will do; asked only where several are locked. */
  readonly accepts: (version: string) => boolean;
  /** As written, for messages. */
  readonly text: string;
}

/** What a package wants, and with each of its extras. */
export interface Wishes {
  readonly dependencies: readonly Wish[];
  readonly extras: ReadonlyMap<string, readonly Wish[]>;
}

export interface WishGraph {
  readonly graph: LockGraph;
  /** The packages of the lock file, and after them what is wanted and not in it: refused where it is reached. */
  readonly packages: readonly LockedPackage[];
}

/**
 * The graph of a lock file that lists packages with their dependencies, from what a pyproject.toml asks for. Positions of
 * `wishes` are those of `packages`. Linear in the dependencies. Throws `LOCK_UNDECIDED` where a dependency may mean several packages.
 */
export function wishGraph(
  packages: readonly LockedPackage[],
  wishes: readonly Wishes[],
  requests: readonly Wish[],
  place: SourceLocation,
): WishGraph {
  const byName = new Map<string, number[]>();
  packages.forEach(({ project }, i) => {
    const known = byName.get(project);
    if (known === undefined) byName.set(project, [i]);
    else known.push(i);
  });
  const missing = new Map<string, LockedPackage>();
  const edgeOf = ({ project, extras, marker, accepts, text }: Wish): LockEdge => {
    const named = byName.get(project) ?? [];
    const fitting = named.length < 2 ? named : named.filter((i) => accepts(packages[i]?.version ?? ''));
    if (fitting.length > 1) throw ambiguous(text, place);
    const [to] = fitting;
    if (to !== undefined) return { to, extras, marker };
    if (!missing.has(text)) missing.set(text, notLocked(project, text, place));
    return { to: packages.length + [...missing.keys()].indexOf(text), extras, marker };
  };
  const nodes = wishes.map(
    ({ dependencies, extras }, i): LockNode => ({
      project: packages[i]?.project ?? ('' as ProjectName),
      own: false,
      dependencies: dependencies.map(edgeOf),
      extras: new Map([...extras].map(([name, list]) => [name, list.map(edgeOf)])),
    }),
  );
  const edges = requests.map(edgeOf);
  for (const { project } of missing.values())
    nodes.push({ project, own: false, dependencies: [], extras: new Map() });
  return {
    graph: { roots: [], requests: edges, nodes, chosen: [], conflicts: [] },
    packages: [...packages, ...missing.values()],
  };
}

/** True where `read` gives a `LOCK_UNDECIDED`, which is kept for those who ask about a target. */
export function graphOrUndecided(read: () => WishGraph): WishGraph | PeepError {
  try {
    return read();
  } catch (error) {
    if (isPeepError(error, 'LOCK_UNDECIDED')) return error;
    throw error;
  }
}

function ambiguous(text: string, place: SourceLocation): PeepError {
  return new PeepError(
    'LOCK_UNDECIDED',
    `several packages of '${place.file}' are what '${printable(text)}' asks for, and nothing says which applies where`,
    { place, hint: 'Lock again with a newer version of the tool, which writes it down.' },
  );
}

function notLocked(project: ProjectName, text: string, place: SourceLocation): LockedPackage {
  return {
    ...{ kind: 'refused', name: project, project, version: undefined, extras: [], place, marker: undefined },
    error: new PeepError('LOCK_INVALID', `'${place.file}' has no package for '${printable(text)}'`, {
      place,
      hint: 'It was locked before the pyproject.toml beside it changed: lock again.',
    }),
  };
}
