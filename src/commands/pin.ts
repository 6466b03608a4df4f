import type { CommandOptions } from '../config/command-options.js';
import { parseSpan } from '../config/size.js';
import type { UnmetNeed } from '../install/unmet-needs.js';
import { canonicalizeName } from '../packaging/name.js';
import {
  type EditedFile,
  type PinnedFile,
  readPinnedFile,
  unifiedDiff,
  writeFiles,
} from '../pinning/files.js';
import { refuseLocks, withoutUnwanted } from '../pinning/locks.js';
import { reportsInFileOrder } from '../pinning/plan-all.js';
import { type PinTask, pinTasks, type Upgrade } from '../pinning/tasks.js';
import { readUpgrade, resolveUpgrades, type UpgradeWish } from '../pinning/upgrades.js';
import { allGood } from '../prepare/collect.js';
import type { Outcome } from '../prepare/outcome.js';
import { summaryLine } from '../report/summary.js';
import { renderFailures } from '../report/text.js';
import type { CommandContext } from '../run/host.js';
import { needsOfPins, tellNeeds } from '../run/needs.js';
import { openRun, type Run } from '../run/open-run.js';
import { refuseOperands } from '../run/operands.js';
import { pinEdits } from '../run/pin-edits.js';
import { isExplicitTarget, type RunRequest, runRequest } from '../run/request.js';
import { findTargets } from '../run/targets.js';
import { writeReport } from '../run/write-report.js';
import type { Target } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';
import { paintedDiff } from '../text/style.js';

interface PinRequest {
  readonly run: RunRequest;
  readonly all: boolean;
  readonly write: boolean;
  readonly check: boolean;
  readonly style: 'peep' | 'pip' | undefined;
  readonly upgrades: readonly UpgradeWish[];
  readonly acceptedPublishers: ReadonlySet<string>;
  readonly recordAll: boolean;
  readonly acceptedStatuses: ReadonlySet<string>;
  /** Seconds. */
  readonly minAge: number | undefined;
  readonly checkNeeds: boolean;
}

/**
 * `peep pin`: prints the hash lines that the files need, from archives that peep hashed, as a diff on stdout;
 * `--write` writes them. Nothing is written unless every pin succeeds.
 */
export async function pinCommand(
  given: CommandOptions,
  operands: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { host } = context;
  const startedAt = host.now();
  const request = pinRequest(given, operands);
  const { targets, prefix } = await scopeOf(request, context);
  const run = await openRun(request.run, prefix, context);
  try {
    const { requirements } = run.settings;
    if (request.write || request.upgrades.length > 0) refuseLocks(requirements);
    const upgrades = await movesOf(request, targets, run, context);
    const all = pinTasks(requirements.written, upgrades);
    const asked = await withoutUnwanted(all, targets, requirements);
    // Reads the files now: the edits apply to the text that the pins were read from, which is compared again before
    // writing.
    const files = await pinnedFiles(asked, host.cwd);
    const policies = {
      ...request,
      strict: request.run.strict,
      requireProvenance: request.run.provenance.required || run.project.requireProvenance,
      minAge: request.minAge ?? run.project.minAge,
    };
    const edits = await pinEdits({ tasks: asked, requirements, targets, files }, policies, run, context);
    const reports = reportsInFileOrder(edits.tasks, edits.reports, edits.lent, requirements.written, {
      ...{ targets, only: request.upgrades.some(({ project }) => project !== undefined) },
    });
    const needs = request.checkNeeds ? await needsOfPins(edits.reports.flat(), targets, requirements) : [];
    return await finish({ edited: edits.edited, reports, request, targets, needs, startedAt }, run, context);
  } finally {
    await run.close();
  }
}

function pinRequest(given: CommandOptions, operands: readonly string[]): PinRequest {
  const run = runRequest(given);
  const style = given.value('--style');
  const minAge = given.value('--min-age');
  const [all, write, check] = [given.has('--all'), given.has('--write'), given.has('--check')];
  // `--upgrade a==2 b`: the words after the first are names too.
  const upgrades = [...given.values('--upgrade'), ...(given.has('--upgrade') ? operands : [])];
  if (upgrades.length === 0) refuseOperands('pin', operands);
  if (style !== undefined && style !== 'peep' && style !== 'pip')
    throw new PeepError('USAGE', `--style '${style}' is neither peep nor pip`, {
      hint: 'Use peep for comments above the line, or pip for --hash options.',
    });
  if (write && check)
    throw new PeepError('USAGE', '--check and --write cannot be combined', {
      hint: 'Use --check in CI, or --write to change the file.',
    });
  if (all && isExplicitTarget(run.target)) {
    throw new PeepError(
      'USAGE',
      '--all selects every archive of a release, so it cannot be combined with a target',
      {
        hint: 'Leave out the target options, or --all.',
      },
    );
  }
  const checkNeeds = given.has('--check-needs');
  if (all && checkNeeds)
    throw new PeepError('USAGE', '--check-needs needs a target, so it cannot be combined with --all', {
      hint: 'Leave out --all, or name targets with --for.',
    });
  return {
    run,
    all,
    write,
    check,
    style,
    upgrades: upgrades.map(readUpgrade),
    acceptedPublishers: new Set(given.values('--accept-publisher').map(canonicalizeName)),
    recordAll: given.has('--record-publishers'),
    acceptedStatuses: new Set(given.values('--accept-status').map(canonicalizeName)),
    minAge: minAge === undefined ? undefined : parseSpan(minAge),
    checkNeeds,
  };
}

