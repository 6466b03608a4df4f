import { digestInBothForms, sha256Digest } from '../hash/digest.js';
import type { Network } from '../prepare/network.js';
import type { Outcome } from '../prepare/outcome.js';
import type { ArchiveLink } from '../resolver/link.js';
import { clipped } from '../text/clip.js';
import { formatSize } from '../text/format.js';
import { addTo } from '../text/groups.js';
import type { Log } from '../text/log.js';
import { printable, redactUrl } from '../text/redact.js';
import { wrapAfter } from '../text/wrap.js';

/**
 * Prints to stderr, for review, the facts that each index gives about the archives to pin, and the status of the
 * project (PEP 792); with `-v`, also about archives that are already pinned.
 */
export async function vet(
  outcomes: readonly Outcome[],
  network: Pick<Network, 'links'>,
  log: Log,
): Promise<void> {
  const isVetted = (outcome: Outcome): outcome is VettedOutcome =>
    outcome.status === 'missing' || outcome.status === 'verified';
  const vetted = outcomes.filter(isVetted);
  await warnOfStatuses(vetted, network, log);
  const byPlace = new Map<string, VettedOutcome[]>();
  for (const outcome of vetted) {
    const place = placeOf(outcome.archive.link);
    addTo(byPlace, place, outcome);
  }
  for (const [place, found] of byPlace) {
    const level = found.some(({ status }) => status === 'missing') ? 0 : 1;
    log.note(`${place}:`, level);
    for (const outcome of found) vetOne(outcome, log);
  }
}

type VettedOutcome = Extract<Outcome, { readonly status: 'missing' | 'verified' | 'installed' | 'chosen' }>;

function placeOf({ source, index, url }: ArchiveLink): string {
  return source === 'store' ? 'from the store' : `from ${redactUrl(index ?? url)}`;
}

/** Shows the status of a project (PEP 792), once for each project that gets a digest. */
async function warnOfStatuses(
  outcomes: readonly VettedOutcome[],
  network: Pick<Network, 'links'>,
  log: Log,
): Promise<void> {
  const told = new Set<string>();
  for (const { status: outcome, pin } of outcomes) {
    const { source } = pin;
    if (outcome !== 'missing' || source.kind !== 'version' || pin.links !== undefined) continue;
    if (told.has(source.project)) continue;
    told.add(source.project);
    const { statuses } = await network.links(source.project, [source]);
    for (const { status, reason, index } of statuses) {
      if (status === 'active') continue;
      const why = reason === undefined ? '' : `: ${clipped(reason)}`;
      log.warn(`${source.project} is ${clipped(status)}, says ${redactUrl(index)}${why}`);
    }
  }
}

function vetOne(outcome: VettedOutcome, log: Log): void {
  const { archive } = outcome;
  const level = outcome.status === 'missing' ? 0 : 1;
  const { link } = archive;
  const digest = outcome.status === 'missing' ? outcome.got : digestOf(archive.sha256);
  const facts = [
    archive.size === undefined ? undefined : formatSize(archive.size),
    link.uploadTime === undefined ? undefined : `uploaded ${link.uploadTime}`,
    link.yanked === false ? undefined : `YANKED${link.yanked === '' ? '' : `: ${clipped(link.yanked)}`}`,
  ];
  const known = facts
    .filter((fact) => fact !== undefined)
    .map(printable)
    .join(', ');
  const verb = outcome.status === 'missing' ? 'to pin' : 'pinned';
  const about = known === '' ? '' : ` (${known})`;
  log.note(wrapAfter(`  ${verb}: `, printable(link.filename) + about), level);
  if (digest !== undefined) log.note(`        ${digestInBothForms(digest, outcome.pin.hashStyle)}`, 1);
}

function digestOf(sha256: Parameters<typeof sha256Digest>[0] | undefined) {
  return sha256 === undefined ? undefined : sha256Digest(sha256);
}
