import type { ProjectName } from '../packaging/types.js';
import { type InstallDependencies, runWithLog } from './captured.js';
import type { ChosenPip } from './choose-pip.js';
import { type InstallSettings, stagePrograms } from './install-archives.js';
import { uvBroken } from './install-with-uv.js';
import { pipCommand, pipEnvironment } from './pip-environment.js';
import { pipAtLeast } from './pip-version.js';
import { type PipEnd, runInstaller, runPip } from './run-pip.js';
import { createStaging } from './staging.js';
import type { Uv } from './uv.js';
import { uvEnvironment } from './uv-handover.js';

export interface UninstallRequest extends Omit<InstallSettings, 'pip' | 'passThrough'> {
  readonly by:
    | { readonly kind: 'pip'; readonly pip: ChosenPip }
    /** `python`: the interpreter of the environment. */
    | { readonly kind: 'uv'; readonly uv: Uv; readonly python: string };
  readonly projects: readonly ProjectName[];
}

/**
 * Uninstalls distributions with one run of pip or uv. Throws the errors of `createStaging`, `PIP_NOT_STARTED` and
 * `UV_BROKEN`; a failed uninstall is returned as its status.
 */
export async function uninstall(request: UninstallRequest, deps: InstallDependencies): Promise<PipEnd> {
  const { by, verbosity, stdout, temp, uid, platform, terminal, projects } = request;
  const staging = await createStaging({ parent: temp, uid });
  try {
    const cacheDir = await staging.addDirectory('cache');
    const programs = await stagePrograms(staging, []);
    // P5: do not run in the user's directory.
    const shared = { cwd: staging.root, stdin: 'ignore', terminal } as const;
    const color = request.color || by.kind === 'uv' ? [] : ['--no-color'];
    const level = verbosity === 0 ? [] : [`-${(verbosity > 0 ? 'v' : 'q').repeat(Math.abs(verbosity))}`];
    return await runWithLog(
      staging,
      { name: 'log', verbosity, stdout, onlyFailures: by.kind === 'uv' },
      deps,
      (streams) => {
        if (by.kind === 'uv') {
          const options = ['--no-config', '--offline', '--no-progress', '--cache-dir', cacheDir];
          const argv = ['pip', 'uninstall', ...options, '--python', by.python, ...level, ...projects];
          const env = uvEnvironment(request.env);
          return runInstaller(by.uv.path, { ...shared, ...streams, argv, env }, deps).catch(
            (cause: unknown) => {
              throw uvBroken(by.uv, cause);
            },
          );
        }
        const { python, version, foreignTarget } = by.pip;
        const argv = pipCommand([
          ...(foreignTarget === undefined ? [] : ['--python', foreignTarget]),
          ...['uninstall', '--yes', '--isolated', '--disable-pip-version-check', '--no-input'],
          ...['--cache-dir', cacheDir],
          ...(pipAtLeast(version, '22.1') ? ['--root-user-action=ignore'] : []),
          ...[...color, ...level, ...projects],
        ]);
        const env = pipEnvironment(request.env, {
          platform,
          cacheDir,
          pip: version,
          programs,
          builds: false,
        });
        return runPip({ ...shared, ...streams, python, argv, env }, deps);
      },
    );
  } finally {
    await staging.remove();
  }
}
