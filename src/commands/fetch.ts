import { resolve } from 'node:path';
import { secondReaderOf } from '../archive/second/thread.js';
import type { CommandOptions } from '../config/command-options.js';
import type { DestArchive, DestLayout } from '../export/export.js';
import { allGood, collectOutcomes } from '../prepare/collect.js';
import { collectEvery } from '../prepare/collect-every.js';
import { openVerified } from '../prepare/open-verified.js';
import type { Outcome } from '../prepare/outcome.js';
import type { Preparer } from '../prepare/ports.js';
import type { Output } from '../report/output.js';
import { summaryLine, tellUnhashed } from '../report/summary.js';
import { renderChosen, renderFailures } from '../report/text.js';
import { entriesFor, lockWarnings } from '../requirements/entries-for.js';
import type { CommandContext } from '../run/host.js';
import type { Run } from '../run/open-run.js';
import { refuseOperands } from '../run/operands.js';
import { isExplicitTarget, runRequest } from '../run/request.js';
import { findTargets, loadRunModules } from '../run/targets.js';
import { writeReport } from '../run/write-report.js';
import { writeSbom } from '../run/write-sbom.js';
import { parseReference } from '../store/oci/reference.js';
import type { Store } from '../store/store.js';
import type { Target } from '../target/target.js';
import { PeepError } from '../text/errors.js';

/** `peep fetch`: verify everything into the store, and to `--dest` and `--push` (contract section 5). */
export async function fetchCommand(
  given: CommandOptions,
  operands: readonly string[],
  context: CommandContext,
): Promise<number> {
  refuseOperands('fetch', operands);
  return fetchInto(given, given.values('--push'), context);
}

/** `peep store push -r FILE oci://…`: the same, where the stores are what it is about. */
export async function storePush(
  given: CommandOptions,
  stores: readonly string[],
  context: CommandContext,
): Promise<number> {
  if (stores.length === 0)
    throw new PeepError('USAGE', 'peep store push needs a repository to write to', {
      hint: 'Name a repository of a registry: `peep store push -r FILE oci://HOST/REPOSITORY`.',
    });
  return fetchInto(given, stores, context);
}

async function fetchInto(
  given: CommandOptions,
  pushTo: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { host, options, output } = context;
  const references = pushTo.map(parseReference);
  const startedAt = host.now();
  const all = given.has('--all');
  // Every archive that is pinned is wanted, whatever Python it is for.
  const request = { ...runRequest(given), ...(all ? { ignoreRequiresPython: true } : {}) };
  if (all && isExplicitTarget(request.target)) {
    throw new PeepError(
      'USAGE',
      '--all selects archives for every target, so it cannot be combined with --for or --platform',
      { hint: 'Leave out the target options, or --all.' },
    );
  }
  const layout = destLayout(given.value('--layout'));
  if (given.has('--layout') && !given.has('--dest')) {
    throw new PeepError('USAGE', '--layout needs --dest', {
      hint: 'Name a directory with --dest DIR.',
    });
  }
  const { targets, interpreter } = all ? noTarget : await findTargets(request.target, context);
  const onlyStores = !request.strict && !given.has('--dest') && !given.has('--sbom');
  const { openRun, inspectAndStore } = await loadRunModules();
  const run = await openRun(request, interpreter?.prefix, context, { onlyStores });
  try {
    const { settings, store, network, schedule, progress } = run;
    const preparer = run.preparer(
      inspectAndStore(
        store,
        { depth: 'structure', strict: request.strict, secondReader: secondReaderOf(context.host) },
        output,
      ),
    );
    const outcomes = all
      ? await collectEvery(settings.requirements.entries, {
          ...{ preparer, network, store, choice: settings.index, abort: schedule.abort },
        })
      : await collectPerTarget(targets, run, preparer, output);
    progress.stop();
    const good = allGood(outcomes);
    if (!good)
      output.report(
        renderFailures(outcomes, { refusal: 'Some requirements did not verify.', style: output.reportStyle }),
      );
    if (request.dryRun) tellUnhashed(outcomes, output);
    if (good && request.dryRun) output.report(renderChosen(outcomes, 'Would fetch'));
    const dest = given.value('--dest');
    if (good && dest !== undefined && !request.dryRun) {
      const { writeDest } = await import('../export/export.js');
      const archives = destArchives(outcomes, store);
      await writeDest(resolve(host.cwd, dest), layout, archives);
      output.note(`wrote ${archives.length === 1 ? '1 archive' : `${archives.length} archives`} to ${dest}`);
    }
    if (good && references.length > 0 && !request.dryRun) {
      const { pushArchives } = await import('../prepare/push-archives.js');
      const { offline, stores } = options;
      const deps = { network, store, schedule, choice: settings.index, stores, offline };
      for (const reference of references) {
        const { pushed, present } = await pushArchives(reference, outcomes, deps);
        const there = present === 0 ? '' : `, ${present} were there`;
        output.note(`pushed ${pushed} archives to ${reference.text}${there}`);
      }
    }
    const exitCode = good ? 0 : 1;
    const target = all ? null : targets.map(({ label }) => label).join(', ');
    const python = interpreter?.target.environment.python_full_version;
    await writeReport(request.report, outcomes, { command: 'fetch', target, python, exitCode }, context);
    await writeSbom(given.value('--sbom'), outcomes, context);
    output.note(summaryLine(outcomes, progress, host.now() - startedAt));
    return exitCode;
  } finally {
    await run.close();
  }
}

