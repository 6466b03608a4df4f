import type { Publisher, RecordedPublisher } from '../packaging/publisher.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import type { ProvenanceVerdict } from '../provenance/verify.js';
import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';
import type { WantedProvenance } from './find-provenance.js';

/** The publishers, for messages. */
export function publisherNames(publishers: readonly RecordedPublisher[]): string {
  return publishers.map((publisher) => printable(formatPublisher(publisher))).join(', or ');
}

export function publisherChanged(
  { pin, link }: WantedProvenance,
  found: readonly Publisher[],
  recorded: readonly RecordedPublisher[],
): PeepError {
  return new PeepError(
    'PUBLISHER_CHANGED',
    `'${link.filename}' does not have the recorded publisher: expected ${publisherNames(recorded)}, got ${publisherNames(found)}`,
    {
      place: pin.place,
      hint: 'Ask the project whether it moved before you install it. `peep pin --accept-publisher NAME` records the new one.',
      facts: { recorded: recorded.map(formatPublisher), found: found.map(formatPublisher) },
    },
  );
}

/** `place` completes "the provenance of 'FILE' from …". */
export function provenanceRefused(
  { pin, link }: Pick<WantedProvenance, 'pin' | 'link'>,
  { reason, message }: Pick<Extract<ProvenanceVerdict, { status: 'refused' }>, 'reason' | 'message'>,
  place: string,
): PeepError {
  return new PeepError(
    'PROVENANCE_REFUSED',
    `the provenance of '${link.filename}' from ${place} does not verify: ${message} (${reason})`,
    {
      place: pin.place,
      hint:
        reason === 'unknown-log'
          ? 'A newer peep may know it; --trusted-root FILE names the root of trust of a private instance.'
          : "It may have been tampered with. Ask the index's operator and the project.",
      facts: { reason },
    },
  );
}

export function provenanceMissing(
  { pin, link }: WantedProvenance,
  recorded: readonly Publisher[],
): PeepError {
  const what = recorded.length === 0 ? '--require-provenance is set' : `expected ${publisherNames(recorded)}`;
  return new PeepError('PROVENANCE_MISSING', `no provenance was found for '${link.filename}': ${what}`, {
    place: pin.place,
    hint: 'If a mirror drops provenance, name an index that has it with --provenance-index URL; `# attested-by: none` records that there is none.',
  });
}
