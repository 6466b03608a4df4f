import type { InstallArguments } from '../install/arguments.js';
import { chooseInstaller, type Installer, type PipInstaller } from '../install/choose-installer.js';
import { tagsOfPip } from '../install/tags-of-pip.js';
import { lineOption } from '../packaging/line-option.js';
import type { Interpreter, Target } from '../target/target.js';
import { type InstallPlace, installPlace } from '../verify/place.js';
import type { CommandContext } from './host.js';
import { isExplicitTarget, type RunRequest, runRequest } from './request.js';
import { findInterpreter } from './targets.js';

/** The parts of an `install` or `sync` that are known before anything is fetched. */
export interface Installation {
  readonly request: RunRequest;
  readonly given: InstallArguments;
  readonly interpreter: Interpreter;
  readonly target: Target;
  readonly installer: Installer;
  readonly place: InstallPlace;
}

/** Finds the Python to install for, and the installer. */
export async function readInstallation(
  given: InstallArguments,
  context: CommandContext,
): Promise<Installation> {
  const request = runRequest(given);
  const interpreter = await findInterpreter(context);
  const { env, platform, cwd, home, signal } = context.host;
  const chosen = await chooseInstaller({
    ...{ target: interpreter, option: given.value('--installer'), passed: given.passed },
    ...{ env, platform, cwd, home, signal },
  });
  // uv has no user installs.
  const passThrough = chosen.kind === 'uv' ? ['--no-user', ...chosen.passThrough] : chosen.passThrough;
  const place = installPlace(interpreter, { env, platform, home, passThrough });
  const installer = place.kind === 'prefix' ? ignoringInstalled(chosen) : chosen;
  const target = acceptedBy(installer, await installTarget(request, interpreter));
  return { request, given, interpreter, target, installer, place };
}

/**
 * With `--target`, options such as `--python-version` select archives for a different Python than the one that runs
 * pip.
 */
async function installTarget(request: RunRequest, interpreter: Interpreter): Promise<Target> {
  if (!isExplicitTarget(request.target)) return interpreter.target;
  const { describeTarget } = await import('../target/describe.js');
  return describeTarget(request.target, interpreter.target);
}

/** Old pips do not know every tag of the interpreter. */
function acceptedBy(installer: Installer, target: Target): Target {
  if (installer.kind !== 'pip') return target;
  const { version } = installer.pip;
  const tags = tagsOfPip(target.tags, version);
  const label = `${target.label} with pip ${version.join('.')}`;
  return tags.length === target.tags.length ? target : { ...target, tags, label };
}

/**
 * Ignore installed versions with --prefix and --root: pip would skip the project, or uninstall it from the
 * environment.
 */
function ignoringInstalled(installer: Installer): Installer {
  if (installer.kind === 'uv') return { ...installer, pip: async () => ignoringPip(await installer.pip()) };
  return ignoringPip(installer);
}

function ignoringPip(installer: PipInstaller): PipInstaller {
  const { passThrough } = installer;
  const option = lineOption('--ignore-installed');
  if (option === undefined || passThrough.includes(option)) return installer;
  return { ...installer, passThrough: [...passThrough, option] };
}
