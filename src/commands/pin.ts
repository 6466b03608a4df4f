import { allOrAbort } from '../prepare/all-or-abort.js';
import { allGood } from '../prepare/collect.js';
import { inspectAndStore } from '../prepare/inspect-and-store.js';
import type { Outcome } from '../prepare/outcome.js';
import type { RunSettings } from '../prepare/settings.js';
import { renderFailures } from '../report/text.js';
import type { Pin } from '../requirements/pin.js';
import type { Target } from '../target/target.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';
import { createStyle, wantsColor } from '../text/style.js';
import type { CommandOptions } from './command-options.js';
import type { CommandContext } from './host.js';
import { openRun, type Run } from './open-run.js';
import { type Edits, editAll } from './pin-edits.js';
import { type EditedFile, type PinnedFile, readPinnedFile, unifiedDiff, writeFiles } from './pin-files.js';
import { planPin } from './pin-plan.js';
import { type PinTask, pinTasks, readUpgrade, type Upgrade } from './pin-upgrade.js';
import { vet } from './pin-vetting.js';
import { scopeFor, viewsOf } from './pin-views.js';
import { isExplicitTarget, type RunRequest, runRequest } from './request.js';
import { summaryLine } from './summary.js';
import { findTargets } from './target.js';
import { writeReport } from './write-report.js';

interface PinRequest {
  readonly run: RunRequest;
  readonly all: boolean;
  readonly write: boolean;
  readonly check: boolean;
  readonly style: 'peep' | 'pip' | undefined;
  readonly colors: boolean;
  readonly upgrades: readonly Upgrade[];
}

/**
 * `peep pin`: what hash lines the files need, from archives that peep hashed, as a diff on stdout; `--write` puts
 * them in. Nothing is written unless every pin came out well.
 */
export async function pinCommand(
  given: CommandOptions,
  operands: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { host, output } = context;
  const startedAt = host.now();
  const request = pinRequest(given, operands);
  const { targets, prefix } = await scopeOf(request, context);
  const run = await openRun(request.run, prefix, context);
  try {
    const tasks = pinTasks(run.settings.requirements.written, request.upgrades);
    // Read at once: what is edited is what the pins were read from, and it is compared again before it is written.
    const files = await pinnedFiles(tasks, host.cwd);
    const outcomes = await planAll(tasks, targets, request, run, context);
    run.progress.stop();
    await vet(outcomes.flat(), run.network, output);
    const edits = editAll(tasks, outcomes, files, request.style);
    const reports = inFileOrder(tasks, edits.reports, run.settings, request);
    return await finish({ edited: edits.edited, reports, request, targets, startedAt }, run, context);
  } finally {
    await run.close();
  }
}

function pinRequest(given: CommandOptions, operands: readonly string[]): PinRequest {
  const run = runRequest(given);
  const style = given.value('--style');
  const [all, write, check] = [given.has('--all'), given.has('--write'), given.has('--check')];
  if (operands.length > 0) {
    throw new PeepError('USAGE', `peep pin takes no '${operands[0]}'`, {
      hint: 'Requirements files are named with -r FILE.',
    });
  }
  if (style !== undefined && style !== 'peep' && style !== 'pip')
    throw new PeepError('USAGE', `--style '${style}' is neither peep nor pip`, {
      hint: 'peep: comments above the line; pip: --hash options.',
    });
  if (write && check)
    throw new PeepError('USAGE', '--check changes nothing, and --write does: name one of them', {
      hint: '--check is for CI; --write puts the lines in.',
    });
  if (all && isExplicitTarget(run.target)) {
    throw new PeepError('USAGE', '--all takes every archive of a release, whatever it is for', {
      hint: 'Leave the target away, or --all.',
    });
  }
  return {
    run,
    all,
    write,
    check,
    style,
    colors: !given.has('--no-color'),
    upgrades: given.values('--upgrade').map(readUpgrade),
  };
}

