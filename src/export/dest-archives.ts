import { formatPublisher } from '../packaging/publisher-record.js';
import { publishersOf } from '../prepare/attester.js';
import { openVerified } from '../prepare/open-verified.js';
import type { Outcome, VerifiedOutcome } from '../prepare/outcome.js';
import type { Store } from '../store/store.js';
import { redactUrl } from '../text/redact.js';
import type { DestArchive } from './export.js';
import type { ArchiveRecord } from './manifest.js';

/** The verified archives of a run, without duplicates, each with all lines that pin it. */
export function destArchives(outcomes: readonly Outcome[], store: Store): DestArchive[] {
  const archives = new Map<string, DestArchive>();
  for (const outcome of outcomes) {
    if (outcome.status !== 'verified' || !outcome.pin.hashed) continue;
    const { link, sha256 } = outcome.archive;
    if (sha256 === undefined) continue;
    const before = archives.get(sha256);
    const provenance = outcome.provenance?.status === 'verified' ? outcome.provenance.bytes : undefined;
    archives.set(sha256, {
      filename: before?.filename ?? link.filename,
      sha256,
      requiresPython: link.requiresPython ?? outcome.inspection?.needs.requiresPython,
      yanked: link.yanked,
      provenance: provenance ?? before?.provenance,
      record: recordOf(outcome, before?.record),
      open: () => openVerified(store, outcome.pin, outcome.archive),
    });
  }
  return [...archives.values()];
}

function recordOf(
  { pin, archive: { link }, inspection, provenance }: VerifiedOutcome,
  before: ArchiveRecord | undefined,
): ArchiveRecord {
  const { requirement, place } = pin;
  const publishers =
    provenance?.status === 'verified' ? publishersOf(provenance.attestations).map(formatPublisher) : [];
  return {
    name: pin.source.project ?? inspection?.project ?? null,
    version: inspection?.version ?? pin.source.version ?? null,
    pins: [...(before?.pins ?? []), { requirement, file: place.file, line: place.line }],
    url: link.source === 'store' ? null : redactUrl(link.url),
    index: link.index === undefined ? null : redactUrl(link.index),
    publishers: [...new Set([...(before?.publishers ?? []), ...publishers])],
  };
}
