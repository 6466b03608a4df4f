import type { Sha256 } from '../hash/digest.js';
import { compareWithRecords, type Publisher, type RecordedPublisher } from '../packaging/publisher.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import type { AttestedArchive } from '../provenance/statement.js';
import type { Attestations, ProvenanceVerdict } from '../provenance/verify.js';
import { isPeepError, PeepError } from '../text/errors.js';
import type { Log } from '../text/log.js';
import type { ArchiveProvenance, VerifiedProvenance } from './archive-provenance.js';
import {
  type FindDeps,
  type ProvenancePlace,
  provenancePlaces,
  type WantedProvenance,
} from './find-provenance.js';
import {
  provenanceMissing,
  provenanceRefused,
  publisherChanged,
  publisherNames,
} from './provenance-errors.js';

export interface AttesterDeps extends FindDeps {
  readonly verify: (bytes: Uint8Array, archive: AttestedArchive) => Promise<ProvenanceVerdict>;
  readonly stored: (sha256: Sha256) => Promise<Uint8Array | undefined>;
  readonly store: (sha256: Sha256, bytes: Uint8Array) => Promise<void>;
  /** The registries of the run, for `enforce`. */
  readonly registries: (wanted: WantedProvenance) => readonly ProvenancePlace[];
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
  /** The stored provenance of an archive, if it verifies (P4). Asks no location. */
  stored(wanted: WantedProvenance): Promise<VerifiedProvenance | undefined>;
  /** Verifies the bytes of a provenance file; undefined if they are refused. */
  verified(bytes: Uint8Array, wanted: WantedProvenance): Promise<VerifiedProvenance | undefined>;
}

/** `required`: set by `--require-provenance`; only a recorded `none` exempts a pin from it. */
export function createAttester(deps: AttesterDeps, { required }: { readonly required: boolean }): Attester {
  const verified = async (bytes: Uint8Array, { link, sha256 }: WantedProvenance) => {
    const verdict = await deps.verify(bytes, { filename: link.filename, sha256 });
    if (verdict.status === 'refused') return undefined;
    return { status: 'verified', attestations: verdict.attestations, bytes } as const;
  };
  return {
    async enforce(wanted) {
      const recorded = wanted.pin.publishers ?? [];
      const named = recorded.filter((each): each is Publisher => each.kind !== 'none');
      const excused = named.length < recorded.length;
      if (named.length === 0 && (excused || !required)) return undefined;
      const found = await search(wanted, recorded, deps);
      if (found.status === 'absent' && !excused) throw provenanceMissing(wanted, named);
      return found;
    },
    // Anyone can sign an archive as themselves and push that to a registry, so no publisher is learned from there.
    look: (wanted) => search(wanted, undefined, { ...deps, registries: () => [] }),
    verified,
    async stored(wanted) {
      const bytes = await deps.stored(wanted.sha256);
      return bytes && verified(bytes, wanted);
    },
  };
}

/**
 * Tries one source after the other until one proves a recorded publisher; `recorded` is undefined for a look. A
 * source without provenance is skipped. If none proves it, the most serious failure is thrown: another publisher, then invalid provenance, then a failed
 * request.
 */
async function search(
  wanted: WantedProvenance,
  recorded: readonly RecordedPublisher[] | undefined,
  deps: AttesterDeps,
): Promise<ArchiveProvenance> {
  const { sha256, link } = wanted;
  const errors: PeepError[] = [];
  const judge = async (bytes: Uint8Array, place: string): Promise<VerifiedProvenance | PeepError> => {
    const verdict = await deps.verify(bytes, { filename: link.filename, sha256 });
    if (verdict.status === 'refused') return provenanceRefused(wanted, verdict, place);
    const change = changeOf(verdict.attestations, recorded);
    if (change === 'changed')
      return publisherChanged(wanted, publishersOf(verdict.attestations), recorded ?? []);
    if (change === 'renamed') warnOfRename(wanted, verdict.attestations, deps.log);
    return { status: 'verified', attestations: verdict.attestations, bytes };
  };
  const fromStore = async (): Promise<VerifiedProvenance | undefined> => {
    const bytes = await deps.stored(sha256);
    const known = bytes && (await judge(bytes, 'the store'));
    // P4: ignore stored provenance that does not verify, but report another publisher.
    if (known instanceof PeepError && known.code === 'PUBLISHER_CHANGED') errors.push(known);
    return known instanceof PeepError ? undefined : known;
  };
  const isLook = recorded === undefined;
  const known = isLook ? undefined : await fromStore();
  if (known !== undefined) return known;
  const registries = deps.registries(wanted);
  for await (const place of places(registries, wanted, deps)) {
    try {
      const bytes = await place.read();
      if (bytes === undefined) continue;
      const known = await judge(bytes, place.name);
      if (known instanceof PeepError) errors.push(known);
      else {
        if (mayStore(known.attestations, wanted, registries.includes(place))) await deps.store(sha256, bytes);
        return known;
      }
    } catch (error) {
      if (!isPeepError(error)) throw error;
      errors.push(error);
    }
  }
  // P4: whoever can write to the store can sign the archive as themselves, so a publisher is learned elsewhere first.
  // P11: what the index has and does not verify is not the same as nothing.
  const isBroken = errors.some(({ code }) => code === 'PROVENANCE_REFUSED');
  const last = isLook && !isBroken ? await fromStore() : undefined;
  if (last !== undefined) return last;
  for (const code of ['PUBLISHER_CHANGED', 'PROVENANCE_REFUSED'] as const) {
    const worst = errors.find((error) => error.code === code);
    if (worst !== undefined) throw worst;
  }
  const [first] = errors;
  if (first !== undefined) throw first;
  return { status: 'absent' };
}

/** Registries come before indexes, as for archives. */
async function* places(
  registries: readonly ProvenancePlace[],
  wanted: WantedProvenance,
  deps: AttesterDeps,
): AsyncGenerator<ProvenancePlace> {
  yield* registries;
  yield* provenancePlaces(wanted, deps);
}

/**
 * P11: a look may learn publishers from the store. So provenance of a registry is stored only if a record has each of
 * its publishers; and what proves no recorded publisher does not replace stored provenance that may prove one.
 */
function mayStore(attestations: Attestations, { pin }: WantedProvenance, isOfRegistry: boolean): boolean {
  const named = (pin.publishers ?? []).filter(({ kind }) => kind !== 'none');
  const isRecorded = ({ publisher }: Attestations[number]): boolean =>
    compareWithRecords(named, publisher) !== 'changed';
  return isOfRegistry ? attestations.every(isRecorded) : named.length === 0 || attestations.some(isRecorded);
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

function warnOfRename({ pin, link }: WantedProvenance, attestations: Attestations, log: Log): void {
  log.warn(
    `${pin.requirement}: the publisher of '${link.filename}' has a new name: ${publisherNames(publishersOf(attestations))}`,
    'It is the same repository: its number is unchanged. `peep pin --write --record-publishers` writes the new name.',
  );
}
