import { asSha256, type Sha256 } from '../hash/digest.js';
import {
  comparePublisher,
  compareWithRecords,
  type Publisher,
  type RecordedPublisher,
} from '../packaging/publisher.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import type { ArchiveProvenance } from '../prepare/archive-provenance.js';
import { type Attester, publishersOf } from '../prepare/attester.js';
import { isUnavailable } from '../prepare/is-unavailable.js';
import type { ChosenArchive, Outcome } from '../prepare/outcome.js';
import { publisherNames } from '../prepare/provenance-errors.js';
import type { Pin } from '../requirements/pin.js';
import { isPeepError, PeepError } from '../text/errors.js';
import type { Log } from '../text/log.js';
import { printable } from '../text/redact.js';
import type { PinTask } from './tasks.js';

export interface PublisherPolicy {
  /** `--accept-publisher`: projects whose publisher may change or disappear. */
  readonly accepted: ReadonlySet<string>;
  /** `--record-publishers`: also record publishers of pins that get no new digest. */
  readonly recordAll: boolean;
  /** `--require-provenance`. */
  readonly required: boolean;
}

/** The outcome of a task, and the publishers to record above its line; undefined leaves the records unchanged. */
export interface AttestedTask {
  readonly outcomes: readonly Outcome[];
  readonly records: readonly RecordedPublisher[] | undefined;
}

/** A task whose new publisher is accepted is planned as if no publisher were recorded. */
export function withAcceptedPublishers(
  tasks: readonly PinTask[],
  accepted: ReadonlySet<string>,
): readonly PinTask[] {
  return tasks.map((task) => {
    if (!accepted.has(task.pin.source.project ?? '')) return task;
    const { publishers: _, ...pin } = task.pin;
    return { ...task, pin };
  });
}

/**
 * Compares the publishers of the archives of a task with the recorded ones (P11). A changed or missing publisher
 * refuses the task, unless it is accepted.
 */
export async function attestTask(
  { written, version }: PinTask,
  outcomes: readonly Outcome[],
  attester: Pick<Attester, 'look'>,
  policy: PublisherPolicy,
  log: Log,
): Promise<AttestedTask> {
  const isNew = version !== undefined || outcomes.some(({ status }) => status === 'missing');
  if (!isNew && !policy.recordAll) return { outcomes, records: undefined };
  const attested = await Promise.all(outcomes.map((outcome) => look(outcome, attester)));
  const found = attested.flatMap((outcome) =>
    (outcome.status === 'missing' || outcome.status === 'verified') && outcome.provenance !== undefined
      ? [{ pin: outcome.pin, archive: outcome.archive, provenance: outcome.provenance }]
      : [],
  );
  const recorded = written.publishers ?? [];
  const accepted = policy.accepted.has(written.source.project ?? '');
  const error = accepted ? undefined : objection(written, recorded, found, policy);
  if (error !== undefined) {
    const outcome: Outcome = { status: 'refused', pin: found[0]?.pin ?? written, error };
    return {
      outcomes: [...attested.filter(({ status }) => status === 'refused'), outcome],
      records: undefined,
    };
  }
  tell(found, recorded, log);
  const named = accepted ? [] : recorded.filter(({ kind }) => kind !== 'none');
  const { identities, others } = identitiesOf(found, named);
  if (others.length > 0)
    log.warn(
      `${written.requirement}: also signed by ${publisherNames(others)}, which is not recorded`,
      'Anyone can sign an archive. `peep pin --accept-publisher NAME` records all of its publishers.',
    );
  return { outcomes: attested, records: recordsFor(found, identities, recorded, accepted) };
}

interface FoundProvenance {
  readonly pin: Pin;
  readonly archive: ChosenArchive;
  readonly provenance: ArchiveProvenance;
}

async function look(outcome: Outcome, attester: Pick<Attester, 'look'>): Promise<Outcome> {
  if (outcome.status !== 'missing' && outcome.status !== 'verified') return outcome;
  const { pin, archive } = outcome;
  const sha256: Sha256 | undefined = outcome.status === 'missing' ? asSha256(outcome.got) : archive.sha256;
  if (sha256 === undefined) return outcome;
  try {
    return { ...outcome, provenance: await attester.look({ pin, link: archive.link, sha256 }) };
  } catch (error) {
    if (!isPeepError(error)) throw error;
    // P8, P11: a network failure or invalid provenance does not count as missing provenance.
    return isUnavailable(error)
      ? { status: 'unavailable', pin, error }
      : { status: 'refused', pin, archive, error };
  }
}

