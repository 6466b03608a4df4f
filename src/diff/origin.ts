import { compareWithRecords, type Publisher } from '../packaging/publisher.js';
import { formatPublisher } from '../packaging/publisher-record.js';

/** The publisher of an archive (P11), if provenance was requested. */
export type Origin =
  | { readonly kind: 'proven'; readonly publishers: readonly Publisher[] }
  | { readonly kind: 'none' }
  /** Provenance exists but does not verify, or could not be fetched: never the same as no provenance (P8). */
  | { readonly kind: 'unknown'; readonly why: string };

/** One line; empty if provenance was not requested. */
export function originText(origin: Origin | undefined): string {
  switch (origin?.kind) {
    case undefined:
      return '';
    case 'proven':
      return origin.publishers.map(formatPublisher).join(', ');
    case 'none':
      return 'not proven (no attestations found)';
    case 'unknown':
      return `not known: ${origin.why}`;
  }
}

/** A change of publisher, to be shown first to a reviewer. */
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
