import { join } from 'node:path';
import { handOverArguments, type StagedArchive } from '../handover.js';
import { pipFailure, stage } from '../install-archives.js';
import { nameSpecifier } from '../name-specifier.js';
import { type BuildContext, once, runBuildPip } from './build-context.js';
import { packagesDirectory, sitecustomize, startDirectory } from './scripts.js';
import type { BuildWheel } from './types.js';

/** The environments of the builds of a run; each contains only verified wheels (P5). */
export interface BuildEnvironments {
  /** A new environment with `requirements`: files that a back end writes to it do not reach other builds. */
  create(requirements: readonly BuildWheel[]): Promise<string>;
}

export function openEnvironments(context: BuildContext): BuildEnvironments {
  const { staging, nextName } = context;
  const wheels = new Map<string, Promise<string>>();
  const templates = new Map<string, Promise<string>>();
  const stageWheel = ({ archive }: BuildWheel): Promise<string> =>
    once(wheels, archive.sha256, () => stage(staging, archive, 'build'));
  return {
    async create(requirements) {
      const key = requirements
        .map(({ archive }) => archive.sha256)
        .sort()
        .join();
      const template = await once(templates, key, () => fillTemplate(context, requirements, stageWheel));
      return staging.copyDirectory(template, nextName('environment'));
    },
  };
}

/** Creates the environment that others with the same `requirements` are copied from. Only pip runs in it. */
async function fillTemplate(
  context: BuildContext,
  requirements: readonly BuildWheel[],
  stageWheel: (wheel: BuildWheel) => Promise<string>,
): Promise<string> {
  const { settings, staging, cacheDir, programs, nextName } = context;
  const { pip, verbosity } = settings;
  const name = nextName('environment');
  const directory = await staging.addDirectory(name);
  const packages = await staging.addDirectory(join(name, packagesDirectory));
  await staging.addDirectory(join(name, startDirectory));
  await staging.addText(join(name, startDirectory, 'sitecustomize.py'), sitecustomize);
  if (requirements.length === 0) return directory;
  const archives: StagedArchive[] = [];
  for (const requirement of requirements) {
    const { archive, project, version } = requirement;
    const path = await stageWheel(requirement);
    const specifier = nameSpecifier(archive.filename, project, version);
    archives.push({ path, sha256: archive.sha256, name: project, specifier });
  }
  const requirementsFile = join(staging.root, `${name}.txt`);
  const { argv, requirementsText } = handOverArguments({
    ...settings,
    ...{ pip: pip.version, foreignTarget: pip.foreignTarget },
    ...{ archives, requirementsFile, programs, cacheDir },
    findLinks: join(staging.root, 'build'),
    reinstall: false,
    verbosity: verbosity > 0 ? verbosity : -1,
    passThrough: [`--target=${packages}`, '--no-compile', '--no-warn-script-location'],
  });
  await staging.addText(`${name}.txt`, requirementsText);
  const failure = pipFailure(await runBuildPip(context, argv, {}));
  if (failure !== undefined) throw failure;
  return directory;
}
