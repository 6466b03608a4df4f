import type { Pin } from '../requirements/pin.js';
import type { Rejection } from '../resolver/choose/selection-types.js';
import type { ArchiveLink } from '../resolver/link.js';
import { clipped } from '../text/clip.js';
import type { Log } from '../text/log.js';

/** Maximum number of files to list for one reason. */
const maxExplained = 5;

/**
 * With `-v`: why each file of the release was not chosen; with `-vv`, also files of other releases. Of many files
 * with the same reason, lists some and a count.
 */
export function explainRejections(log: Log, rejections: readonly Rejection[]): void {
  for (const [reason, files] of byReason(rejections)) {
    const level = files.every(isOfOtherRelease) ? 2 : 1;
    for (const { link } of files.slice(0, maxExplained))
      log.note(`${clipped(link.filename)} ${reason}`, level);
    const more = files.length - maxExplained;
    if (more > 0) log.note(`${more} more files: each ${reason}`, level);
  }
}

/** True if the link is not about the pinned release. */
export function isOfOtherRelease({ kind }: Rejection): boolean {
  return kind === 'project' || kind === 'version' || kind === 'name';
}

export function warnIfYanked(log: Log, pin: Pin, link: ArchiveLink): void {
  if (link.yanked === false) return;
  const reason = link.yanked === '' ? 'no reason is given' : `the reason given is: ${clipped(link.yanked)}`;
  log.warn(`${pin.requirement}: ${clipped(link.filename)} was yanked from its index; ${reason}`);
}

function byReason(rejections: readonly Rejection[]): ReadonlyMap<string, Rejection[]> {
  const groups = new Map<string, Rejection[]>();
  for (const rejection of rejections) {
    const group = groups.get(rejection.reason) ?? [];
    group.push(rejection);
    groups.set(rejection.reason, group);
  }
  return groups;
}