const noTarget = { targets: [], interpreter: undefined } as const;

async function collectPerTarget(
  targets: readonly Target[],
  { settings, schedule }: Run,
  preparer: Preparer,
  output: Output,
): Promise<Outcome[]> {
  const deps = { preparer, installed: () => undefined, abort: schedule.abort };
  const collect = (target: Target) => {
    for (const { message, hint } of lockWarnings(settings.requirements, target.environment))
      output.warn(message, hint);
    return collectOutcomes(entriesFor(settings.requirements, target.environment), target, deps);
  };
  return mergeTargets(await Promise.all(targets.map(collect)));
}

function destLayout(text: string | undefined): DestLayout {
  if (text === undefined || text === 'flat' || text === 'simple') return text ?? 'flat';
  throw new PeepError('USAGE', `--layout '${text}' is neither flat nor simple`, {
    hint: 'Use flat for archives side by side, or simple for an index that pip can read.',
  });
}

/** Outcomes of all targets in file order: what is the same for two of them is told once. */
function mergeTargets(perTarget: readonly (readonly Outcome[])[]): Outcome[] {
  const [first = []] = perTarget;
  return first.flatMap((_, i) => {
    const seen = new Set<string>();
    const here = perTarget.flatMap((outcomes) => outcomes[i] ?? []);
    // A pin that one target needs is not skipped.
    const needed = here.filter(({ status }) => status !== 'skipped');
    return (needed.length > 0 ? needed : here.slice(0, 1)).filter((outcome) => {
      const archive = 'archive' in outcome ? outcome.archive?.link.url : undefined;
      const key = JSON.stringify([
        outcome.status,
        archive,
        'error' in outcome ? outcome.error.message : null,
      ]);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  });
}

function destArchives(outcomes: readonly Outcome[], store: Store): DestArchive[] {
  const archives = new Map<string, DestArchive>();
  for (const outcome of outcomes) {
    if (outcome.status !== 'verified' || !outcome.pin.hashed) continue;
    const { link, sha256 } = outcome.archive;
    if (sha256 === undefined) continue;
    archives.set(sha256, {
      filename: link.filename,
      sha256,
      requiresPython: link.requiresPython ?? outcome.inspection?.needs.requiresPython,
      yanked: link.yanked,
      provenance: outcome.provenance?.status === 'verified' ? outcome.provenance.bytes : undefined,
      open: () => openVerified(store, outcome.pin, outcome.archive),
    });
  }
  return [...archives.values()];
}
