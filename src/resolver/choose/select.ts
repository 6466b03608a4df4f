import type { ArchiveLink } from '../link.js';
import { createEvaluator } from './evaluate.js';
import { compareListed, compareRanked, isTied, whyBehind } from './rank.js';
import type { Ranked, Rejection, Selection, SelectionRequest } from './selection-types.js';

/**
 * Chooses among `links` for one pin and one target (contract section 4). Pure: the same input gives the same choice
 * (P10).
 */
export function select(links: readonly ArchiveLink[], request: SelectionRequest): Selection {
  const evaluate = createEvaluator(request);
  const ranked: Ranked[] = [];
  const rejections: Rejection[] = [];
  for (const link of links) {
    const verdict = evaluate(link);
    if ('candidate' in verdict) ranked.push(verdict);
    else rejections.push(verdict);
  }
  const { preferBinary } = request;
  ranked.sort((a, b) => compareRanked(a, b, preferBinary) || compareListed(a, b));
  const [best, ...rest] = ranked;
  if (best === undefined) return { candidates: [], rejections, passedOver: [], tied: [] };
  return {
    candidates: ranked.map(({ candidate }) => candidate),
    rejections,
    passedOver: rest.map((other) => whyBehind(best, other, preferBinary)),
    tied: rest.filter((other) => isTied(best, other, preferBinary)).map(({ candidate }) => candidate),
  };
}
