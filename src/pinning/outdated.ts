import { asSha256 } from '../hash/digest.js';
import { compareWithRecords, type Publisher } from '../packaging/publisher.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import { compareVersions } from '../packaging/version.js';
import { type Attester, publishersOf } from '../prepare/attester.js';
import { releaseOf } from '../prepare/release.js';
import type { Pin } from '../requirements/pin.js';
import type { Requirements } from '../requirements/read/read-requirements.js';
import type { ArchiveLink } from '../resolver/link.js';
import { isPeepError, type PeepError } from '../text/errors.js';
import type { NewestRelease } from './newest.js';
import { newestFor, type UpgradeDeps } from './upgrades.js';

/** The update status of one pin. */
export interface PinAge {
  readonly pin: Pin;
  readonly state:
    | { readonly kind: 'current' }
    | { readonly kind: 'outdated'; readonly newest: NewestRelease; readonly publisher: PublisherNote }
    /** P8: a failed request does not mean "no newer version". */
    | { readonly kind: 'unknown'; readonly error: PeepError };
  /** PEP 592, for the pinned version: the reason ('' if none is given); undefined if it is not yanked. */
  readonly yanked: string | undefined;
  /** PEP 792: any status other than `active`. */
  readonly status: string | undefined;
}

/** How the publisher of the newest release compares with the recorded one; undefined if none is recorded. */
export type PublisherNote = string | undefined;

export interface OutdatedDeps extends Omit<UpgradeDeps, 'log'> {
  readonly attester: Pick<Attester, 'look'>;
}

/** Finds the update status of one pin. Downloads only index pages and, if a publisher is recorded, provenance. */
export async function pinAge(pin: Pin, requirements: Requirements, deps: OutdatedDeps): Promise<PinAge> {
  const { source } = pin;
  const nothing = { pin, yanked: undefined, status: undefined };
  if (source.kind !== 'version') return { ...nothing, state: { kind: 'current' } };
  try {
    const { links, statuses } = await deps.network.links(source.project, 'all');
    const release = releaseOf(links, source, deps.choice);
    const [held] = statuses.filter(({ status }) => status !== 'active');
    const facts = { pin, yanked: yankedReason(release), status: held?.status };
    const newest = await newestFor(pin, requirements, deps);
    if (newest === undefined || compareVersions(newest.version, source.version) <= 0)
      return { ...facts, state: { kind: 'current' } };
    const publisher = await publisherNote(pin, newest, deps.attester);
    return { ...facts, state: { kind: 'outdated', newest, publisher } };
  } catch (error) {
    if (!isPeepError(error)) throw error;
    return { ...nothing, state: { kind: 'unknown', error } };
  }
}

/** A release is yanked if all its files are. */
function yankedReason(release: readonly ArchiveLink[]): string | undefined {
  const reasons = release.map(({ yanked }) => yanked);
  if (reasons.length === 0 || reasons.includes(false)) return undefined;
  const [first] = reasons;
  return first === false ? undefined : first;
}

/** Uses the digest that the index advertises; the archive is hashed and compared when the pin moves. */
async function publisherNote(
  pin: Pin,
  { link }: NewestRelease,
  attester: Pick<Attester, 'look'>,
): Promise<PublisherNote> {
  const recorded = (pin.publishers ?? []).filter((each): each is Publisher => each.kind !== 'none');
  const sha256 = link.advertised.map(asSha256).find((each) => each !== undefined);
  if (recorded.length === 0) return undefined;
  if (sha256 === undefined) return 'publisher not known: the index gives no sha256';
  try {
    const found = await attester.look({ pin, link, sha256 });
    if (found.status === 'absent') return 'NO PUBLISHER PROVEN ANY MORE';
    const publishers = publishersOf(found.attestations);
    const changes = publishers.map((publisher) => compareWithRecords(recorded, publisher));
    if (changes.includes('same')) return 'same publisher';
    const names = publishers.map(formatPublisher).join(', ');
    return changes.includes('renamed')
      ? `the same publisher under another name: ${names}`
      : `PUBLISHER CHANGED: ${names}`;
  } catch (error) {
    if (!isPeepError(error)) throw error;
    return `publisher not known: ${error.message}`;
  }
}
