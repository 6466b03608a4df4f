import { isProjectName, projectName } from '../packaging/name.js';
import type { Outcome } from '../prepare/outcome.js';
import type { ReportedUnpinned } from '../report/json.js';
import type { RequirementEntry } from '../requirements/pin.js';
import { readInstalled } from '../target/installed.js';
import type { InstalledDistribution, Interpreter } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';
import { pinnedProjects } from '../verify/distributions.js';
import type { InstallPlace } from '../verify/place.js';
import { removalHindrance } from '../verify/removal.js';
import { isExternallyManaged } from '../verify/subject.js';
import { planSync, type SyncPlan } from '../verify/sync.js';

/** The parts of `peep sync` besides installing. */
export interface SyncRun {
  /** `--yes`: confirmed in advance. */
  readonly isConfirmed: boolean;
  /** Decides about distributions without a pin, after everything is verified. Throws `SYNC_EMPTY`. */
  plan(entries: readonly RequirementEntry[], outcomes: readonly Outcome[]): Promise<SyncPlan>;
  uninstalled(removed: readonly InstalledDistribution[]): void;
  /** Data for the JSON report. */
  reported(): readonly ReportedUnpinned[];
}

export interface SyncOptions {
  /** `--keep`, as written. */
  readonly keep: readonly string[];
  readonly isConfirmed: boolean;
  readonly cwd: string;
}

/** Throws `USAGE`, and `ENVIRONMENT_MANAGED` or `ENVIRONMENT_UNWRITABLE` if nothing may be uninstalled. */
export function openSync(
  { keep, isConfirmed, cwd }: SyncOptions,
  { interpreter, place }: { readonly interpreter: Interpreter; readonly place: InstallPlace },
): SyncRun {
  const bad = keep.find((name) => !isProjectName(name));
  if (bad !== undefined) {
    throw new PeepError('USAGE', `--keep '${printable(bad)}' is not a valid project name`, {
      hint: 'Name one project with each --keep, without a version.',
    });
  }
  refuseEnvironment(interpreter, place);
  const kept = new Set(keep.flatMap((name) => projectName(name) ?? []));
  let plan: SyncPlan = { remove: [], kept: [], left: [] };
  let removed: readonly InstalledDistribution[] = [];
  return {
    isConfirmed,
    async plan(entries, outcomes) {
      const pinned = new Set(pinnedProjects(entries, outcomes).keys());
      if (pinned.size === 0) {
        throw new PeepError(
          'SYNC_EMPTY',
          `no pin applies to this target, so peep sync would empty '${printable(place.root)}'`,
          { hint: 'Check the files and their markers, or make a new environment.' },
        );
      }
      const installed = await readInstalled(place.schemes.map(({ site }) => site));
      plan = planSync({
        ...{ installed: installed.values(), pinned, keep: kept, cwd },
        hindrance: removalHindrance,
      });
      return plan;
    },
    uninstalled(gone) {
      removed = gone;
    },
    reported: () => [
      ...plan.remove.map((each) => reported(each, removed.includes(each) ? 'uninstalled' : 'to-uninstall')),
      ...plan.left.map(({ distribution, why }) => reported(distribution, 'left', why)),
      ...plan.kept.map(({ distribution, why }) => reported(distribution, 'kept', why)),
    ],
  };
}

function refuseEnvironment(interpreter: Interpreter, { kind, root }: InstallPlace): void {
  if (isExternallyManaged(interpreter)) {
    throw new PeepError(
      'ENVIRONMENT_MANAGED',
      `'${printable(interpreter.prefix)}' is managed by the system's package manager (PEP 668); peep sync does not change it`,
      { hint: 'Use a virtual environment.' },
    );
  }
  if (kind === 'environment') return;
  throw new PeepError(
    'ENVIRONMENT_UNWRITABLE',
    `peep sync cannot write to '${printable(interpreter.prefix)}'; '${printable(root)}' is not an environment`,
    {
      hint: 'Run peep as the user who owns the environment, or use a virtual environment.',
    },
  );
}

function reported(
  { project, version }: InstalledDistribution,
  action: ReportedUnpinned['action'],
  reason: string | null = null,
): ReportedUnpinned {
  return { name: project, version, action, reason };
}
