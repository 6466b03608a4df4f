import { PeepError, type SourceLocation } from '../../text/errors.js';
import { Turns } from '../../text/turns.js';
import { decideMarker } from './decide-marker.js';
import type { LockEdge, LockGraph } from './model.js';
import { extraName, shownName } from './uv-names.js';

/**
 * The positions of the packages that apply to a target: those that can be reached from the roots along edges with a
 * true marker. Takes linear time. Throws `LOCK_SELECTION` if conflicting extras or groups are selected.
 */
export async function reachablePackages(
  graph: LockGraph,
  markerHolds: (marker: string) => boolean,
  place: SourceLocation,
): Promise<ReadonlySet<number>> {
  const active = new Set(graph.chosen);
  const holds = edgeHolds(active, ({ to }) => graph.nodes[to]?.project ?? '', markerHolds);
  if (graph.conflicts.length > 0) {
    // Extras that dependencies request count as well; they are known only after a walk.
    await walk(graph, holds, (name) => active.add(name));
    refuseConflicts(graph, active, place);
  }
  return walk(graph, holds, () => undefined);
}

/** The positions of all packages that may apply to some target. */
export function everyReachable(graph: LockGraph): Promise<ReadonlySet<number>> {
  return walk(
    graph,
    () => true,
    () => undefined,
  );
}

async function walk(
  { roots, requests, nodes }: LockGraph,
  holds: (edge: LockEdge) => boolean,
  chose: (name: string) => void,
): Promise<Set<number>> {
  const asked = new Set<number>();
  const seen = new Set<string>();
  const queue: LockEdge[] = [...roots];
  const follow = (edges: readonly LockEdge[]): void => {
    for (const edge of edges) {
      if (!holds(edge)) continue;
      const node = nodes[edge.to];
      if (node?.own === false) asked.add(edge.to);
      for (const extra of edge.extras) chose(extraName(node?.project ?? '', extra));
      queue.push(edge);
    }
  };
  const once = (key: string, edges: readonly LockEdge[]): void => {
    if (seen.has(key)) return;
    seen.add(key);
    follow(edges);
  };
  follow(requests);
  // First in, first out, like uv: the order decides which extras are active.
  const turns = new Turns();
  for (let i = 0; i < queue.length; i++) {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    const { to, extras } = queue[i] as LockEdge;
    const node = nodes[to];
    once(`${to}`, node?.dependencies ?? []);
    for (const extra of extras) once(`${to} ${extra}`, node?.extras.get(extra) ?? []);
  }
  return asked;
}

/** `active` may grow between calls. */
function edgeHolds(
  active: ReadonlySet<string>,
  projectOf: (edge: LockEdge) => string,
  markerHolds: (marker: string) => boolean,
): (edge: LockEdge) => boolean {
  const known = new Map<string, boolean>();
  const holds = (marker: string, extra: ReadonlySet<string>): boolean => {
    const decided = decideMarker(marker, { extra });
    return typeof decided === 'boolean' ? decided : markerHolds(decided);
  };
  return (edge) => {
    const { marker, extras } = edge;
    if (marker === undefined) return true;
    if (/\bextra\b/.test(marker)) {
      const own = extras.map((extra) => extraName(projectOf(edge), extra));
      return holds(marker, own.length === 0 ? active : new Set([...active, ...own]));
    }
    const value = known.get(marker) ?? holds(marker, active);
    known.set(marker, value);
    return value;
  };
}

function refuseConflicts({ conflicts }: LockGraph, active: ReadonlySet<string>, place: SourceLocation): void {
  for (const set of conflicts) {
    const [first, second] = set.filter((name) => active.has(name));
    if (first === undefined || second === undefined) continue;
    throw new PeepError(
      'LOCK_SELECTION',
      `${shownName(first)} and ${shownName(second)} conflict in '${place.file}'`,
      { place, hint: 'Choose one of them with --extra, --group or --no-dev.' },
    );
  }
}