/** The upgrades that `--upgrade` requests; undefined without it. */
async function movesOf(
  { upgrades, minAge }: PinRequest,
  targets: readonly Target[],
  { settings, network, project }: Run,
  { host, output }: CommandContext,
): Promise<readonly Upgrade[] | undefined> {
  if (upgrades.length === 0) return undefined;
  return resolveUpgrades(upgrades, settings.requirements, {
    ...{ network, choice: settings.index, targets, log: output },
    ...{ minAge: minAge ?? project.minAge, now: host.now() },
  });
}

async function scopeOf(
  { all, run }: PinRequest,
  context: CommandContext,
): Promise<{ readonly targets: readonly Target[]; readonly prefix: string | undefined }> {
  if (all) return { targets: [], prefix: undefined };
  const { targets, interpreter } = await findTargets(run.target, context, { hasAll: true });
  return { targets, prefix: interpreter?.prefix };
}

async function pinnedFiles(
  tasks: readonly PinTask[],
  cwd: string,
): Promise<ReadonlyMap<string, PinnedFile | undefined>> {
  const names = new Set(tasks.map(({ written }) => written.place.file));
  const files = [...names].map(async (file) => [file, await readPinnedFile(file, cwd)] as const);
  return new Map(await Promise.all(files));
}

interface Ending {
  readonly edited: readonly EditedFile[];
  readonly reports: readonly Outcome[];
  readonly request: PinRequest;
  readonly targets: readonly Target[];
  readonly needs: readonly UnmetNeed[];
  readonly startedAt: number;
}

async function finish(
  { edited, reports, request, targets, needs, startedAt }: Ending,
  { progress }: Run,
  context: CommandContext,
): Promise<number> {
  const { host, output } = context;
  const { run, write, check } = request;
  const failures = reports.filter(({ status }) => status !== 'missing');
  // Lines that peep always refuses, such as editable ones, do not prevent pinning the others.
  const good = allGood(failures.filter((outcome) => !isOfItsLine(outcome)));
  const complete = allGood(failures);
  const refusal = !good ? 'Nothing was written.' : 'These lines are unchanged.';
  output.report(renderFailures(failures, { refusal, style: output.reportStyle }));
  if (failures.some(({ status }) => status === 'mismatched')) {
    output.note(
      'hint: If you changed a version on purpose, remove the hash lines of the old version and run peep pin again.',
    );
  }
  const diffs = edited.map(unifiedDiff);
  const changed = edited.filter((_, i) => diffs[i] !== '');
  output.report(diffs.map((diff) => paintedDiff(diff, output.reportStyle)).join(''));
  if (write && good) await writeFiles(changed);
  tellNeeds(needs, true, output, 'which no line pins');
  const exitCode = !complete || (check && changed.length > 0) || needs.length > 0 ? 1 : 0;
  const label = targets.length === 0 ? null : targets.map((target) => target.label).join(', ');
  await writeReport(
    run.report,
    reports,
    { command: 'pin', target: label, exitCode, ...(needs.length > 0 && { needs }) },
    context,
  );
  const names = changed.map(({ file }) => printable(file)).join(', ');
  if (changed.length === 0) {
    if (complete) output.note('nothing to change');
  } else if (!good) output.note(`nothing was written to ${names}`);
  else if (check) output.note(`${names} would change`);
  else if (write) output.note(`changed ${names}`);
  else {
    output.note(
      `vet the archives with \`peep vet NAME==VERSION\`, then run again with --write to change ${names}`,
    );
  }
  output.note(summaryLine(reports, progress, host.now() - startedAt, { missing: 'hashed' }));
  return exitCode;
}

/** True if the line itself is wrong: peep refuses it, or it names a missing archive on this machine. */
function isOfItsLine(outcome: Outcome): boolean {
  if ('line' in outcome) return outcome.status === 'refused';
  if (outcome.status !== 'unavailable' || outcome.error.code !== 'FILE_UNREADABLE') return false;
  const { source } = outcome.pin;
  return source.kind === 'path' || (source.kind === 'url' && /^file:/i.test(source.url));
}
