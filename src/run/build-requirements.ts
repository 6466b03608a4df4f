import { spawn } from 'node:child_process';
import type { Inspection } from '../archive/inspection.js';
import { secondReaderOf } from '../archive/second/thread.js';
import type { Sha256 } from '../hash/digest.js';
import { checkLineOptions } from '../install/arguments.js';
import {
  type Buildable,
  BuildSession,
  type LookedInto,
  type Supply,
} from '../install/build/build-session.js';
import { openBuilder } from '../install/build/builder.js';
import type { BuildSource, BuildWheel } from '../install/build/types.js';
import type { Installer } from '../install/choose-installer.js';
import type { ArchiveSource } from '../install/install-archives.js';
import { lineVersion } from '../packaging/line-version.js';
import { buildRequirementsMissing } from '../prepare/build-coverage.js';
import { allGood, collectOutcomes } from '../prepare/collect.js';
import { inspectAndStore, inspectVerified } from '../prepare/inspect-and-store.js';
import type { Outcome, VerifiedOutcome } from '../prepare/outcome.js';
import { needReader } from '../prepare/read-need.js';
import { renderFailures } from '../report/text.js';
import { entriesFor } from '../requirements/entries-for.js';
import { defaultSelection } from '../requirements/lock/selection.js';
import type { Store } from '../store/store.js';
import type { Target } from '../target/target.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { redactText } from '../text/redact.js';
import { archiveSource, runSettings } from './hand-over.js';
import type { CommandContext } from './host.js';
import { openRun, type Run } from './open-run.js';
import { proposeBuildRequirements } from './propose-build-requirements.js';
import type { RunRequest } from './request.js';
import { whileWaiting } from './while-waiting.js';

const withoutHash =
  'These build requirements have no hash yet. Vet the archives (`peep vet NAME==VERSION`); then put these lines into a file, and name it with --build-requirements:';

export interface BuildRequest {
  /** Files of `--build-requirements`; undefined if builds use the packages of the target. */
  readonly files: readonly string[] | undefined;
  readonly run: RunRequest;
  /** The pip that builds, with any installer. */
  readonly installer: Installer;
  readonly prefix: string | undefined;
  readonly target: Target;
  /** The verified archives to install, including source archives. */
  readonly chosen: readonly VerifiedOutcome[];
  /** Opens the stored archives of `chosen`. */
  readonly store: Store;
}

/** A wheel that was built from a verified source archive. */
export interface BuiltArchive extends BuildWheel {
  readonly inspection: Inspection;
}

export interface Builds {
  /** Wheels by the digest of their source archive. */
  readonly wheels: ReadonlyMap<Sha256, BuiltArchive>;
  /** Removes the wheels. */
  close(): Promise<void>;
}

/**
 * Builds the source archives of a run into wheels, from verified files only (contract section 6). Undefined if a
 * build requirement does not verify or is missing; that is then already reported, with lines to paste.
 */
export async function buildSources(
  request: BuildRequest,
  context: CommandContext,
): Promise<Builds | undefined> {
  const sources = request.chosen.flatMap((outcome) => buildable(outcome, request.store));
  if (sources.length === 0) return { wheels: new Map(), close: async () => undefined };
  const { installer } = request;
  const { pip, passThrough } = installer.kind === 'pip' ? installer : await installer.pip();
  for (const { pin, inspection } of request.chosen)
    if (inspection?.kind === 'sdist') checkLineOptions(pin.pipOptions, pip.version, pin.place);
  const builder = await openBuilder(
    { ...runSettings(request.run, context), pip, passThrough },
    {
      spawn,
      signals: context.host.signals,
      tell: context.output.relay,
      throwIfInterrupted: () => context.host.signal.throwIfAborted(),
    },
  );
  try {
    const inspect = (wheel: ArchiveSource, source: BuildSource) =>
      inspectBuilt(wheel, source, request, context);
    const build =
      request.files === undefined
        ? (source: Buildable) => builder.build(source.source, undefined)
        : await isolatedBuilds(sources, { ...request, files: request.files }, context, { builder, inspect });
    const wheels = new Map<Sha256, BuiltArchive>();
    if (build !== undefined) {
      for (const source of sources) {
        const { label, archive } = source.source;
        const wheel = await whileWaiting(`building ${label}`, context, () => build(source));
        wheels.set(archive.sha256, await inspect(wheel, source.source));
      }
      return { wheels, close: () => builder.close() };
    }
  } catch (error) {
    await builder.close();
    throw error;
  }
  await builder.close();
  return undefined;
}

type IsolatedRequest = BuildRequest & { readonly files: readonly string[] };

