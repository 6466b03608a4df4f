import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { explain } from '../compile/explain.js';
import { isProjectFile, optionLines } from '../compile/inputs.js';
import { oneLine } from '../compile/line.js';
import { newOutput, updatedOutput } from '../compile/output.js';
import { checkSamePins } from '../compile/same-pins.js';
import type { Choice } from '../compile/types.js';
import { withVia } from '../compile/via.js';
import type { CommandOptions } from '../config/command-options.js';
import { evaluateMarker } from '../packaging/marker.js';
import { createFile, type EditedFile, unifiedDiff, writeFiles } from '../pinning/files.js';
import { reportsInFileOrder } from '../pinning/plan-all.js';
import { pinTasks } from '../pinning/tasks.js';
import { allGood } from '../prepare/collect.js';
import type { Outcome } from '../prepare/outcome.js';
import { summaryLine } from '../report/summary.js';
import { renderFailures } from '../report/text.js';
import { defaultSelection } from '../requirements/lock/selection.js';
import type { Pin } from '../requirements/pin.js';
import { shownFile } from '../requirements/read/file-names.js';
import { requirementsFiles } from '../requirements/read/read-file.js';
import { type Requirements, readRequirements } from '../requirements/read/read-requirements.js';
import { type CompileRequest, commandLine, compileRequest } from '../run/compile-request.js';
import { askedFor, chooseVersions } from '../run/compile-versions.js';
import type { CommandContext } from '../run/host.js';
import { openRun, type Run } from '../run/open-run.js';
import { pinEdits } from '../run/pin-edits.js';
import { findInterpreter } from '../run/targets.js';
import { writeReport } from '../run/write-report.js';
import { describeFor } from '../target/describe.js';
import type { Target } from '../target/target.js';
import { PeepError, systemCode, systemReason } from '../text/errors.js';
import { printable } from '../text/redact.js';
import { paintedDiff } from '../text/style.js';

/**
 * `peep compile IN -o FILE`: from names to pins. uv or pip chooses versions; peep fetches, hashes and inspects
 * every archive, and writes the pins with the reason for each. FILE changes only if every pin succeeds.
 */
export async function compileCommand(
  given: CommandOptions,
  operands: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { host, output } = context;
  const startedAt = host.now();
  const request = compileRequest(given, operands);
  const interpreter = await findInterpreter(context);
  const described = request.run.target.targets.map(describeFor);
  const own = described.length > 0 ? described : [interpreter.target];
  const targets = request.all ? [] : own;
  const requirements = request.inputs.filter((file) => !isProjectFile(file));
  const run = await openRun(
    // A dry run also downloads archives, because their metadata lists their requirements.
    { ...request.run, requirements, lock: defaultSelection, dryRun: false },
    interpreter.prefix,
    context,
    { mayBeEmpty: true },
  );
  try {
    const asked = await askedFor(request, run, context);
    if (!allGood(asked.refused)) {
      return await finish(
        { request, edited: undefined, reports: asked.refused, targets, startedAt },
        run,
        context,
      );
    }
    const file = request.output ?? 'requirements.txt';
    const path = resolve(host.cwd, file);
    const existing = request.output === undefined ? undefined : await existingFile(file, path);
    const read = (bytes: Uint8Array) => readCompiled(file, path, bytes, run, context);
    const before = existing === undefined ? undefined : await read(existing);
    if (before !== undefined && before.locks.length > 0) {
      throw new PeepError('USAGE', `'${printable(file)}' is a lock file, which peep compile does not write`, {
        hint: 'Name a requirements file with -o.',
      });
    }
    const pinsBefore = pinsOf(before, file);
    const resolution = await chooseVersions(request, { asked, before, own, interpreter }, run, context);
    const choices = resolution.choices.filter((choice) => isWanted(choice, targets));
    const style = request.policies.style ?? pinsBefore[0]?.hashStyle;
    const unhashed =
      existing === undefined
        ? newOutput([oneLine(commandLine(request)), ...(await optionLines(requirements, host))], choices)
        : updatedOutput(existing, file, pinsBefore, choices);
    const compiled = await read(unhashed);
    const limited = {
      ...compiled,
      constraints: [...run.settings.requirements.constraints, ...asked.constraints],
    };
    const tasks = pinTasks(compiled.written, undefined).filter(({ written }) => isIn(written, file));
    const files = new Map([[shownFile(file), { file: shownFile(file), path, bytes: Buffer.from(unhashed) }]]);
    const policies = {
      ...request.policies,
      style,
      requireProvenance: request.policies.requireProvenance || run.project.requireProvenance,
      minAge: request.policies.minAge ?? run.project.minAge,
    };
    const edits = await pinEdits({ tasks, requirements: limited, targets, files }, policies, run, context);
    const found = reportsInFileOrder(edits.tasks, edits.reports, edits.lent, compiled.written, {
      ...{ targets, only: false },
    });
    const { reports, via, unmet } = explain(found, asked.wishes, own, resolution.by);
    for (const need of unmet) output.warn(`${need}, which ${resolution.by} did not choose`);
    const hashed = edits.edited[0]?.changed ?? unhashed;
    const checked = await read(hashed);
    const lines = new Map(
      pinsOf(checked, file).flatMap(({ place, source }) =>
        source.project === undefined ? [] : [[place.line, source.project] as const],
      ),
    );
    const changed = withVia(hashed, file, lines, via);
    checkSamePins(checked, await read(changed), file);
    const edited = { file, path, bytes: existing ?? Buffer.alloc(0), changed, isNew: existing === undefined };
    const ending = { request, edited, reports, targets, startedAt, resolver: resolution.by };
    return await finish(ending, run, context);
  } finally {
    await run.close();
  }
}

