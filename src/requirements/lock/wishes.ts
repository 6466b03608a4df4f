import type { ProjectName } from '../../packaging/types.js';
import { isPeepError, PeepError, type SourceLocation } from '../../text/errors.js';
import { addTo } from '../../text/groups.js';
import { printable } from '../../text/redact.js';
import type { LockEdge, LockedPackage, LockGraph, LockNode } from './model.js';

/** A dependency as a file writes it: a name and versions, not yet matched with a locked package. */
export interface Wish {
  readonly project: ProjectName;
  readonly extras: readonly string[];
  readonly marker: string | undefined;
  /** Tests whether a version matches; called only if several versions are locked. */
  readonly accepts: (version: string) => boolean;
  /** As written, for messages. */
  readonly text: string;
}

/** The dependencies of a package, and those of each of its extras. */
export interface Wishes {
  readonly dependencies: readonly Wish[];
  readonly extras: ReadonlyMap<string, readonly Wish[]>;
}

export interface WishGraph {
  readonly graph: LockGraph;
  /**
   * The packages of the lock file, followed by placeholders for dependencies that are not in it, which are refused
   * if they are reached.
   */
  readonly packages: readonly LockedPackage[];
}

/**
 * Builds the graph of a lock file that lists packages with their dependencies, starting at the dependencies in
 * pyproject.toml. Positions of `wishes` are those of `packages`. Takes linear time. Throws `LOCK_UNDECIDED` if a
 * dependency may mean several packages.
 */
export function wishGraph(
  packages: readonly LockedPackage[],
  wishes: readonly Wishes[],
  requests: readonly Wish[],
  place: SourceLocation,
): WishGraph {
  const byName = new Map<string, number[]>();
  packages.forEach(({ project = '' }, i) => {
    addTo(byName, project, i);
  });
  const missing: LockedPackage[] = [];
  const missingAt = new Map<string, number>();
  const edgeOf = ({ project, extras, marker, accepts, text }: Wish): LockEdge => {
    const named = byName.get(project) ?? [];
    const fitting = named.length < 2 ? named : named.filter((i) => accepts(packages[i]?.version ?? ''));
    if (fitting.length > 1) throw ambiguous(text, place);
    const [to] = fitting;
    if (to !== undefined) return { to, extras, marker };
    const known = missingAt.get(text) ?? missing.length;
    if (known === missing.length) missing.push(notLocked(project, text, place));
    missingAt.set(text, known);
    return { to: packages.length + known, extras, marker };
  };
  const nodes = wishes.map(
    ({ dependencies, extras }, i): LockNode => ({
      project: packages[i]?.project ?? '',
      own: false,
      dependencies: dependencies.map(edgeOf),
      extras: new Map([...extras].map(([name, list]) => [name, list.map(edgeOf)])),
    }),
  );
  const edges = requests.map(edgeOf);
  for (const { project = '' } of missing)
    nodes.push({ project, own: false, dependencies: [], extras: new Map() });
  return {
    graph: { roots: [], requests: edges, nodes, chosen: [], conflicts: [] },
    packages: [...packages, ...missing],
  };
}

/** Returns a `LOCK_UNDECIDED` error of `read` instead of throwing it: it matters only if there is a target. */
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
    `several packages of '${place.file}' match '${printable(text)}', and the file does not say which one applies`,
    { place, hint: 'Lock again with a newer version of the tool, whose lock files say it.' },
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
