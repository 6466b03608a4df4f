import { secondReaderOf } from '../archive/second/thread.js';
import { checkLineOptions, type InstallArguments } from '../install/arguments.js';
import { chooseInstaller, type Installer, type PipInstaller } from '../install/choose-installer.js';
import { unmetNeeds } from '../install/unmet-needs.js';
import type { ProjectName } from '../packaging/types.js';
import { allGood, collectOutcomes, type VerifiedOutcome } from '../prepare/collect.js';
import { installedVersion } from '../prepare/installed-version.js';
import type { Outcome } from '../prepare/outcome.js';
import { needReader } from '../prepare/read-need.js';
import type { Output } from '../report/output.js';
import { summaryLine, tellUnhashed } from '../report/summary.js';
import { renderChosen, renderFailures, renderSatisfied } from '../report/text.js';
import { entriesFor, lockWarnings } from '../requirements/entries-for.js';
import type { Pin, RequirementEntry } from '../requirements/pin.js';
import type { Builds } from '../run/build-requirements.js';
import type { CommandContext } from '../run/host.js';
import { installTargetText, warnOfUnnamedTarget } from '../run/install-target.js';
import type { Run } from '../run/open-run.js';
import { isExplicitTarget, type RunRequest, runRequest } from '../run/request.js';
import { findInterpreter, loadRunModules } from '../run/targets.js';
import { writeReport } from '../run/write-report.js';
import { writeSbom } from '../run/write-sbom.js';
import { readInstalled } from '../target/installed.js';
import type { InstalledDistribution, Interpreter, Target } from '../target/target.js';
import { type InstallPlace, installPlace } from '../verify/place.js';
import { isBelow, isExternallyManaged } from '../verify/subject.js';

/** `peep install`: verify everything, then one run of pip or uv over verified files (contract section 6). */
export async function installCommand(given: InstallArguments, context: CommandContext): Promise<number> {
  const { host, output } = context;
  const startedAt = host.now();
  const request = runRequest(given);
  const interpreter = await findInterpreter(context);
  const { env, platform, cwd, home, signal } = host;
  const option = given.value('--installer');
  const chosenInstaller = await chooseInstaller({
    ...{ target: interpreter, option, passed: given.passed },
    ...{ env, platform, cwd, home, signal },
  });
  // uv knows no directories of the user.
  const options =
    chosenInstaller.kind === 'uv'
      ? ['--no-user', ...chosenInstaller.passThrough]
      : chosenInstaller.passThrough;
  const place = installPlace(interpreter, { env, platform, home, passThrough: options });
  const installer = place.kind === 'prefix' ? ignoringInstalled(chosenInstaller) : chosenInstaller;
  const target = await installTarget(request, interpreter);
  const into = installTargetText(place, interpreter);
  const { openRun } = await loadRunModules();
  const run = await openRun(request, interpreter.prefix, context);
  warnOfUnnamedTarget(place, interpreter, context);
  output.note(`target: ${into}`);

  let isHandedOver = false;

  async function finish(outcomes: readonly Outcome[], exitCode: number): Promise<number> {
    const facts = {
      ...{ command: 'install', target: target.label, exitCode },
      ...{ python: interpreter.target.environment.python_full_version, environment: place.root },
    };
    await writeReport(request.report, outcomes, facts, context);
    await writeSbom(given.value('--sbom'), outcomes, context);
    output.note(`${summaryLine(outcomes, run.progress, host.now() - startedAt)}, for ${into}`);
    return exitCode;
  }

  try {
    const outcomes = await verifyAll(run, { request, given, interpreter, target, installer, place }, context);
    run.progress.stop();
    if (!allGood(outcomes)) {
      output.report(
        renderFailures(outcomes, { refusal: 'Not proceeding to installation.', style: output.reportStyle }),
      );
      return await finish(outcomes, 1);
    }
    for (const outcome of outcomes) {
      if (outcome.status !== 'satisfied' || outcome.pin.hashed) continue;
      output.warn(
        `${outcome.pin.requirement} has no hash; it is accepted because it is already installed`,
        'peep refuses it in an empty environment; `peep pin --write` adds the hash.',
      );
    }
    const satisfied = renderSatisfied(outcomes);
    if (satisfied !== '' && output.verbosity >= 0) output.report(satisfied);
    if (request.dryRun) {
      tellUnhashed(outcomes, output);
      output.report(renderChosen(outcomes, 'Would install'));
    }
    const chosen = outcomes.filter((outcome): outcome is VerifiedOutcome => outcome.status === 'verified');
    if (request.dryRun || chosen.length === 0) return await finish(outcomes, 0);
    const { buildSources } = await import('../run/build-requirements.js');
    const builds = await buildSources(
      {
        ...{ run: request, installer, prefix: interpreter.prefix, target, chosen, store: run.store },
        files: given.has('--no-build-isolation') ? undefined : given.values('--build-requirements'),
      },
      context,
    );
    if (builds === undefined) return await finish(outcomes, 1);
    try {
      const { wheels } = builds;
      const { installChosen } = await import('../run/install-chosen.js');
      const end = await installChosen(
        {
          ...{ request, installer, interpreter, place, outcomes, chosen, wheels },
          upgrades: given.has('--upgrade'),
          handingOver() {
            isHandedOver = true;
          },
          installed: () =>
            installedCheck(
              entriesFor(run.settings.requirements, target.environment),
              given,
              interpreter,
              place,
            ),
        },
        run.store,
        context,
      );
      if (end.status === 0 && (place.kind === 'environment' || place.kind === 'user'))
        await warnOfUnmetNeeds(chosen.map(asBuilt(wheels)), interpreter, output);
      return await finish(end.outcomes, end.status);
    } finally {
      await builds.close();
    }
  } catch (error) {
    if (host.signal.aborted && !isHandedOver) output.note('nothing was installed');
    throw error;
  } finally {
    await run.close();
  }
}

