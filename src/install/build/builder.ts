import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PeepError } from '../../text/errors.js';
import { type ArchiveSource, type InstallSettings, pipFailure } from '../install-archives.js';
import { buildVariables } from '../pip-environment.js';
import { askBackEnd } from './ask-back-end.js';
import {
  type BuildContext,
  type BuilderDependencies,
  openBuildContext,
  runBuildPip,
} from './build-context.js';
import { builtWheel } from './built-wheel.js';
import { openEnvironments } from './environments.js';
import type { BuildSource, BuildWheel } from './types.js';
import { wheelCommand } from './wheel-command.js';

/** Builds source archives in environments of verified wheels only (P5). Nothing is installed into the target. */
export interface Builder {
  /**
   * The build requirements that the back end reports (PEP 517). Files that it writes to its environment are
   * discarded before the build.
   */
  ask(source: BuildSource, requirements: readonly BuildWheel[]): Promise<readonly string[]>;
  /** Without `requirements` the build uses the packages of the target. The wheel exists until `close`. */
  build(source: BuildSource, requirements: readonly BuildWheel[] | undefined): Promise<ArchiveSource>;
  /** Removes all built files. Never throws. */
  close(): Promise<void>;
}

/** Throws the errors of `createStaging`. */
export async function openBuilder(settings: InstallSettings, deps: BuilderDependencies): Promise<Builder> {
  const context = await openBuildContext(settings, deps);
  const environments = openEnvironments(context);
  return {
    ask: async (source, requirements) => askBackEnd(context, source, await environments.create(requirements)),
    build: async (source, requirements) =>
      buildWheel(context, source, requirements && (await environments.create(requirements))),
    close: () => context.staging.remove(),
  };
}

/** Builds one wheel with pip, in `environment` or with the packages of the target. */
async function buildWheel(
  context: BuildContext,
  source: BuildSource,
  environment: string | undefined,
): Promise<ArchiveSource> {
  const { settings, staging, cacheDir, nextName, stageSource } = context;
  const { pip, passThrough, verbosity, color, platform } = settings;
  const name = nextName('wheel');
  const wheelDirectory = await staging.addDirectory(name);
  const path = await stageSource(source);
  const requirementsFile = join(staging.root, `${name}.txt`);
  const { argv, requirementsText } = wheelCommand({
    ...{ pip: pip.version, foreignTarget: pip.foreignTarget },
    ...{ passThrough, verbosity, color, cacheDir, platform },
    ...{ requirementsFile, wheelDirectory, isolated: environment !== undefined },
    source: {
      path,
      sha256: source.archive.sha256,
      project: source.project,
      pipOptions: source.pipOptions,
    },
  });
  await staging.addText(`${name}.txt`, requirementsText);
  const more = environment === undefined ? {} : variablesOfChildren(context, environment);
  const failure = pipFailure(await runBuildPip(context, argv, more), source.label);
  if (failure !== undefined) throw failure;
  return onlyWheel(wheelDirectory, source.label);
}

/** The variables of a build environment for the processes that pip starts; pip itself runs without them. */
function variablesOfChildren({ env, settings }: BuildContext, environment: string): Record<string, string> {
  const variables = Object.entries(buildVariables(env, environment, settings.platform));
  return Object.fromEntries(variables.map(([name, value]) => [`PEEP_${name}`, value]));
}

async function onlyWheel(directory: string, label: string): Promise<ArchiveSource> {
  const [wheel, ...more] = (await readdir(directory)).filter((each) => each.endsWith('.whl'));
  if (wheel !== undefined && more.length === 0) return builtWheel(directory, wheel);
  throw new PeepError(
    'BUILD_WHEEL_REFUSED',
    `the build of ${label} produced ${more.length === 0 ? 'no wheel' : `${more.length + 1} wheels`} instead of one`,
    { hint: 'Pin a wheel instead, or ask the authors of the source archive.' },
  );
}
