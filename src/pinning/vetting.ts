import { formatDigest, sha256Digest } from '../hash/digest.js';
import type { Network } from '../prepare/network.js';
import type { Outcome } from '../prepare/outcome.js';
import { clipped } from '../text/clip.js';
import { formatSize } from '../text/format.js';
import type { Log } from '../text/log.js';
import { printable, redactUrl } from '../text/redact.js';

/**
 * Tells on stderr what there is to know of each archive whose digest is to be pinned, for whoever vets it, and of the
 * project's status (PEP 792); with `-v`, of those that are pinned already too.
 */
export async function vet(
  outcomes: readonly Outcome[],
  network: Pick<Network, 'links'>,
  log: Log,
): Promise<void> {
  const told = new Set<string>();
  for (const outcome of outcomes) {
    if (outcome.status !== 'missing' && outcome.status !== 'verified') continue;
    const { pin, archive } = outcome;
    const level = outcome.status === 'missing' ? 0 : 1;
    const { project } = pin.source;
    if (
      pin.source.kind === 'version' &&
      pin.links === undefined &&
      level === 0 &&
      !told.has(pin.source.project)
    ) {
      told.add(pin.source.project);
      const { statuses } = await network.links(pin.source.project, [pin.source]);
      for (const { status, reason, index } of statuses) {
        if (status === 'active') continue;
        const why = reason === undefined ? '' : `: ${clipped(reason)}`;
        log.warn(`${project} is ${clipped(status)}, says ${redactUrl(index)}${why}`);
      }
    }
    const { link } = archive;
    const digest = outcome.status === 'missing' ? outcome.got : digestOf(archive.sha256);
    const facts = [
      archive.size === undefined ? undefined : formatSize(archive.size),
      link.uploadTime === undefined ? undefined : `uploaded ${link.uploadTime}`,
      link.yanked === false ? undefined : `YANKED${link.yanked === '' ? '' : `: ${clipped(link.yanked)}`}`,
      link.source === 'store' ? 'from the store' : `from ${redactUrl(link.index ?? link.url)}`,
    ];
    const known = facts
      .filter((fact) => fact !== undefined)
      .map(printable)
      .join(', ');
    const verb = outcome.status === 'missing' ? 'to pin' : 'pinned';
    log.note(`${verb}: ${printable(link.filename)} (${known})`, level);
    if (digest !== undefined) log.note(`        ${formatDigest(digest)}`, 1);
  }
}

function digestOf(sha256: Parameters<typeof sha256Digest>[0] | undefined) {
  return sha256 === undefined ? undefined : sha256Digest(sha256);
}
