import type { Sha256 } from '../hash/digest.js';
import { compareWithRecords, type Publisher, type RecordedPublisher } from '../packaging/publisher.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import type { AttestedArchive } from '../provenance/statement.js';
import type { Attestations, ProvenanceVerdict } from '../provenance/verify.js';
import { isPeepError, PeepError } from '../text/errors.js';
import type { Log } from '../text/log.js';
import { printable } from '../text/redact.js';
import type { ArchiveProvenance } from './archive-provenance.js';
import { type FindDeps, provenancePlaces, type WantedProvenance } from './find-provenance.js';

export interface AttesterDeps extends FindDeps {
  readonly verify: (bytes: Uint8Array, archive: AttestedArchive) => Promise<ProvenanceVerdict>;
  readonly stored: (sha256: Sha256) => Promise<Uint8Array | undefined>;
  readonly store: (sha256: Sha256, bytes: Uint8Array) => Promise<void>;
  readonly log: Log;
}

export interface Attester {
  /**
   * Enforces the recorded publishers of a pin (P11). Undefined if none is recorded or required; then nothing is
   * fetched. Throws `PUBLISHER_CHANGED`, `PROVENANCE_REFUSED`, `PROVENANCE_MISSING`, and network errors.
   */
  enforce(wanted: WantedProvenance): Promise<ArchiveProvenance | undefined>;
  /** The provenance of an archive, whatever publishers are recorded. Throws `PROVENANCE_REFUSED` and network errors. */
  look(wanted: WantedProvenance): Promise<ArchiveProvenance>;
}

/** `required`: set by `--require-provenance`; only a recorded `none` exempts a pin from it. */
export function createAttester(deps: AttesterDeps, { required }: { readonly required: boolean }): Attester {
  return {
    async enforce(wanted) {
      const recorded = wanted.pin.publishers ?? [];
      const named = recorded.filter((each): each is Publisher => each.kind !== 'none');
      const excused = named.length < recorded.length;
      if (named.length === 0 && (excused || !required)) return undefined;
      const found = await search(wanted, recorded, deps);
      if (found.status === 'absent' && !excused) throw missing(wanted, named);
      return found;
    },
    look: (wanted) => search(wanted, undefined, deps),
  };
}

/**
 * Tries one source after the other until one proves a recorded publisher. A source without provenance is skipped.
 * If none proves it, the most serious failure is thrown: another publisher, then invalid provenance, then a failed
 * request.
 */
async function search(
  wanted: WantedProvenance,
  recorded: readonly RecordedPublisher[] | undefined,
  deps: AttesterDeps,
): Promise<ArchiveProvenance> {
  const { sha256, link } = wanted;
  const errors: PeepError[] = [];
  const judge = async (bytes: Uint8Array, place: string): Promise<ArchiveProvenance | PeepError> => {
    const verdict = await deps.verify(bytes, { filename: link.filename, sha256 });
    if (verdict.status === 'refused') return refused(wanted, verdict, place);
    const change = changeOf(verdict.attestations, recorded);
    if (change === 'changed') return changed(wanted, verdict.attestations, recorded ?? []);
    if (change === 'renamed') warnOfRename(wanted, verdict.attestations, deps.log);
    return { status: 'verified', attestations: verdict.attestations, bytes };
  };
  const stored = await deps.stored(sha256);
  if (stored !== undefined) {
    const known = await judge(stored, 'the store');
    // P4: ignore stored provenance that does not verify, but report another publisher.
    if (!(known instanceof PeepError)) return known;
    if (known.code === 'PUBLISHER_CHANGED') errors.push(known);
  }
  for await (const place of provenancePlaces(wanted, deps)) {
    try {
      const bytes = await place.read();
      if (bytes === undefined) continue;
      const known = await judge(bytes, place.name);
      if (known instanceof PeepError) errors.push(known);
      else {
        await deps.store(sha256, bytes);
        return known;
      }
    } catch (error) {
      if (!isPeepError(error)) throw error;
      errors.push(error);
    }
  }
  for (const code of ['PUBLISHER_CHANGED', 'PROVENANCE_REFUSED'] as const) {
    const worst = errors.find((error) => error.code === code);
    if (worst !== undefined) throw worst;
  }
  const [first] = errors;
  if (first !== undefined) throw first;
  return { status: 'absent' };
}

/** Each of several attestations of a file vouches for it: one recorded publisher among them is enough. */
function changeOf(
  attestations: Attestations,
  recorded: readonly RecordedPublisher[] | undefined,
): 'same' | 'renamed' | 'changed' {
  if (recorded === undefined || recorded.length === 0) return 'same';
  const changes = attestations.map(({ publisher }) => compareWithRecords(recorded, publisher));
  return changes.includes('same') ? 'same' : changes.includes('renamed') ? 'renamed' : 'changed';
}

/** The publishers of attestations, without duplicates. */
export function publishersOf(attestations: Attestations): readonly Publisher[] {
  return [...new Map(attestations.map(({ publisher }) => [formatPublisher(publisher), publisher])).values()];
}

function names(publishers: readonly RecordedPublisher[]): string {
  return publishers.map((publisher) => printable(formatPublisher(publisher))).join(', or ');
}

function warnOfRename({ pin, link }: WantedProvenance, attestations: Attestations, log: Log): void {
  log.warn(
    `${pin.requirement}: the publisher of '${link.filename}' has a new name: ${names(publishersOf(attestations))}`,
    'It is the same repository: its number is unchanged. `peep pin --write --record-publishers` writes the new name.',
  );
}

function changed(
  { pin, link }: WantedProvenance,
  attestations: Attestations,
  recorded: readonly RecordedPublisher[],
): PeepError {
  const found = publishersOf(attestations);
  return new PeepError(
    'PUBLISHER_CHANGED',
    `'${link.filename}' does not have the recorded publisher: expected ${names(recorded)}, got ${names(found)}`,
    {
      place: pin.place,
      hint: 'Ask the project whether it moved before you install it. `peep pin --accept-publisher NAME` records the new one.',
      facts: { recorded: recorded.map(formatPublisher), found: found.map(formatPublisher) },
    },
  );
}

function refused(
  { pin, link }: WantedProvenance,
  { reason, message }: Extract<ProvenanceVerdict, { status: 'refused' }>,
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

function missing({ pin, link }: WantedProvenance, recorded: readonly Publisher[]): PeepError {
  const what = recorded.length === 0 ? '--require-provenance is set' : `expected ${names(recorded)}`;
  return new PeepError('PROVENANCE_MISSING', `no provenance was found for '${link.filename}': ${what}`, {
    place: pin.place,
    hint: 'If a mirror drops provenance, name an index that has it with --provenance-index URL; `# attested-by: none` records that there is none.',
  });
}
