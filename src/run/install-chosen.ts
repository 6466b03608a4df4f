import type { Installer } from '../install/choose-installer.js';
import { allGood, type VerifiedOutcome } from '../prepare/collect.js';
import type { Outcome } from '../prepare/outcome.js';
import { renderFailures } from '../report/text.js';
import type { Pin } from '../requirements/pin.js';
import type { Store } from '../store/store.js';
import type { Interpreter } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';
import type { InstallPlace } from '../verify/place.js';
import type { Builds } from './build-requirements.js';
import { refuseOverwrites } from './check-overwrites.js';
import { withEnvironmentLock } from './environment-lock.js';
import { handOver } from './hand-over.js';
import type { CommandContext } from './host.js';
import { removeLeftovers } from './remove-leftovers.js';
import type { RunRequest } from './request.js';

export interface InstallRun {
  readonly request: RunRequest;
  readonly installer: Installer;
  readonly interpreter: Interpreter;
  readonly place: InstallPlace;
  /** Of the whole run, all of them good. */
  readonly outcomes: readonly Outcome[];
  readonly chosen: readonly VerifiedOutcome[];
  /** What was built of the source archives among them. */
  readonly wheels: Builds['wheels'];
  /** Is the installer given `--upgrade`? */
  readonly upgrades: boolean;
  /** Called when nothing is left to check. */
  handingOver(): void;
  /** Reads anew what is installed; answers the version that meets a pin. */
  installed(): Promise<(pin: Pin) => string | undefined>;
}

/**
 * The part of an install that changes the environment, which no other peep does meanwhile: the last checks and the
 * hand-over. Answers what became of the outcomes, and the exit status. Throws `ENVIRONMENT_CHANGED`.
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
    handingOver,
    installed,
  }: InstallRun,
  store: Store,
  context: CommandContext,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly status: number }> {
  return withEnvironmentLock(place.root, context, async (waited) => {
    if (waited) refuseChanged(outcomes, await installed(), place);
    const question = { outcomes, interpreter, place, wheels, upgrades, installer: installer.kind };
    const checked = await refuseOverwrites(question, store, context);
    if (!allGood(checked)) {
      context.output.report(
        renderFailures(checked, {
          refusal: 'Not proceeding to installation.',
          style: context.output.reportStyle,
        }),
      );
      return { outcomes: checked, status: 1 };
    }
    const projects = chosen.flatMap(({ pin, inspection }) => pin.source.project ?? inspection?.project ?? []);
    await removeLeftovers(new Set(projects), place, interpreter, context);
    handingOver();
    const python = interpreter.executable;
    const status = await handOver({ request, installer, python, chosen, wheels }, store, context);
    return { outcomes: status === 0 ? outcomes.map(asInstalled) : outcomes, status };
  });
}

/** What was installed before the wait, and was to be left alone, must be there still. */
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
    `'${printable(root)}' lost ${what} while peep waited for its lock`,
    {
      hint: 'Another install wants another version. Give each file of requirements an environment of its own, or run it again.',
    },
  );
}

function asInstalled(outcome: Outcome): Outcome {
  return outcome.status === 'verified' ? { ...outcome, status: 'installed' } : outcome;
}