/** The build requirements of each source; undefined if some are missing, which is then already reported. */
async function isolatedBuilds(
  sources: readonly Buildable[],
  request: IsolatedRequest,
  context: CommandContext,
  deps: Omit<ConstructorParameters<typeof BuildSession>[1], 'readNeed'>,
): Promise<((source: Buildable) => Promise<ArchiveSource>) | undefined> {
  const { output } = context;
  const run = await openRun(
    { ...request.run, requirements: request.files, constraints: [], lock: defaultSelection },
    request.prefix,
    context,
    { mayBeEmpty: true },
  );
  try {
    const outcomes = await fetchBuildRequirements(run, request, context);
    run.progress.stop();
    if (!allGood(outcomes)) {
      output.report(
        renderFailures(outcomes, {
          refusal: 'Not proceeding to build and install.',
          missing: withoutHash,
          style: output.reportStyle,
        }),
      );
      return undefined;
    }
    const verified = outcomes.filter((outcome): outcome is VerifiedOutcome => outcome.status === 'verified');
    const readNeed = needReader(request.target.environment);
    const session = new BuildSession(
      verified.map((outcome) => supply(outcome, run.store)),
      { ...deps, readNeed },
    );
    const missing = await session.ask(sources);
    if (missing.length === 0) return (source) => session.build(source);
    const found = await proposeBuildRequirements(
      { missing, sources: session.known(sources), supplies: session.supplies, readNeed },
      { ...request, run },
    );
    run.progress.stop();
    output.error(buildRequirementsMissing(found.missing));
    output.report(
      renderFailures(found.outcomes, {
        refusal: 'Not proceeding to build and install.',
        missing: withoutHash,
        style: output.reportStyle,
      }),
    );
    return undefined;
  } finally {
    await run.close();
  }
}

async function fetchBuildRequirements(
  { settings, store, schedule, preparer: openPreparer }: Run,
  { run, target }: BuildRequest,
  { host, output }: CommandContext,
): Promise<Outcome[]> {
  const look = { depth: 'full', strict: run.strict, secondReader: secondReaderOf(host) } as const;
  const preparer = openPreparer(inspectAndStore(store, look, output));
  return collectOutcomes(await entriesFor(settings.requirements, target.environment), target, {
    preparer,
    installed: () => undefined,
    abort: schedule.abort,
  });
}

function buildable(outcome: VerifiedOutcome, store: Store): Buildable[] {
  const { inspection, pin } = outcome;
  const archive = archiveSource(outcome, store);
  if (inspection?.kind !== 'sdist' || archive === undefined) return [];
  const label = redactText(pin.requirement);
  return [
    {
      label,
      buildRequires: inspection.needs.buildRequires,
      source: buildSource(outcome, archive, inspection, label),
    },
  ];
}

function buildSource(
  { pin }: VerifiedOutcome,
  archive: ArchiveSource,
  { project, needs }: Inspection,
  label: string,
): BuildSource {
  return {
    ...{ label, archive, pinned: pin.source, pipOptions: pin.pipOptions },
    project: pin.source.project ?? project,
    backend: needs.buildBackend,
    backendPath: needs.backendPath,
  };
}

function supply(outcome: VerifiedOutcome, store: Store): Supply {
  const { pin, inspection } = outcome;
  const archive = archiveSource(outcome, store);
  const project = inspection?.project ?? pin.source.project;
  const version = lineVersion(inspection?.version ?? '');
  if (inspection === undefined || archive === undefined || project === undefined || version === undefined) {
    throw new PeepError(
      'BUILD_REQUIREMENT_UNNAMED',
      `'${outcome.archive.link.filename}' does not say which project and version it is`,
      {
        place: pin.place,
        hint: 'Pin build requirements by name and version, as wheels where there are any.',
      },
    );
  }
  const { buildRequires, requiresDist } = inspection.needs;
  const label = `${project} ${version}`;
  const url = pin.source.kind === 'url' ? pin.source.url : undefined;
  const all = { label, project, version, url, buildRequires, requiresDist };
  return inspection.kind === 'wheel'
    ? { ...all, kind: 'wheel', wheel: { archive, project, version } }
    : { ...all, kind: 'sdist', source: buildSource(outcome, archive, inspection, label) };
}

/** pip would install any built wheel, so peep checks it against the pin and the rules for wheels. */
async function inspectBuilt(
  wheel: ArchiveSource,
  { label, pinned }: BuildSource,
  { run }: BuildRequest,
  { host, output }: CommandContext,
): Promise<BuiltArchive & LookedInto> {
  const archive = await wheel.open();
  try {
    const look = { depth: 'full', strict: run.strict, secondReader: secondReaderOf(host) } as const;
    const log = {
      note: (text: string, level?: 0 | 1 | 2) => output.note(text, level),
      warn: (message: string) => output.note(message, 1),
    };
    const inspection = await inspectVerified(archive, { source: pinned }, look, log);
    const { project } = inspection;
    const version = lineVersion(inspection.version ?? '');
    if (project === undefined || version === undefined) throw new Error(`'${wheel.filename}' is not named`);
    return { archive: wheel, project, version, inspection, requiresDist: inspection.needs.requiresDist };
  } catch (error) {
    if (!isPeepError(error, 'ARCHIVE_REFUSED')) throw error;
    throw new PeepError(
      'BUILD_WHEEL_REFUSED',
      `the build of ${label} gave a wheel that is not installed: ${error.message}`,
      {
        cause: error,
        hint: 'Pin a wheel of it instead, or ask its authors to fix the build.',
      },
    );
  } finally {
    await archive.release();
  }
}
