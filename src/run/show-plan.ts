import type { ProjectName } from '../packaging/types.js';
import type { Outcome, VerifiedOutcome } from '../prepare/outcome.js';
import { renderInstallPlan, renderSyncPlan } from '../report/plan-text.js';
import { tellUnhashed } from '../report/summary.js';
import { renderChosen, renderSatisfied } from '../report/text.js';
import { readInstalled } from '../target/installed.js';
import type { SyncPlan } from '../verify/sync.js';
import type { CommandContext } from './host.js';
import type { Installation } from './installation.js';
import type { Run } from './open-run.js';
import { storedChosen } from './stored-chosen.js';
import type { SyncRun } from './sync-run.js';

interface PlanContext extends Pick<Installation, 'request' | 'place'> {
  readonly sync: SyncRun | undefined;
  readonly run: Run;
}

export interface ShownPlan {
  readonly outcomes: readonly Outcome[];
  readonly chosen: readonly VerifiedOutcome[];
  readonly plan: SyncPlan | undefined;
  /** Projects whose files were compared with their archives. */
  readonly proven: ReadonlySet<ProjectName> | undefined;
}

/** Prints the distributions that stay, that are installed, and that are uninstalled. */
export async function showPlan(
  { outcomes, chosen, plan, proven }: ShownPlan,
  { request, place, sync, run: { store } }: PlanContext,
  { output }: CommandContext,
): Promise<void> {
  if (request.dryRun) tellUnhashed(outcomes, output);
  // A plan that needs confirmation is always shown.
  if (output.verbosity < 0 && !request.dryRun && (plan?.remove.length === 0 || sync?.isConfirmed !== false))
    return;
  const isPlain = request.dryRun || chosen.length === 0;
  const installed = isPlain ? new Map() : await readInstalled(place.schemes.map(({ site }) => site));
  const removal = { detail: request.dryRun || output.verbosity > 0 };
  const sections = [
    output.verbosity < 0 ? '' : renderSatisfied(outcomes, proven),
    request.dryRun
      ? renderChosen(outcomes, 'Would install', await storedChosen(outcomes, store))
      : renderInstallPlan({ chosen, installed }),
    plan === undefined
      ? ''
      : renderSyncPlan(plan, { ...removal, heading: request.dryRun ? 'Would uninstall' : 'To uninstall' }),
  ];
  const shown = sections.filter((section) => section !== '');
  if (shown.length > 0) output.report(shown.join('\n'));
}