/**
 * The publishers to record. If some are recorded (`named`), the index must not add `others` to them: an archive that
 * a recorded publisher signed may have a signature of anybody beside it.
 */
function identitiesOf(
  found: readonly FoundProvenance[],
  named: readonly RecordedPublisher[],
): { readonly identities: readonly Publisher[]; readonly others: readonly Publisher[] } {
  const all = found.flatMap(({ provenance }) =>
    provenance.status === 'verified' ? publishersOf(provenance.attestations) : [],
  );
  const unique = [...new Map(all.map((publisher) => [formatPublisher(publisher), publisher])).values()];
  const isKnown = (publisher: Publisher): boolean =>
    named.length === 0 || compareWithRecords(named, publisher) !== 'changed';
  return {
    identities: unique.filter(isKnown),
    others: unique.filter((publisher) => !isKnown(publisher)),
  };
}

function objection(
  written: Pin,
  recorded: readonly RecordedPublisher[],
  found: readonly FoundProvenance[],
  { required }: PublisherPolicy,
): PeepError | undefined {
  const named = recorded.filter(({ kind }) => kind !== 'none');
  const mayLack = named.length < recorded.length;
  for (const { archive, provenance } of found) {
    const { filename } = archive.link;
    if (provenance.status === 'absent') {
      if (mayLack || (named.length === 0 && !required)) continue;
      return lost(written, named, filename);
    }
    const publishers = publishersOf(provenance.attestations);
    if (named.length === 0) continue;
    if (publishers.every((publisher) => compareWithRecords(named, publisher) === 'changed'))
      return changed(written, named, publishers, filename);
  }
  return undefined;
}

/** A recorded publisher keeps its place and form; a renamed repository gets its new name. */
function recordsFor(
  found: readonly FoundProvenance[],
  identities: readonly Publisher[],
  recorded: readonly RecordedPublisher[],
  accepted: boolean,
): readonly RecordedPublisher[] | undefined {
  const lacking = found.some(({ provenance }) => provenance.status === 'absent');
  if (identities.length === 0 && recorded.length === 0) return undefined;
  if (identities.length === 0 && !accepted) return undefined;
  const known = identities.map(
    (identity) => recorded.find((record) => comparePublisher(record, identity) === 'same') ?? identity,
  );
  return lacking ? [...known, { kind: 'none' }] : known;
}

function tell(found: readonly FoundProvenance[], recorded: readonly RecordedPublisher[], log: Log): void {
  const told = new Set<string>();
  for (const { archive, provenance } of found) {
    const filename = printable(archive.link.filename);
    if (provenance.status === 'absent') {
      log.note(`${filename}: no provenance`, 1);
      continue;
    }
    for (const { publisher, commit, ref, loggedAt } of provenance.attestations) {
      const facts = [
        `published by ${formatPublisher(publisher)}`,
        commit === undefined ? undefined : `commit ${commit}`,
        ref,
        `logged ${loggedAt}`,
      ];
      const line = printable(`${filename}: ${facts.filter((fact) => fact !== undefined).join(', ')}`);
      if (told.has(line)) continue;
      told.add(line);
      log.note(line);
      const before = recorded.find((record) => comparePublisher(record, publisher) === 'renamed');
      if (before !== undefined)
        log.note(
          `${filename}: the repository was ${printable(formatPublisher(before))} before; its number is unchanged`,
        );
    }
  }
}

function changed(
  { requirement, place, source }: Pin,
  recorded: readonly RecordedPublisher[],
  found: readonly Publisher[],
  filename: string,
): PeepError {
  return new PeepError(
    'PUBLISHER_CHANGED',
    `${requirement}: '${filename}' does not have the recorded publisher: expected ${publisherNames(recorded)}, got ${publisherNames(found)}`,
    { place, hint: acceptHint(source.project) },
  );
}

function lost(
  { requirement, place, source }: Pin,
  recorded: readonly RecordedPublisher[],
  filename: string,
): PeepError {
  const expected =
    recorded.length === 0 ? '--require-provenance is set' : `expected ${publisherNames(recorded)}`;
  return new PeepError(
    'PROVENANCE_MISSING',
    `${requirement}: no provenance was found for '${filename}': ${expected}`,
    { place, hint: acceptHint(source.project) },
  );
}

function acceptHint(project: string | undefined): string {
  return `Ask the project why. Then \`peep pin --accept-publisher ${project ?? 'NAME'}\` records the new state.`;
}
