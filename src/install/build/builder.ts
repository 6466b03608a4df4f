import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LineOption } from '../../packaging/line-option.js';
import type { LineVersion } from '../../packaging/line-version.js';
import type { ProjectName } from '../../packaging/types.js';
import type { RequirementSource } from '../../requirements/pin.js';
import { PeepError } from '../../text/errors.js';
import { type InstallDependencies, runWithLog } from '../captured.js';
import { handOverArguments, type StagedArchive } from '../handover.js';
import {
  type ArchiveSource,
  fetchers,
  type InstallSettings,
  pipFailure,
  stage,
  stagePrograms,
} from '../install-archives.js';
import { nameSpecifier } from '../name-specifier.js';
import { buildVariables, pipEnvironment } from '../pip-environment.js';
import { type PipEnd, runPip } from '../run-pip.js';
import { createStaging } from '../staging.js';
import { builtWheel } from './built-wheel.js';
import { readAnswer } from './read-answer.js';
import {
  askScript,
  legacyBackend,
  packagesDirectory,
  type Question,
  sitecustomize,
  startDirectory,
} from './scripts.js';
import { configSettings, wheelCommand } from './wheel-command.js';

/** A verified source archive to build. */
export interface BuildSource {
  /** `flask==0.9`, for messages. */
  readonly label: string;
  readonly archive: ArchiveSource;
  /** The expected project and version of the wheel. */
  readonly pinned: RequirementSource;
  /** Undefined if only the build can tell. */
  readonly project: ProjectName | undefined;
  /** `[build-system] build-backend`; undefined means setuptools. */
  readonly backend: string | undefined;
  readonly backendPath: readonly string[];
  /** Options of the requirement's own line. */
  readonly pipOptions: readonly LineOption[];
}

/** A wheel for use in builds: verified, or built only from verified files. */
export interface BuildWheel {
  readonly archive: ArchiveSource;
  readonly project: ProjectName;
  readonly version: LineVersion;
}

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

export interface BuilderDependencies extends InstallDependencies {
  /** Throws if peep was interrupted. */
  readonly throwIfInterrupted: () => void;
}

