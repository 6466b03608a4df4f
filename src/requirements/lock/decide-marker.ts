import {
  formatMarker,
  type Marker,
  type MarkerItem,
  type MarkerOperand,
  parseMarker,
} from '../../packaging/marker.js';
import { canonicalizeName } from '../../packaging/name.js';

/** The selected extras and groups; comparisons with an undefined set stay undecided. */
export interface Chosen {
  /** `extra == "x"` is true if x is in this set. */
  readonly extra?: ReadonlySet<string> | undefined;
  /** `"x" in extras` (PEP 751). */
  readonly extras?: ReadonlySet<string> | undefined;
  /** `"x" in dependency_groups` (PEP 751). */
  readonly groups?: ReadonlySet<string> | undefined;
}

/**
 * Evaluates the parts of a marker that are about extras and groups. Returns true, false, or the text of the marker
 * that remains for the target. Throws `MARKER_MALFORMED`.
 */
export function decideMarker(text: string, chosen: Chosen): boolean | string {
  const decided = decide(parseMarker(text), chosen);
  return typeof decided === 'boolean' ? decided : formatMarker(decided);
}

type Comparison = Exclude<MarkerItem, string | { readonly group: Marker }>;

/** A marker is a flat list of `and` and `or`, of which `and` binds tighter. */
function decide(marker: Marker, chosen: Chosen): boolean | Marker {
  const kept: MarkerItem[] = [];
  for (const all of alternatives(marker)) {
    const decided = all.map((item) => decideItem(item, chosen));
    if (decided.includes(false)) continue;
    const open = decided.filter((item): item is MarkerItem => item !== true);
    if (open.length === 0) return true;
    if (kept.length > 0) kept.push('or');
    kept.push(...open.flatMap((item, i): MarkerItem[] => (i === 0 ? [item] : ['and', item])));
  }
  return kept.length === 0 ? false : kept;
}

function alternatives(marker: Marker): Exclude<MarkerItem, string>[][] {
  const lists: Exclude<MarkerItem, string>[][] = [[]];
  for (const item of marker) {
    if (item === 'or') lists.push([]);
    else if (item !== 'and') lists.at(-1)?.push(item);
  }
  return lists;
}

function decideItem(item: Exclude<MarkerItem, string>, chosen: Chosen): boolean | MarkerItem {
  if ('group' in item) {
    const decided = decide(item.group, chosen);
    return typeof decided === 'boolean' ? decided : { group: decided };
  }
  return decideComparison(item, chosen) ?? item;
}

function decideComparison({ left, operator, right }: Comparison, chosen: Chosen): boolean | undefined {
  const [variable, literal] = left.kind === 'variable' ? [left, right] : [right, left];
  if (variable.kind !== 'variable') return undefined;
  const set = setOf(variable, chosen);
  if (set === undefined) return undefined;
  const member = set.has(canonicalizeName(literal.kind === 'literal' ? literal.value : ''));
  if (variable.name === 'extra') {
    if (operator === '==') return member;
    return operator === '!=' ? !member : undefined;
  }
  if (right !== variable) return undefined;
  if (operator === 'in') return member;
  return operator === 'not in' ? !member : undefined;
}

function setOf(variable: MarkerOperand, chosen: Chosen): ReadonlySet<string> | undefined {
  if (variable.kind !== 'variable') return undefined;
  if (variable.name === 'extra') return chosen.extra;
  if (variable.name === 'extras') return chosen.extras;
  return variable.name === 'dependency_groups' ? chosen.groups : undefined;
}
