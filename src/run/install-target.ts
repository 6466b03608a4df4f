import type { Interpreter } from '../target/target.js';
import type { InstallPlace } from '../verify/place.js';
import type { CommandContext } from './host.js';

/** `/path/venv (Python 3.11.7)`: the target of a run, for its first and last line. */
export function installTargetText({ root }: Pick<InstallPlace, 'root'>, { target }: Interpreter): string {
  return `${root} (Python ${target.environment.python_full_version})`;
}

/** Warns before changing a Python that was only found on PATH and is not a virtual environment. */
export function warnOfUnnamedTarget(
  { kind, root }: Pick<InstallPlace, 'kind' | 'root'>,
  { isVirtualEnvironment, target }: Interpreter,
  { host, options, output }: CommandContext,
): void {
  const { VIRTUAL_ENV, CONDA_PREFIX } = host.env;
  const isNamed = options.python !== undefined || Boolean(VIRTUAL_ENV) || Boolean(CONDA_PREFIX);
  if (isVirtualEnvironment || isNamed || kind !== 'environment') return;
  output.warn(
    `'${root}' (Python ${target.environment.python_full_version}) is not a virtual environment, and was not named explicitly`,
    'Activate an environment, or name the Python to install for with --python PATH.',
  );
}
