import { resolve } from 'node:path';
import { secondReaderOf } from '../archive/second/thread.js';
import type { CommandOptions } from '../config/command-options.js';
import type { DestLayout, DestResult } from '../export/export.js';
import { asSha256, type Sha256 } from '../hash/digest.js';
import { allGood, collectOutcomes } from '../prepare/collect.js';
import { collectEvery } from '../prepare/collect-every.js';
import type { Outcome } from '../prepare/outcome.js';
import type { Preparer } from '../prepare/ports.js';
import type { PushResult } from '../prepare/push-archives.js';
import type { Output } from '../report/output.js';
import { summaryLine, tellUnhashed } from '../report/summary.js';
import { renderChosen, renderFailures } from '../report/text.js';
import { entriesFor, lockWarnings, undecidedEntries } from '../requirements/entries-for.js';
import { withDirectoryLock } from '../run/directory-lock.js';
import type { CommandContext } from '../run/host.js';
import type { Run } from '../run/open-run.js';
import { refuseOperands } from '../run/operands.js';
import { isExplicitTarget, type RunRequest, runRequest } from '../run/request.js';
import { requirementFiles } from '../run/requirement-files.js';
import { storedChosen } from '../run/stored-chosen.js';
import { findTargets, loadRunModules } from '../run/targets.js';
import { writeReport } from '../run/write-report.js';
import { writeSbom } from '../run/write-sbom.js';
import { parseReference } from '../store/oci/reference.js';
import type { Target } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import { redactUrl } from '../text/redact.js';
import { takeBreak } from '../text/turns.js';
import { version } from '../text/version.js';

/** `peep fetch`: verify everything into the store, and to `--dest` and `--push` (contract section 5). */
export async function fetchCommand(
  given: CommandOptions,
  operands: readonly string[],
  context: CommandContext,
): Promise<number> {
  refuseOperands('fetch', operands);
  return fetchInto(given, given.values('--push'), context);
}

/** `peep store push -r FILE oci://…`: verifies everything and writes it to registries. */
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
  // `--all` fetches every pinned archive, for any Python.
  const asked = runRequest(given);
  const request: RunRequest = {
    ...asked,
    requirements: await requirementFiles(asked.requirements, host.cwd),
    ignoreRequiresPython: all || asked.ignoreRequiresPython,
  };
  if (all && isExplicitTarget(request.target)) {
    throw new PeepError(
      'USAGE',
      '--all selects archives for every target, so it cannot be combined with --for or --platform',
      { hint: 'Leave out the target options, or --all.' },
    );
  }
  const layout = destLayout(given.value('--layout'));
  for (const option of ['--layout', '--mirror'])
    if (given.has(option) && !given.has('--dest'))
      throw new PeepError('USAGE', `${option} needs --dest`, { hint: 'Name a directory with --dest DIR.' });
  const { targets, interpreter } = all
    ? noTarget
    : await findTargets(request.target, context, { hasAll: true });
  const onlyStores = !request.strict && !given.has('--dest') && !given.has('--sbom');
  const { openRun, inspectAndStore } = await loadRunModules();
  const run = await openRun(request, interpreter?.prefix, context, { onlyStores });
  try {
    const { settings, store, network, schedule, progress, attester } = run;
    const preparer = run.preparer(
      inspectAndStore(
        store,
        { depth: 'structure', strict: request.strict, secondReader: secondReaderOf(context.host) },
        output,
      ),
    );
    const outcomes = all
      ? await collectEvery((await Promise.all(settings.requirements.perFile.map(undecidedEntries))).flat(), {
          ...{ preparer, network, store, choice: settings.index, abort: schedule.abort, log: output },
        })
      : await collectPerTarget(targets, run, preparer, output);
    progress.stop();
    const good = allGood(outcomes);
    if (!good)
      output.report(
        renderFailures(outcomes, { refusal: 'Some requirements did not verify.', style: output.reportStyle }),
      );
    if (request.dryRun) tellUnhashed(outcomes, output);
    if (good && request.dryRun)
      output.report(renderChosen(outcomes, 'Would fetch', await storedChosen(outcomes, store)));
    const labels = all ? null : targets.map(({ label }) => label);
    const dest = given.value('--dest');
    if (good && dest !== undefined && !request.dryRun) {
      const [{ writeDest }, { destArchives }] = await Promise.all([
        import('../export/export.js'),
        import('../export/dest-archives.js'),
      ]);
      const directory = resolve(host.cwd, dest);
      const written = await withDirectoryLock(directory, context, () =>
        writeDest(directory, destArchives(outcomes, store), {
          ...{ layout, mirror: given.has('--mirror'), passedOver: passedOver(outcomes), hide: host.hide },
          run: {
            ...{ peep: version, written_at: new Date(host.now()).toISOString(), targets: labels },
            ...{ requirements: filesOf(request), indexes: placesOf(run) },
          },
        }),
      );
      tellDest(dest, written, output);
    }
    if (good && references.length > 0 && !request.dryRun) {
      const { pushArchives } = await import('../prepare/push-archives.js');
      const { offline, stores } = options;
      const deps = { network, store, attester, schedule, choice: settings.index, stores, offline };
      for (const reference of references) {
        tellPush(reference.text, await pushArchives(reference, outcomes, deps), output);
      }
    }
    const exitCode = good ? 0 : 1;
    const target = labels?.join(', ') ?? null;
    const python = interpreter?.target.environment.python_full_version;
    await writeReport(request.report, outcomes, { command: 'fetch', target, python, exitCode }, context);
    await writeSbom(given.value('--sbom'), outcomes, context);
    output.note(summaryLine(outcomes, progress, host.now() - startedAt));
    return exitCode;
  } finally {
    await run.close();
  }
}

