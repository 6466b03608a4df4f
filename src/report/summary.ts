import type { Outcome } from '../prepare/outcome.js';
import { formatDuration, formatSize } from '../text/format.js';
import type { Log } from '../text/log.js';
import { printable } from '../text/redact.js';
import type { Progress } from './progress.js';

/** `12 verified, 3 from the store, 1 already installed, 34.2 MB in 1.3 s`. */
export function summaryLine(
  outcomes: readonly Outcome[],
  { totals }: Pick<Progress, 'totals'>,
  milliseconds: number,
  words: { readonly missing: string } = { missing: 'without a hash' },
): string {
  const verified = outcomes.filter(({ status }) => status === 'verified' || status === 'installed');
  const from = (source: string) =>
    verified.filter((outcome) => 'archive' in outcome && outcome.archive?.link.source === source).length;
  const passedOver = outcomes.filter((outcome) => 'reason' in outcome && outcome.status === 'skipped').length;
  const counts: readonly (readonly [number, string])[] = [
    [verified.length, 'verified'],
    [from('store'), 'from the store'],
    [from('registry'), 'from a registry'],
    [count(outcomes, 'chosen'), 'chosen'],
    [count(outcomes, 'satisfied'), 'already installed'],
    [count(outcomes, 'skipped') - passedOver, 'not for this target'],
    [passedOver, 'passed over'],
    [count(outcomes, 'mismatched'), 'mismatched'],
    [count(outcomes, 'missing'), words.missing],
    [count(outcomes, 'malformed') + count(outcomes, 'refused'), 'refused'],
    [count(outcomes, 'unavailable'), 'unavailable'],
  ];
  const parts = counts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  const { bytes } = totals;
  const fetched = bytes > 0 ? `, ${formatSize(bytes)}` : '';
  return `${parts.join(', ') || 'nothing to do'}${fetched} in ${formatDuration(milliseconds)}`;
}

function count(outcomes: readonly Outcome[], status: Outcome['status']): number {
  return outcomes.filter((outcome) => outcome.status === status).length;
}

/** In a dry run, lists the requirements without a hash, whose archives could not be verified. */
export function tellUnhashed(outcomes: readonly Outcome[], log: Log): void {
  const names = outcomes.flatMap((outcome) =>
    outcome.status === 'chosen' && !outcome.pin.hashed ? [printable(outcome.pin.requirement)] : [],
  );
  if (names.length === 0) return;
  const shown = names.slice(0, 5).join(', ');
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  const subject = names.length === 1 ? '1 requirement has' : `${names.length} requirements have`;
  log.warn(
    `${subject} no hash: ${shown}${more}`,
    'Without --dry-run they are hashed and refused; `peep pin --write` adds the hashes.',
  );
}
