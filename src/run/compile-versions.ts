import { spawn } from 'node:child_process';
import { checkBindings, checkWheelsOnly } from '../compile/check-question.js';
import { isProjectFile, readProjectWishes } from '../compile/inputs.js';
import { preferredPins } from '../compile/preferences.js';
import { openResolver, type Resolution } from '../compile/resolve.js';
import type { Choice, Question } from '../compile/types.js';
import { limitsOf, wishesOf } from '../compile/wishes.js';
import { parseProjectName } from '../packaging/name.js';
import type { Outcome } from '../prepare/outcome.js';
import type { Requirements } from '../requirements/read/read-requirements.js';
import type { Interpreter, Target } from '../target/target.js';
import { isPeepError, PeepError } from '../text/errors.js';
import type { CompileRequest } from './compile-request.js';
import type { CommandContext } from './host.js';
import type { Run } from './open-run.js';
import { unknownProjects } from './unknown-projects.js';
import { whileWaiting } from './while-waiting.js';

/** All requirements of the inputs, and the lines that a resolver cannot handle. */
export async function askedFor(
  { inputs, run: { lock } }: CompileRequest,
  { settings }: Run,
  { host }: CommandContext,
) {
  const { written, locks } = settings.requirements;
  const [lockFile] = locks;
  if (lockFile !== undefined) {
    throw new PeepError(
      'COMPILE_INPUT',
      'a lock file already pins versions, so there is nothing to compile',
      {
        place: lockFile.lock.place,
        hint: 'Install from it with `peep install -r`, or name a requirements.in.',
      },
    );
  }
  const ofFiles = wishesOf(written);
  const projects = inputs.filter(isProjectFile);
  if (projects.length === 0 && (lock.extras.length > 0 || lock.groups.length > 0)) {
    throw new PeepError(
      'USAGE',
      '--extra and --group name parts of a pyproject.toml, but no pyproject.toml is given',
      {
        hint: 'Name the pyproject.toml among the inputs.',
      },
    );
  }
  const ofProjects = await Promise.all(projects.map((file) => readProjectWishes(file, host.cwd, lock)));
  return {
    wishes: [...ofFiles.wishes, ...ofProjects.flat()],
    constraints: ofFiles.constraints,
    refused: ofFiles.refused.map((line): Outcome => ({ status: line.status, line })),
  };
}

export interface Known {
  readonly asked: Awaited<ReturnType<typeof askedFor>>;
  readonly before: Requirements | undefined;
  /** The targets for evaluating markers, also with `--all`. */
  readonly own: readonly Target[];
  readonly interpreter: Interpreter;
}

/** Chooses versions with a resolver, and logs its progress. */
export async function chooseVersions(
  { run: { target }, upgradeAll, upgrades, resolver: wanted, all, allowBuilds, policies }: CompileRequest,
  { asked, before, own, interpreter }: Known,
  run: Run,
  context: CommandContext,
): Promise<{ readonly by: string; readonly choices: readonly Choice[] }> {
  const { settings, project } = run;
  const { host, output } = context;
  if (asked.wishes.length === 0) return { by: 'nobody', choices: [] };
  if (!allowBuilds) checkWheelsOnly(asked.wishes);
  const { index, network, requirements } = settings;
  checkBindings(index);
  const { env, platform, temp, uid, signal, hide = (text: string) => text } = host;
  const deps = { interpreter, index, network, env, platform, temp, uid, signal, spawn, hide };
  const resolver = await openResolver(wanted, deps);
  const by = `${resolver.name} ${resolver.version}`;
  const minAge = policies.minAge ?? project.minAge;
  const named = upgrades.flatMap(({ project, version }) =>
    project === undefined || version === undefined
      ? []
      : [{ project: parseProjectName(project), specifier: `==${version}`, marker: undefined }],
  );
  const limits = [...limitsOf(requirements.constraints), ...named];
  const everywhere = target.targets.length > 0 || (all && resolver.name === 'uv');
  const oldest = own
    .map(({ pythonVersion }) => pythonVersion)
    .toSorted(([a, b], [c, d]) => a - c || b - d)[0];
  const kept = { all: upgradeAll, projects: new Set(upgrades.flatMap(({ project }) => project ?? [])) };
  const question: Question = {
    ...{ wishes: asked.wishes, limits, allowBuilds },
    preferred: preferredPins(before?.written ?? [], asked.wishes, limits, kept),
    universal: everywhere && oldest !== undefined ? [oldest[0], oldest[1]] : undefined,
    uploadedBefore: minAge === undefined ? undefined : new Date(host.now() - minAge * 1000).toISOString(),
  };
  output.note(`asking ${by} for versions`);
  let resolution: Resolution;
  try {
    resolution = await whileWaiting(`${by} chooses versions`, context, () => resolver.resolve(question));
  } catch (error) {
    if (!isPeepError(error, 'RESOLUTION_FAILED')) throw error;
    const others = question.preferred.map(({ project }) => project);
    throw (await unknownProjects(asked.wishes, own, others, run)) ?? error;
  }
  const { choices, kept: stayed } = resolution;
  if (!stayed) output.note(`not every pin could stay, so ${by} chose all versions again`);
  output.note(`${choices.length === 1 ? '1 version' : `${choices.length} versions`} chosen by ${by}`);
  const urls = new Map(
    asked.wishes.flatMap(({ project, url }) => (url === undefined ? [] : [[project, url]])),
  );
  return {
    by,
    // An archive URL of an input is written as in the input.
    choices: choices.map((choice) => {
      const url = urls.get(choice.project);
      return url === undefined ? choice : { ...choice, url, version: undefined };
    }),
  };
}