async function scopeOf(
  { all, run }: PinRequest,
  context: CommandContext,
): Promise<{ readonly targets: readonly Target[]; readonly prefix: string | undefined }> {
  if (all) return { targets: [], prefix: undefined };
  const { targets, interpreter } = await findTargets(run.target, context);
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

/** What becomes of each task, in order; everything is looked at before anything is reported. */
async function planAll(
  tasks: readonly PinTask[],
  targets: readonly Target[],
  { run: { strict } }: PinRequest,
  { settings, network, store, schedule, preparer: openPreparer }: Run,
  context: CommandContext,
): Promise<readonly (readonly Outcome[])[]> {
  const { output, options } = context;
  const views = viewsOf(tasks, targets, settings.requirements);
  const preparer = openPreparer(inspectAndStore(store, { depth: 'structure', strict }, output));
  const deps = {
    network,
    choice: settings.index,
    preparer,
    offline: options.offline,
    warn: (text: string, hint?: string) => output.warn(text, hint),
  };
  const plans = tasks.map(async (task): Promise<readonly Outcome[]> => {
    const seen = views.map(({ target, entries }) => ({ target, entry: entries[task.index] }));
    const refused = seen.flatMap(({ entry }) => (entry?.kind === 'refused' ? [entry.line] : []))[0];
    if (refused !== undefined) return [{ status: refused.status, line: refused }];
    const pin = seen.flatMap(({ entry }) => (entry?.kind === 'pin' ? [entry.pin] : []))[0] ?? task.pin;
    const scope = scopeFor(
      pin,
      seen.flatMap(({ target }) => target ?? []),
    );
    if (scope === undefined && task.version !== undefined)
      return [{ status: 'refused', pin, error: notWanted(pin, targets) }];
    if (scope === undefined) return [{ status: 'skipped', pin }];
    if (isPeepError(scope)) return [{ status: 'refused', pin, error: scope }];
    return planPin(pin, scope, deps);
  });
  return allOrAbort(plans, schedule.abort);
}

/** Whoever moves a pin means it: that no target wants it is no success. */
function notWanted({ requirement }: Pin, targets: readonly Target[]): PeepError {
  const labels = targets.map(({ label }) => label).join(', ');
  return new PeepError('NOT_FOR_TARGET', `the marker of '${requirement}' is false for ${labels}`, {
    hint: 'Name a target that wants it with --for PYTHON:PLATFORM, or take --all.',
  });
}

/** The outcomes of all entries; with `--upgrade`, of those that move. */
function inFileOrder(
  tasks: readonly PinTask[],
  reports: Edits['reports'],
  { requirements }: RunSettings,
  { upgrades }: PinRequest,
): readonly Outcome[] {
  const byEntry = new Map(tasks.map(({ index }, i) => [index, reports[i] ?? []]));
  return requirements.written.flatMap((entry, index): readonly Outcome[] => {
    if (entry.kind === 'pin') return byEntry.get(index) ?? [];
    return upgrades.length === 0 ? [{ status: entry.line.status, line: entry.line }] : [];
  });
}

interface Ending {
  readonly edited: readonly EditedFile[];
  readonly reports: readonly Outcome[];
  readonly request: PinRequest;
  readonly targets: readonly Target[];
  readonly startedAt: number;
}

async function finish(
  { edited, reports, request, targets, startedAt }: Ending,
  { progress }: Run,
  context: CommandContext,
): Promise<number> {
  const { host, output } = context;
  const { run, write, check, colors } = request;
  const failures = reports.filter(({ status }) => status !== 'missing');
  const good = allGood(failures);
  output.report(renderFailures(failures, { refusal: 'Nothing was written.' }));
  if (failures.some(({ status }) => status === 'mismatched')) {
    output.note(
      'hint: Where you changed a version on purpose, remove the hash lines of the old one and run peep pin again.',
    );
  }
  const diffs = edited.map(unifiedDiff);
  const changed = edited.filter((_, i) => diffs[i] !== '');
  const shades = createStyle(wantsColor(host.env, !colors, host.stdout.isTerminal));
  output.report(diffs.map((diff) => painted(diff, shades)).join(''));
  if (write && good) await writeFiles(changed);
  const exitCode = !good || (check && changed.length > 0) ? 1 : 0;
  const label = targets.length === 0 ? null : targets.map((target) => target.label).join(', ');
  await writeReport(run.report, reports, { command: 'pin', target: label, exitCode }, context);
  const names = changed.map(({ file }) => printable(file)).join(', ');
  if (changed.length === 0) {
    if (good) output.note('nothing to change');
  } else if (!good) output.note(`nothing was written to ${names}`);
  else if (check) output.note(`${names} would change`);
  else if (write) output.note(`changed ${names}`);
  else output.note(`nothing is written without --write: vet the archives, then change ${names} with it`);
  output.note(summaryLine(reports, progress, host.now() - startedAt, { missing: 'hashed' }));
  return exitCode;
}

function painted(diff: string, { red, green }: ReturnType<typeof createStyle>): string {
  return diff.replace(/^(?:-(?!--).*|\+(?!\+\+).*)$/gm, (line) =>
    line.startsWith('-') ? red(line) : green(line),
  );
}