function isWanted({ marker }: Choice, targets: readonly Target[]): boolean {
  if (marker === undefined || targets.length === 0) return true;
  return targets.some(({ environment }) => evaluateMarker(marker, environment));
}

async function existingFile(file: string, path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw new PeepError(
      'REQUIREMENTS_UNREADABLE',
      `cannot open '${printable(file)}': ${systemReason(cause)}`,
      {
        cause,
        hint: 'Check the file that -o names, and its permissions.',
      },
    );
  }
}

/** Reads the compiled file before it is rewritten. */
function readCompiled(
  file: string,
  path: string,
  bytes: Uint8Array,
  { settings }: Run,
  { host }: CommandContext,
): Promise<Requirements> {
  const files = requirementsFiles(host);
  const { formatControl } = settings.index;
  return readRequirements(
    { ...files, readFile: async (location) => (location === path ? bytes : files.readFile(location)) },
    { entries: [file], env: host.env, cwd: host.cwd, formatControl },
  );
}

function pinsOf(requirements: Requirements | undefined, file: string): readonly Pin[] {
  const written = requirements?.written ?? [];
  return written.flatMap((entry) => (entry.kind === 'pin' && isIn(entry.pin, file) ? [entry.pin] : []));
}

/** Pins of files that the compiled file includes are not compiled. */
function isIn({ place }: Pin, file: string): boolean {
  return place.file === shownFile(file);
}

interface Ending {
  readonly request: CompileRequest;
  readonly edited: (EditedFile & { readonly isNew: boolean }) | undefined;
  readonly reports: readonly Outcome[];
  readonly targets: readonly Target[];
  readonly startedAt: number;
  readonly resolver?: string;
}

async function finish(
  { request, edited, reports, targets, startedAt, resolver }: Ending,
  { progress }: Run,
  context: CommandContext,
): Promise<number> {
  const { host, output } = context;
  const failures = reports.filter(({ status }) => status !== 'missing');
  const good = allGood(failures) && edited !== undefined;
  output.report(renderFailures(failures, { refusal: 'Nothing was written.', style: output.reportStyle }));
  const diff = edited === undefined ? '' : unifiedDiff(edited);
  const name = printable(request.output ?? '');
  const writes = good && !request.check && !request.run.dryRun;
  if (good && request.output === undefined) output.data(Buffer.from(edited.changed).toString());
  else if (edited?.isNew !== true || !writes) output.report(paintedDiff(diff, output.reportStyle));
  if (writes && request.output !== undefined && diff !== '')
    await (edited.isNew ? createFile(edited) : writeFiles([edited]));
  const exitCode = !good || (request.check && diff !== '') ? 1 : 0;
  const label = targets.length === 0 ? null : targets.map((target) => target.label).join(', ');
  await writeReport(
    request.run.report,
    reports,
    { command: 'compile', target: label, exitCode, resolver },
    context,
  );
  if (request.output === undefined) {
    // The compiled file goes to stdout.
  } else if (!good) output.note(`nothing was written to ${name}`);
  else if (diff === '') output.note('nothing to change');
  else output.note(writes ? `wrote ${name}` : `${name} would change`);
  output.note(summaryLine(reports, progress, host.now() - startedAt, { missing: 'hashed' }));
  return exitCode;
}
