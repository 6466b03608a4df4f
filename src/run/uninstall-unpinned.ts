import { spawn } from 'node:child_process';
import type { Installer } from '../install/choose-installer.js';
import { uninstall } from '../install/uninstall.js';
import { readInstalled } from '../target/installed.js';
import type { InstalledDistribution, Interpreter } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import { signalStatus } from '../text/signal-status.js';
import type { InstallPlace } from '../verify/place.js';
import { limitRemoval, removalHindrance } from '../verify/removal.js';
import { runSettings } from './hand-over.js';
import type { CommandContext } from './host.js';
import type { RunRequest } from './request.js';
import { whileWaiting } from './while-waiting.js';

export interface Uninstalling {
  readonly request: RunRequest;
  readonly installer: Installer;
  readonly interpreter: Interpreter;
  readonly place: InstallPlace;
  /** As shown in the plan. */
  readonly remove: readonly InstalledDistribution[];
}

export interface Uninstalled {
  readonly status: number;
  readonly removed: readonly InstalledDistribution[];
}

/**
 * Uninstalls distributions without a pin after the pinned ones are installed; files that both have stay. A
 * distribution that another program changed after the plan was shown is left alone.
 */
export async function uninstallUnpinned(
  { request, installer, interpreter, place, remove }: Uninstalling,
  context: CommandContext,
): Promise<Uninstalled> {
  if (remove.length === 0) return { status: 0, removed: [] };
  const { host, output } = context;
  const installed = await readInstalled(place.schemes.map(({ site }) => site));
  const gone = remove.filter(({ project, metadataPath }) => {
    const found = installed.get(project);
    return found?.metadataPath === metadataPath && removalHindrance(found) === undefined;
  });
  if (gone.length === 0) return { status: 0, removed: [] };
  const staying = [...installed.values()].filter(
    ({ metadataPath }) => !gone.some((each) => each.metadataPath === metadataPath),
  );
  await limitRemoval({ remove: gone, staying, place, interpreter, platform: host.platform });
  const by =
    installer.kind === 'pip'
      ? ({ kind: 'pip', pip: installer.pip } as const)
      : ({ kind: 'uv', uv: installer.uv, python: interpreter.executable } as const);
  const projects = gone.map(({ project }) => project);
  const count = gone.length === 1 ? '1 distribution' : `${gone.length} distributions`;
  const end = await whileWaiting(`${installer.kind} uninstalls ${count}`, context, () =>
    uninstall(
      { ...runSettings(request, context), by, projects },
      { spawn, signals: host.signals, tell: output.relay },
    ),
  );
  if (end.interrupted !== undefined) return { status: signalStatus(end.interrupted), removed: [] };
  if (end.status === 0) return { status: 0, removed: gone };
  const names =
    projects.slice(0, 5).join(', ') + (projects.length > 5 ? ` and ${projects.length - 5} more` : '');
  output.error(
    new PeepError(
      'UNINSTALL_FAILED',
      `${installer.kind} ended with status ${end.status} while it uninstalled ${names}; its output above shows the error`,
      {
        hint: 'The pinned distributions are installed. Run `peep sync` again.',
        facts: { status: end.status },
      },
    ),
  );
  return { status: end.status, removed: [] };
}
