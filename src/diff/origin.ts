import { compareWithRecords, type Publisher } from '../packaging/publisher.js';
import { formatPublisher } from '../packaging/publisher-record.js';

/** Who published an archive (P11), when provenance was asked for. */
export type Origin =
  | { readonly kind: 'proven'; readonly publishers: readonly Publisher[] }
  | { readonly kind: 'none' }
  /** There is provenance that does not verify, or trouble with it: never the same as none (P8). */
  | { readonly kind: 'unknown'; readonly why: string };

/** One line; empty when provenance was not asked for. */
export function originText(origin: Origin | undefined): string {
  switch (origin?.kind) {
    case undefined:
      return '';
    case 'proven':
      return origin.publishers.map(formatPublisher).join(', ');
    case 'none':
      return 'no publisher proven';
    case 'unknown':
      return `unknown: ${origin.why}`;
  }
}

/** A change of publisher, as a reviewer wants to see it before anything else. */
export function publisherChange(
  old: Origin | undefined,
  fresh: Origin | undefined,
): { readonly what: string; readonly items: readonly string[] } {
  const items = [`${originText(old)} → ${originText(fresh)}`];
  if (old === undefined || fresh === undefined) return { what: 'publisher', items: [] };
  if (old.kind === 'unknown' || fresh.kind === 'unknown') return { what: 'publisher not known', items };
  if (old.kind === 'none' && fresh.kind === 'none') return { what: 'publisher', items: [] };
  if (old.kind === 'none') return { what: 'publisher proven for the first time', items };
  if (fresh.kind === 'none') return { what: 'PUBLISHER NO LONGER PROVEN', items };
  const changes = fresh.publishers.map((publisher) => compareWithRecords(old.publishers, publisher));
  if (changes.includes('same')) return { what: 'publisher', items: [] };
  return changes.includes('renamed')
    ? { what: 'publisher renamed (same repository number)', items }
    : { what: 'PUBLISHER CHANGED', items };
}
