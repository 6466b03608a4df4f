import type { Interpreter } from '../target/target.js';
import type { InstallPlace } from '../verify/place.js';
import type { CommandContext } from './host.js';

/** `/path/venv (Python 3.11.7)`: where a run installs to, for its first and its last line. */
export function installTargetText({ root }: Pick<InstallPlace, 'root'>, { target }: Interpreter): string {
  return `${root} (Python ${target.environment.python_full_version})`;
}

/** A Python that was found on PATH and is not an environment is changed by surprise: said before anything happens. */
export function warnOfUnnamedTarget(
  { kind, root }: Pick<InstallPlace, 'kind' | 'root'>,
  { isVirtualEnvironment, target }: Interpreter,
  { host, options, output }: CommandContext,
): void {
  const { VIRTUAL_ENV, CONDA_PREFIX } = host.env;
  const isNamed = options.python !== undefined || Boolean(VIRTUAL_ENV) || Boolean(CONDA_PREFIX);
  if (isVirtualEnvironment || isNamed || kind !== 'environment') return;
  output.warn(
    `'${root}' (Python ${target.environment.python_full_version}) is not a virtual environment, and nothing named it`,
    'Activate an environment, or name the Python that is meant with --python PATH.',
  );
}
