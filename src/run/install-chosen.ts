import type { Installer } from '../install/choose-installer.js';
import type { PipStart } from '../install/install-archives.js';
import { allGood } from '../prepare/collect.js';
import type { Outcome, VerifiedOutcome } from '../prepare/outcome.js';
import { renderFailures } from '../report/text.js';
import type { Pin } from '../requirements/pin.js';
import type { Store } from '../store/store.js';
import type { InstalledDistribution, Interpreter } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';
import type { InstallPlace } from '../verify/place.js';
import type { Builds } from './build-requirements.js';
import { refuseOverwrites } from './check-overwrites.js';
import { withDirectoryLock } from './directory-lock.js';
import { handOver } from './hand-over.js';
import type { CommandContext } from './host.js';
import { removeLeftovers } from './remove-leftovers.js';
import type { RunRequest } from './request.js';
import { uninstallUnpinned } from './uninstall-unpinned.js';

export interface InstallRun {
  readonly request: RunRequest;
  readonly installer: Installer;
  readonly interpreter: Interpreter;
  readonly place: InstallPlace;
  /** Outcomes of the whole run, all successful. */
  readonly outcomes: readonly Outcome[];
  readonly chosen: readonly VerifiedOutcome[];
  /** The wheels built from source archives. */
  readonly wheels: Builds['wheels'];
  /** True if the installer gets `--upgrade`. */
  readonly upgrades: boolean;
  /** Install archives even if the same version is already installed. */
  readonly reinstall: boolean;
  /** Distributions to uninstall after the install. */
  readonly remove: readonly InstalledDistribution[];
  /** A pip that `startEarly` started. */
  readonly start: PipStart | undefined;
  /** Called after the last check. */
  handingOver(): Promise<void>;
  /** Reads the installed distributions again; returns a function that finds the version that meets a pin. */
  installed(): Promise<(pin: Pin) => string | undefined>;
}

export interface InstallEnd {
  readonly outcomes: readonly Outcome[];
  readonly status: number;
  /** The distributions of `remove` that were uninstalled. */
  readonly removed: readonly InstalledDistribution[];
}

/**
 * The part of an install that changes the environment while holding its lock: the last checks, the installer run,
 * and the uninstall of distributions without a pin. Returns the final outcomes and the exit status. Throws
 * `ENVIRONMENT_CHANGED`.
 */
export async function installChosen(
  {
    request,
    installer,
    interpreter,
    place,
    outcomes,
    chosen,
    wheels,
    upgrades,
    reinstall,
    remove,
    start,
    handingOver,
    installed,
  }: InstallRun,
  store: Store,
  context: CommandContext,
): Promise<InstallEnd> {
  return withDirectoryLock(place.root, context, async (waited) => {
    if (waited) refuseChanged(outcomes, await installed(), place);
    const leaving = new Set(remove.map(({ project }) => project));
    const question = { outcomes, interpreter, place, wheels, upgrades, leaving, installer: installer.kind };
    const checked = await refuseOverwrites(question, store, context);
    if (!allGood(checked)) {
      context.output.report(
        renderFailures(checked, {
          refusal: 'Not proceeding to installation.',
          style: context.output.reportStyle,
        }),
      );
      return { outcomes: checked, status: 1, removed: [] };
    }
    const projects = chosen.flatMap(({ pin, inspection }) => pin.source.project ?? inspection?.project ?? []);
    await removeLeftovers(new Set(projects), place, interpreter, context);
    await handingOver();
    const python = interpreter.executable;
    const status = await handOver(
      { request, installer, python, chosen, wheels, reinstall, start },
      store,
      context,
    );
    if (status !== 0) return { outcomes, status, removed: [] };
    const end = await uninstallUnpinned({ request, installer, interpreter, place, remove }, context);
    return { outcomes: outcomes.map(asInstalled), ...end };
  });
}

/** A distribution that was already installed before the wait for the lock must still be there. */
export function refuseChanged(
  outcomes: readonly Outcome[],
  installed: (pin: Pin) => string | undefined,
  { root }: InstallPlace,
): void {
  const changed = outcomes.find(
    (outcome) => outcome.status === 'satisfied' && installed(outcome.pin) === undefined,
  );
  if (changed?.status !== 'satisfied') return;
  const what = printable(`${changed.pin.source.name ?? changed.pin.requirement} ${changed.installedVersion}`);
  throw new PeepError(
    'ENVIRONMENT_CHANGED',
    `another program removed ${what} from '${printable(root)}' while peep waited for its lock`,
    {
      hint: 'Another install needs a different version. Use one environment for each requirements file, or run the command again.',
    },
  );
}

function asInstalled(outcome: Outcome): Outcome {
  return outcome.status === 'verified' ? { ...outcome, status: 'installed' } : outcome;
}
