import { secondReaderOf } from '../archive/second/thread.js';
import { checkLineOptions, type InstallArguments } from '../install/arguments.js';
import type { PipStart } from '../install/install-archives.js';
import type { UnmetNeed } from '../install/unmet-needs.js';
import { allGood, collectOutcomes } from '../prepare/collect.js';
import type { Outcome, VerifiedOutcome } from '../prepare/outcome.js';
import type { Output } from '../report/output.js';
import { renderDone } from '../report/plan-text.js';
import { summaryLine } from '../report/summary.js';
import { renderFailures } from '../report/text.js';
import { entriesFor, lockWarnings } from '../requirements/entries-for.js';
import type { RequirementEntry } from '../requirements/pin.js';
import type { ComparedInstalled } from './compare-installed.js';
import { confirmPlan } from './confirm.js';
import { startEarly } from './hand-over.js';
import type { CommandContext } from './host.js';
import { installTargetText, warnOfUnnamedTarget } from './install-target.js';
import { type Installation, readInstallation } from './installation.js';
import { type InstalledCheck, installedCheck } from './installed-check.js';
import { needsCheck } from './needs.js';
import type { Run } from './open-run.js';
import { showPlan } from './show-plan.js';
import type { SyncRun } from './sync-run.js';
import { loadRunModules } from './targets.js';
import { writeReport } from './write-report.js';
import { writeSbom } from './write-sbom.js';

/**
 * Runs `install`, or `sync` if `openSync` is given: verifies everything, then runs pip or uv once with the verified
 * files (contract section 6). Returns the exit status.
 */
export async function runInstall(
  given: InstallArguments,
  context: CommandContext,
  openSync?: (installation: Installation) => SyncRun,
): Promise<number> {
  const { host, output } = context;
  const startedAt = host.now();
  const installation = await readInstallation(given, context);
  const { request, interpreter, target, place } = installation;
  const sync = openSync?.(installation);
  const into = installTargetText(place, interpreter);
  const { openRun } = await loadRunModules();
  const run = await openRun(request, interpreter.prefix, context);
  warnOfUnnamedTarget(place, interpreter, context);
  output.note(`target: ${into}`);
  let isHandedOver = false;
  const handingOver = () => {
    isHandedOver = true;
  };
  try {
    const parts = { run, sync, handingOver };
    const { outcomes, status, needs } = await verifyAndInstall(installation, parts, context);
    const facts = {
      ...{ command: sync === undefined ? 'install' : 'sync', target: target.label, exitCode: status },
      ...{ python: interpreter.target.environment.python_full_version, environment: place.root },
      ...{ needs, unpinned: sync?.reported() },
    };
    await writeReport(request.report, outcomes, facts, context);
    await writeSbom(given.value('--sbom'), outcomes, context);
    output.note(`${summaryLine(outcomes, run.progress, host.now() - startedAt)}, for ${into}`);
    return status;
  } finally {
    await run.close(isHandedOver ? 'some archives may be installed: run it again' : 'nothing installed');
  }
}

interface InstallResult {
  readonly outcomes: readonly Outcome[];
  readonly status: number;
  /** Unmet requirements; undefined if they were not checked. */
  readonly needs?: readonly UnmetNeed[];
}

/** The state of a run: its parts and its results so far. */
interface Installing extends Installation {
  readonly run: Run;
  readonly sync: SyncRun | undefined;
  readonly entries: readonly RequirementEntry[];
  readonly compared: ComparedInstalled | undefined;
  /** A pip that imports itself while archives are fetched. */
  readonly start: PipStart | undefined;
  handingOver(): void;
}

async function verifyAndInstall(
  installation: Installation,
  parts: Pick<Installing, 'run' | 'sync' | 'handingOver'>,
  context: CommandContext,
): Promise<InstallResult> {
  const { request, given, interpreter, target, place } = installation;
  const { run } = parts;
  const { output } = context;
  const entries = await entriesFor(run.settings.requirements, target.environment);
  const installed = await installedCheck(entries, given, interpreter, place);
  let compared: ComparedInstalled | undefined;
  if (given.has('--verify-installed') || run.project.verifyInstalled) {
    const { compareInstalled } = await import('./compare-installed.js');
    compared = await compareInstalled(run, { request, entries, installed, place }, context);
  }
  const check = compared?.installed ?? installed;
  const starting = installsSome(entries, check, request) ? startEarly(installation, context) : undefined;
  try {
    const outcomes = await verifyAll(entries, check, installation, run, context);
    run.progress.stop();
    if (!allGood(outcomes)) {
      output.report(
        renderFailures(outcomes, { refusal: 'Not proceeding to installation.', style: output.reportStyle }),
      );
      return { outcomes, status: 1 };
    }
    const start = await starting;
    return await installVerified(outcomes, { ...installation, ...parts, entries, compared, start }, context);
  } finally {
    await (await starting)?.close();
  }
}