/** Throws the errors of `createStaging`. */
export async function openBuilder(settings: InstallSettings, deps: BuilderDependencies): Promise<Builder> {
  const { pip, platform, verbosity, color, passThrough } = settings;
  const staging = await createStaging({ parent: settings.temp, uid: settings.uid });
  const cacheDir = await staging.addDirectory('cache');
  const programs = await stagePrograms(staging, fetchers);
  const env = pipEnvironment(settings.env, { platform, cacheDir, pip: pip.version, programs, builds: true });
  const sources = new Map<string, Promise<string>>();
  const wheels = new Map<string, Promise<string>>();
  const templates = new Map<string, Promise<string>>();
  let count = 0;
  const nextName = (what: string): string => `${what}-${++count}`;

  async function run(argv: readonly string[], more: Readonly<Record<string, string>>) {
    const log = { ...settings, name: nextName('log'), onlyFailures: true };
    const end = await runWithLog(staging, log, deps, (streams) =>
      runPip(
        {
          ...settings,
          ...streams,
          ...{ python: pip.python, argv, env: { ...env, ...more } },
          // P5: the same arguments as for the install.
          ...{ cwd: staging.root, stdin: 'ignore' },
        },
        deps,
      ),
    );
    if (end.interrupted !== undefined) deps.throwIfInterrupted();
    return end;
  }

  /** Creates an environment with `requirements`; equal lists share one. Only pip runs in it. */
  async function fillTemplate(requirements: readonly BuildWheel[]): Promise<string> {
    const name = nextName('environment');
    const directory = await staging.addDirectory(name);
    const packages = await staging.addDirectory(join(name, packagesDirectory));
    await staging.addDirectory(join(name, startDirectory));
    await staging.addText(join(name, startDirectory, 'sitecustomize.py'), sitecustomize);
    if (requirements.length === 0) return directory;
    const archives = await inOrder(requirements, async (requirement): Promise<StagedArchive> => {
      const { archive, project, version } = requirement;
      const path = await once(wheels, archive.sha256, () => stage(staging, archive, 'build'));
      const specifier = nameSpecifier(archive.filename, project, version);
      return { path, sha256: archive.sha256, name: project, specifier };
    });
    const requirementsFile = join(staging.root, `${name}.txt`);
    const { argv, requirementsText } = handOverArguments({
      ...settings,
      ...{
        pip: pip.version,
        foreignTarget: pip.foreignTarget,
        archives,
        requirementsFile,
        programs,
        cacheDir,
      },
      findLinks: join(staging.root, 'build'),
      reinstall: false,
      verbosity: verbosity > 0 ? verbosity : -1,
      passThrough: [`--target=${packages}`, '--no-compile', '--no-warn-script-location'],
    });
    await staging.addText(`${name}.txt`, requirementsText);
    const failure = pipFailure(await run(argv, {}));
    if (failure !== undefined) throw failure;
    return directory;
  }

  /** A separate copy of the environment: files that a back end writes do not reach other builds. */
  async function environmentOf(requirements: readonly BuildWheel[]): Promise<string> {
    const key = requirements
      .map(({ archive }) => archive.sha256)
      .sort()
      .join();
    const template = await once(templates, key, () => fillTemplate(requirements));
    return staging.copyDirectory(template, nextName('environment'));
  }

  const stageSource = (source: BuildSource): Promise<string> =>
    once(sources, source.archive.sha256, () => stage(staging, source.archive, nextName('source')));

  return {
    async ask(source, requirements) {
      const environment = await environmentOf(requirements);
      const name = nextName('question');
      const directory = await staging.addDirectory(name);
      const question: Question = {
        archive: await stageSource(source),
        directory: await staging.addDirectory(join(name, 'tree')),
        backend: source.backend ?? legacyBackend,
        backendPath: source.backendPath,
        settings: configSettings([...passThrough, ...source.pipOptions]),
        answer: join(directory, 'answer.json'),
      };
      const file = await staging.addText(join(name, 'question.json'), asciiJson(question));
      const python = pip.foreignTarget ?? pip.python;
      const log = await staging.openLog(join(name, 'log'));
      let end: PipEnd;
      try {
        end = await runPip(
          {
            ...settings,
            ...{
              python,
              argv: ['-c', askScript, file],
              env: { ...env, ...buildVariables(env, environment, platform) },
            },
            ...{ cwd: staging.root, stdin: 'ignore', stdout: verbosity > 0 ? 'stderr' : log.descriptor },
          },
          deps,
        );
      } finally {
        await log.close();
      }
      if (end.interrupted !== undefined) deps.throwIfInterrupted();
      return readAnswer({ label: source.label, status: end.status, answer: question.answer, log: log.path });
    },

    async build(source, requirements) {
      const name = nextName('wheel');
      const wheelDirectory = await staging.addDirectory(name);
      const environment = requirements && (await environmentOf(requirements));
      const path = await stageSource(source);
      const requirementsFile = join(staging.root, `${name}.txt`);
      const { argv, requirementsText } = wheelCommand({
        ...{
          pip: pip.version,
          foreignTarget: pip.foreignTarget,
          passThrough,
          verbosity,
          color,
          cacheDir,
          platform,
        },
        ...{ requirementsFile, wheelDirectory, isolated: environment !== undefined },
        source: {
          path,
          sha256: source.archive.sha256,
          project: source.project,
          pipOptions: source.pipOptions,
        },
      });
      await staging.addText(`${name}.txt`, requirementsText);
      const failure = pipFailure(
        await run(argv, environment === undefined ? {} : forChildren(environment)),
        source.label,
      );
      if (failure !== undefined) throw failure;
      const [wheel, ...more] = (await readdir(wheelDirectory)).filter((each) => each.endsWith('.whl'));
      if (wheel !== undefined && more.length === 0) return builtWheel(wheelDirectory, wheel);
      throw new PeepError(
        'BUILD_WHEEL_REFUSED',
        `the build of ${source.label} produced ${more.length === 0 ? 'no wheel' : `${more.length + 1} wheels`} instead of one`,
        { hint: 'Pin a wheel instead, or ask the authors of the source archive.' },
      );
    },

    close: () => staging.remove(),
  };

  /** pip itself runs without these variables. */
  function forChildren(environment: string): Record<string, string> {
    const variables = Object.entries(buildVariables(env, environment, platform));
    return Object.fromEntries(variables.map(([name, value]) => [`PEEP_${name}`, value]));
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

async function inOrder<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
