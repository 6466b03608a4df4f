import { secondReaderOf } from '../archive/second/thread.js';
import { lineVersion } from '../packaging/line-version.js';
import { canonicalizeName } from '../packaging/name.js';
import type { ProjectName } from '../packaging/types.js';
import {
  type BuildSupply,
  buildRequirementsMissing,
  type MissingNeed,
  missingBuildRequirements,
  type SourceToBuild,
} from '../prepare/build-coverage.js';
import { allGood, collectOutcomes, type VerifiedOutcome } from '../prepare/collect.js';
import { inspectAndStore } from '../prepare/inspect-and-store.js';
import type { Outcome } from '../prepare/outcome.js';
import { needReader } from '../prepare/read-need.js';
import type { RunSettings } from '../prepare/settings.js';
import { renderFailures } from '../report/text.js';
import { entriesFor } from '../requirements/entries-for.js';
import { defaultSelection } from '../requirements/lock/selection.js';
import type { UnhashedPin } from '../requirements/pin.js';
import { bestVersion } from '../resolver/choose/best-version.js';
import type { Target } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import type { CommandContext } from './host.js';
import { openRun, type Run } from './open-run.js';
import type { RunRequest } from './request.js';

export interface BuildRequest {
  /** Files of `--build-requirements`. */
  readonly files: readonly string[];
  readonly run: RunRequest;
  readonly prefix: string | undefined;
  readonly target: Target;
  /** What verified and will be installed, source archives among it. */
  readonly chosen: readonly VerifiedOutcome[];
}

/**
 * The verified archives that the builds of source archives may use (contract section 6): from pinned files alone,
 * and enough for all that the builds declare. Undefined when something does not verify or is missing; that was
 * reported then, with lines ready to paste.
 */
export async function verifiedBuildRequirements(
  request: BuildRequest,
  context: CommandContext,
): Promise<readonly VerifiedOutcome[] | undefined> {
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
      output.report(renderFailures(outcomes, { refusal: 'Not proceeding to build and install.' }));
      return undefined;
    }
    const verified = outcomes.filter((outcome): outcome is VerifiedOutcome => outcome.status === 'verified');
    const missing = missingBuildRequirements(
      request.chosen.flatMap(sourceToBuild),
      verified.flatMap(supply),
      needReader(request.target.environment),
    );
    if (missing.length === 0) return verified;
    output.error(buildRequirementsMissing(missing));
    output.report(await proposals(missing, run, request));
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
  return collectOutcomes(entriesFor(settings.requirements, target.environment), target, {
    preparer,
    installed: () => undefined,
    abort: schedule.abort,
  });
}

function sourceToBuild({ pin, inspection }: VerifiedOutcome): SourceToBuild[] {
  if (inspection?.kind !== 'sdist') return [];
  return [{ label: pin.requirement, ...inspection.needs }];
}

function supply({ pin, archive, inspection }: VerifiedOutcome): BuildSupply[] {
  const project = inspection?.project ?? pin.source.project;
  const version = inspection?.version;
  if (
    inspection === undefined ||
    project === undefined ||
    lineVersion(version ?? '') === undefined ||
    version === undefined
  ) {
    throw new PeepError(
      'BUILD_REQUIREMENT_UNNAMED',
      `'${archive.link.filename}' does not say which project and version it is`,
      {
        place: pin.place,
        hint: 'Pin build requirements by name and version, as wheels where there are any.',
      },
    );
  }
  return [{ label: `${project} ${version}`, kind: inspection.kind, project, version, ...inspection.needs }];
}

/** The newest archive that fits each missing need, hashed: lines to vet and to paste. Nothing is stored or built. */
async function proposals(missing: readonly MissingNeed[], run: Run, request: BuildRequest): Promise<string> {
  const { target, files } = request;
  const preparer = run.preparer(async () => undefined);
  const file = files[0] ?? 'build-requirements.txt';
  const hashStyle = styleOfHashes(run.settings, request);
  const outcomes = await Promise.all(
    missing.map(async ({ project, specifier, url }): Promise<Outcome[]> => {
      if (url !== undefined) return [];
      const { links } = await run.network.links(project, 'all');
      const version = bestVersion(links, project, specifier, { ...run.settings.index, target });
      if (version === undefined) return [];
      return [await preparer.prepare(proposedPin({ project, version, file, hashStyle }), target)];
    }),
  );
  run.progress.stop();
  return renderFailures(outcomes.flat(), { refusal: 'Not proceeding to build and install.' });
}

/** As the file of build requirements has them; as the requirements have them where it has none yet. */
function styleOfHashes(
  { requirements }: RunSettings,
  { target, chosen }: BuildRequest,
): UnhashedPin['hashStyle'] {
  const pins = entriesFor(requirements, target.environment).flatMap((entry) =>
    entry.kind === 'pin' ? [entry.pin] : [],
  );
  const [first] = [...pins, ...chosen.map(({ pin }) => pin)];
  return first?.hashStyle ?? 'peep';
}

interface Proposal extends Pick<UnhashedPin, 'hashStyle'> {
  readonly project: ProjectName;
  readonly version: string;
  readonly file: string;
}

function proposedPin({ project, version, file, hashStyle }: Proposal): UnhashedPin {
  return {
    hashed: false,
    source: {
      kind: 'version',
      project: canonicalizeName(project) as ProjectName,
      name: project,
      operator: '==',
      version,
    },
    extras: [],
    marker: undefined,
    requirement: `${project}==${version}`,
    place: { file, line: 0 },
    pipOptions: [],
    hashStyle,
  };
}