interface VerifyRequest {
  readonly request: RunRequest;
  readonly given: InstallArguments;
  readonly interpreter: Interpreter;
  readonly target: Target;
  readonly installer: Installer;
  readonly place: InstallPlace;
}

async function verifyAll(
  { settings, store, schedule, preparer: openPreparer }: Run,
  { request, given, interpreter, target, installer, place }: VerifyRequest,
  { host, output }: CommandContext,
): Promise<Outcome[]> {
  const entries = entriesFor(settings.requirements, target.environment);
  for (const { message, hint } of lockWarnings(settings.requirements, target.environment))
    output.warn(message, hint);
  for (const entry of entries) {
    if (entry.kind !== 'pin' || installer.kind !== 'pip') continue;
    checkLineOptions(entry.pin.pipOptions, installer.pip.version, entry.pin.place);
  }
  const { inspectAndStore } = await loadRunModules();
  const look = { depth: 'full', strict: request.strict, secondReader: secondReaderOf(host) } as const;
  const preparer = openPreparer(inspectAndStore(store, look, output));
  const installed = await installedCheck(entries, given, interpreter, place);
  return collectOutcomes(entries, target, { preparer, installed, abort: schedule.abort });
}

/** What a source archive needs is known of the wheel that was built of it. */
function asBuilt(wheels: Builds['wheels']): (outcome: VerifiedOutcome) => VerifiedOutcome {
  return (outcome) => {
    const { sha256 } = outcome.archive;
    const built = sha256 === undefined ? undefined : wheels.get(sha256);
    return built === undefined ? outcome : { ...outcome, inspection: built.inspection };
  };
}

/** `--python-version` and its kin, with `--target`, choose for another Python than the one that runs pip. */
async function installTarget(request: RunRequest, interpreter: Interpreter): Promise<Target> {
  if (!isExplicitTarget(request.target)) return interpreter.target;
  const { describeTarget } = await import('../target/describe.js');
  return describeTarget(request.target, interpreter.target);
}

/** Options by which something is installed even where it is there already. */
const overriding = ['--upgrade', '--force-reinstall', '--ignore-installed'] as const;

/** Below --prefix and --root, what the environment has does not count: pip would leave it out, or uninstall it there. */
function ignoringInstalled(installer: Installer): Installer {
  if (installer.kind === 'uv') return { ...installer, pip: async () => ignoringPip(await installer.pip()) };
  return ignoringPip(installer);
}

function ignoringPip(installer: PipInstaller): PipInstaller {
  const { passThrough } = installer;
  const option = '--ignore-installed';
  return passThrough.includes(option) ? installer : { ...installer, passThrough: [...passThrough, option] };
}

/** Needs that are told one by one. */
const shownNeeds = 10;

/** peep installs what is pinned and nothing more: what that does not run without is told, as by `pip check`. */
async function warnOfUnmetNeeds(
  chosen: readonly VerifiedOutcome[],
  { sitePaths, target }: Interpreter,
  output: Output,
): Promise<void> {
  const needy = chosen.flatMap(({ pin, inspection }) => {
    const project = pin.source.project ?? inspection?.project;
    if (project === undefined || inspection === undefined) return [];
    return { project, extras: pin.extras, requiresDist: inspection.needs.requiresDist };
  });
  const installed = await readInstalled(sitePaths);
  const versions = new Map([...installed.values()].map(({ project, version }) => [project, version]));
  const unmet = unmetNeeds(needy, versions, needReader(target.environment));
  for (const line of unmet.slice(0, shownNeeds)) output.warn(line);
  if (unmet.length > shownNeeds) output.warn(`and ${unmet.length - shownNeeds} more; pip check lists them`);
  if (unmet.length > 0) output.note('hint: peep installs only what is pinned; pin these as well.');
}

async function installedCheck(
  entries: readonly RequirementEntry[],
  given: InstallArguments,
  interpreter: Interpreter,
  { kind, schemes }: InstallPlace,
): Promise<(pin: Pin) => string | undefined> {
  if (overriding.some((name) => given.has(name))) return () => undefined;
  const wanted = new Set<ProjectName>();
  for (const entry of entries) {
    if (entry.kind === 'pin' && entry.pin.source.project !== undefined) wanted.add(entry.pin.source.project);
  }
  const isElsewhere = kind === 'target' || kind === 'prefix';
  const sites = isElsewhere ? schemes.map(({ site }) => site) : interpreter.sitePaths;
  const installed = await readInstalled(sites, wanted);
  // An install that broke off left metadata without RECORD, as package managers of systems do on purpose.
  const isLeftover = ({ hasRecord, metadataPath }: InstalledDistribution) =>
    !hasRecord &&
    !isExternallyManaged(interpreter) &&
    schemes.some(({ site }) => isBelow(metadataPath, site));
  const whole = new Map([...installed].filter(([, distribution]) => !isLeftover(distribution)));
  return (pin) => installedVersion(pin, whole);
}
