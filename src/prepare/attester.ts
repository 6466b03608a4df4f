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
   * Enforces what is recorded for a pin (P11); undefined where nothing is recorded or required, and then nothing is
   * asked for. Throws `PUBLISHER_CHANGED`, `PROVENANCE_REFUSED`, `PROVENANCE_MISSING`, and failures of the network.
   */
  enforce(wanted: WantedProvenance): Promise<ArchiveProvenance | undefined>;
  /** What is there, whatever is recorded. Throws `PROVENANCE_REFUSED` and failures of the network. */
  look(wanted: WantedProvenance): Promise<ArchiveProvenance>;
}

/** `required`: `--require-provenance`, from which a recorded `none` alone excuses. */
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
 * Asks one place after the other until one proves what is recorded. A place that has nothing is passed over; of those
 * that have something else, the worst is told: another publisher, what does not verify, what could not be had.
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
    // P4: what is stored and does not verify counts for nothing; another publisher is told all the same.
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

/** Several attestations of one file mean several that vouch for it: one that is recorded is enough. */
function changeOf(
  attestations: Attestations,
  recorded: readonly RecordedPublisher[] | undefined,
): 'same' | 'renamed' | 'changed' {
  if (recorded === undefined || recorded.length === 0) return 'same';
  const changes = attestations.map(({ publisher }) => compareWithRecords(recorded, publisher));
  return changes.includes('same') ? 'same' : changes.includes('renamed') ? 'renamed' : 'changed';
}

/** The publishers that attestations name, each once. */
export function publishersOf(attestations: Attestations): readonly Publisher[] {
  return [...new Map(attestations.map(({ publisher }) => [formatPublisher(publisher), publisher])).values()];
}

function names(publishers: readonly RecordedPublisher[]): string {
  return publishers.map((publisher) => printable(formatPublisher(publisher))).join(', or ');
}

function warnOfRename({ pin, link }: WantedProvenance, attestations: Attestations, log: Log): void {
  log.warn(
    `${pin.requirement}: the publisher of '${link.filename}' has another name now: ${names(publishersOf(attestations))}`,
    'It is the same repository, by its number. `peep pin --write --record-publishers` writes the new name.',
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
    `'${link.filename}' was published by somebody else than is recorded: expected ${names(recorded)}, got ${names(found)}`,
    {
      place: pin.place,
      hint: 'Find out from the project whether it moved; do not install it before. `peep pin --accept-publisher NAME` records the new one.',
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
          : 'Somebody may have tampered with it. Ask whoever runs the index, and the project.',
      facts: { reason },
    },
  );
}

function missing({ pin, link }: WantedProvenance, recorded: readonly Publisher[]): PeepError {
  const what = recorded.length === 0 ? '--require-provenance asks for one' : `expected ${names(recorded)}`;
  return new PeepError('PROVENANCE_MISSING', `no provenance was found for '${link.filename}': ${what}`, {
    place: pin.place,
    hint: 'Where a mirror drops it, --provenance-index URL names an index that has it; `# attested-by: none` records that there is none.',
  });
}