/** True if the run will probably install something. Called before anything is fetched. */
function installsSome(
  entries: readonly RequirementEntry[],
  installed: InstalledCheck,
  { dryRun }: Installation['request'],
): boolean {
  const isMissing = (entry: RequirementEntry) => entry.kind === 'pin' && installed(entry.pin) === undefined;
  const isPossible = (entry: RequirementEntry) =>
    entry.kind === 'pin' && (entry.pin.hashed || !isMissing(entry));
  return !dryRun && entries.every(isPossible) && entries.some(isMissing);
}

async function verifyAll(
  entries: readonly RequirementEntry[],
  installed: InstalledCheck,
  { request, target, installer }: Installation,
  { settings, store, schedule, preparer: openPreparer }: Run,
  { host, output }: CommandContext,
): Promise<Outcome[]> {
  for (const { message, hint } of lockWarnings(settings.requirements, target.environment))
    output.warn(message, hint);
  for (const entry of entries) {
    if (entry.kind !== 'pin' || installer.kind !== 'pip') continue;
    checkLineOptions(entry.pin.pipOptions, installer.pip.version, entry.pin.place);
  }
  const { inspectAndStore } = await loadRunModules();
  const look = { depth: 'full', strict: request.strict, secondReader: secondReaderOf(host) } as const;
  const preparer = openPreparer(inspectAndStore(store, look, output));
  return collectOutcomes(entries, target, { preparer, installed, abort: schedule.abort });
}

/** Everything is verified at this point: show the plan, build, and install. */
async function installVerified(
  outcomes: readonly Outcome[],
  installing: Installing,
  context: CommandContext,
): Promise<InstallResult> {
  const { request, given, interpreter, target, installer, place, run, sync, compared, start } = installing;
  const { output } = context;
  warnOfUnhashed(outcomes, output);
  const plan = await sync?.plan(installing.entries, outcomes);
  const remove = plan?.remove ?? [];
  const chosen = outcomes.filter((outcome): outcome is VerifiedOutcome => isToInstall(outcome));
  await showPlan({ outcomes, chosen, plan, proven: compared?.proven }, installing, context);
  const needs = needsCheck(
    { outcomes, remove, interpreter, place, isStrict: given.has('--check-needs') },
    output,
  );
  await needs.look();
  const end = (status: number) => ({ outcomes, status, needs: needs.found() });
  if (needs.areRefused()) return end(1);
  if (request.dryRun || (chosen.length === 0 && remove.length === 0)) return end(0);
  if (remove.length > 0) await confirmPlan(sync?.isConfirmed === true, context.host);
  const { buildSources } = await import('./build-requirements.js');
  const builds = await buildSources(
    {
      ...{ run: request, installer, prefix: interpreter.prefix, target, chosen, store: run.store },
      files: given.has('--no-build-isolation') ? undefined : given.values('--build-requirements'),
    },
    context,
  );
  if (builds === undefined) return end(1);
  try {
    const { wheels } = builds;
    if (wheels.size > 0) await needs.look(wheels);
    if (needs.areRefused()) return end(1);
    const { installChosen } = await import('./install-chosen.js');
    const done = await installChosen(
      {
        ...{ request, installer, interpreter, place, outcomes, chosen, wheels, remove, start },
        upgrades: given.has('--upgrade'),
        reinstall: compared?.differs === true,
        async handingOver() {
          await compared?.prepareReplacement(chosen);
          installing.handingOver();
        },
        installed: () => installedCheck(installing.entries, given, interpreter, place),
      },
      run.store,
      context,
    );
    sync?.uninstalled(done.removed);
    if (done.status === 0 && output.verbosity >= 0)
      output.report(`\n${renderDone(chosen.length, done.removed.length)}`);
    return { ...done, needs: needs.found() };
  } finally {
    await builds.close();
  }
}

function isToInstall({ status }: Outcome): boolean {
  return status === 'verified' || status === 'installed' || status === 'chosen';
}

function warnOfUnhashed(outcomes: readonly Outcome[], output: Output): void {
  for (const outcome of outcomes) {
    if (outcome.status !== 'satisfied' || outcome.pin.hashed) continue;
    output.warn(
      `${outcome.pin.requirement} has no hash; it is accepted because it is already installed`,
      'peep refuses it in an empty environment; `peep pin --write` adds the hash.',
    );
  }
}