/** Digests of pins that apply, and that were not fetched because an index says that no installer takes their files. */
function passedOver(outcomes: readonly Outcome[]): Set<Sha256> {
  const digests = outcomes.flatMap((outcome) => {
    const isPassedOver = outcome.status === 'skipped' && 'pin' in outcome && outcome.reason !== undefined;
    return isPassedOver && outcome.pin.hashed ? outcome.pin.digests : [];
  });
  return new Set(digests.flatMap((digest) => asSha256(digest) ?? []));
}

const noTarget = { targets: [], interpreter: undefined } as const;

async function collectPerTarget(
  targets: readonly Target[],
  { settings, schedule }: Run,
  preparer: Preparer,
  output: Output,
): Promise<Outcome[]> {
  const deps = { preparer, installed: () => undefined, abort: schedule.abort };
  const collect = async (target: Target) => {
    for (const { message, hint } of lockWarnings(settings.requirements, target.environment))
      output.warn(message, hint);
    // Nothing is installed, so different files may pin different versions (a mirror for many projects).
    await takeBreak();
    const perFile = await Promise.all(
      settings.requirements.perFile.map((file) => entriesFor(file, target.environment)),
    );
    const entries = perFile.flat();
    await takeBreak();
    return collectOutcomes(entries, target, deps);
  };
  return mergeTargets(await Promise.all(targets.map(collect)));
}

function destLayout(text: string | undefined): DestLayout {
  if (text === undefined || text === 'flat' || text === 'simple') return text ?? 'flat';
  throw new PeepError('USAGE', `--layout '${text}' is neither flat nor simple`, {
    hint: 'Use flat for archives side by side, or simple for an index that pip can read.',
  });
}

/** Outcomes of all targets in file order; an outcome that is equal for two targets is reported once. */
function mergeTargets(perTarget: readonly (readonly Outcome[])[]): Outcome[] {
  const [first = []] = perTarget;
  return first.flatMap((_, i) => {
    const seen = new Set<string>();
    const here = perTarget.flatMap((outcomes) => outcomes[i] ?? []);
    // A pin that any target needs is not reported as skipped.
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

/** The files of `-r` as the user named them; a URL without user info and query. */
function filesOf({ requirements }: RunRequest): string[] {
  return requirements.map((file) => (/^https?:/i.test(file) ? redactUrl(file) : file));
}

function placesOf({ settings: { index } }: Run): string[] {
  const bound = (index.bindings ?? []).map(({ url }) => url);
  return [...new Set([...index.indexUrls, ...index.findLinks, ...bound].map(redactUrl))];
}

function tellDest(dest: string, { written, present, removed }: DestResult, output: Output): void {
  for (const path of removed) output.note(`removed ${path} from ${dest}: no file of this run pins it`);
  const there = present === 0 ? '' : `, ${present} ${present === 1 ? 'was' : 'were'} already there`;
  output.note(`wrote ${written === 1 ? '1 archive' : `${written} archives`} to ${dest}${there}`);
}

function tellPush(store: string, { pushed, present, attested }: PushResult, output: Output): void {
  const there = present === 0 ? '' : `, ${present} were already there`;
  const proofs = attested === 0 ? '' : `; pushed the provenance of ${attested}`;
  output.note(`pushed ${pushed} archives to ${store}${there}${proofs}`);
}
