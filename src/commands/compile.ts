import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { explain } from '../compile/explain.js';
import { isProjectFile, optionLines, readProjectWishes } from '../compile/inputs.js';
import { newOutput, updatedOutput } from '../compile/output.js';
import { preferredPins } from '../compile/preferences.js';
import { openResolver } from '../compile/resolve.js';
import type { Choice, Question } from '../compile/types.js';
import { withVia } from '../compile/via.js';
import { limitsOf, wishesOf } from '../compile/wishes.js';
import type { CommandOptions } from '../config/command-options.js';
import { parseSpan } from '../config/size.js';
import { evaluateMarker } from '../packaging/marker.js';
import { canonicalizeName, parseProjectName } from '../packaging/name.js';
import { createFile, type EditedFile, unifiedDiff, writeFiles } from '../pinning/files.js';
import { reportsInFileOrder } from '../pinning/plan-all.js';
import { pinTasks } from '../pinning/tasks.js';
import { readUpgrade, type UpgradeWish } from '../pinning/upgrades.js';
import { allGood } from '../prepare/collect.js';
import type { Outcome } from '../prepare/outcome.js';
import { summaryLine } from '../report/summary.js';
import { renderFailures } from '../report/text.js';
import { defaultSelection } from '../requirements/lock/selection.js';
import type { Pin } from '../requirements/pin.js';
import { shownFile } from '../requirements/read/file-names.js';
import { requirementsFiles } from '../requirements/read/read-file.js';
import { type Requirements, readRequirements } from '../requirements/read/read-requirements.js';
import type { CommandContext } from '../run/host.js';
import { openRun, type Run } from '../run/open-run.js';
import { type PinPolicies, pinEdits } from '../run/pin-edits.js';
import { type RunRequest, runRequest } from '../run/request.js';
import { findInterpreter } from '../run/targets.js';
import { writeReport } from '../run/write-report.js';
import { describeFor } from '../target/describe.js';
import type { Interpreter, Target } from '../target/target.js';
import { PeepError, systemCode, systemReason } from '../text/errors.js';
import { printable } from '../text/redact.js';
import { paintedDiff } from '../text/style.js';

interface CompileRequest {
  readonly run: RunRequest;
  readonly inputs: readonly string[];
  /** `-o`; undefined for stdout. */
  readonly output: string | undefined;
  readonly all: boolean;
  readonly check: boolean;
  readonly upgradeAll: boolean;
  readonly upgrades: readonly UpgradeWish[];
  readonly resolver: 'uv' | 'pip' | undefined;
  readonly allowBuilds: boolean;
  readonly policies: PinPolicies;
}

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
    { ...request.run, requirements, lock: defaultSelection },
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
    const resolution = await choose(request, { asked, before, own, interpreter }, run, context);
    const choices = resolution.choices.filter((choice) => isWanted(choice, targets));
    const style = request.policies.style ?? pinsBefore[0]?.hashStyle;
    const unhashed =
      existing === undefined
        ? newOutput([commandLine(request), ...(await optionLines(requirements, host))], choices)
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
    const lines = new Map(
      pinsOf(await read(hashed), file).flatMap(({ place, source }) =>
        source.project === undefined ? [] : [[place.line, source.project] as const],
      ),
    );
    const changed = withVia(hashed, file, lines, via);
    const edited = { file, path, bytes: existing ?? Buffer.alloc(0), changed, isNew: existing === undefined };
    const ending = { request, edited, reports, targets, startedAt, resolver: resolution.by };
    return await finish(ending, run, context);
  } finally {
    await run.close();
  }
}

function compileRequest(given: CommandOptions, operands: readonly string[]): CompileRequest {
  const run = runRequest(given);
  const output = given.value('--output-file');
  const style = given.value('--style');
  const resolver = given.value('--resolver');
  const minAge = given.value('--min-age');
  const usage = (message: string, hint: string) => new PeepError('USAGE', message, { hint });
  if (operands.length === 0)
    throw usage(
      'peep compile: name at least one input file',
      'peep compile requirements.in -o requirements.txt',
    );
  if (style !== undefined && style !== 'peep' && style !== 'pip')
    throw usage(
      `--style '${style}' is neither peep nor pip`,
      'Use peep for comments above the line, or pip for --hash options.',
    );
  if (resolver !== undefined && resolver !== 'uv' && resolver !== 'pip')
    throw usage(
      `--resolver '${resolver}' is neither uv nor pip`,
      'Without the option, peep uses uv if it is on PATH.',
    );
  if (given.has('--all') && run.target.targets.length > 0)
    throw usage('--all is for every platform, so it cannot be combined with --for', 'Leave one of them out.');
  if (output !== undefined && operands.includes(output))
    throw usage(`'${output}' is both input and output`, 'Name another file with -o.');
  if (output === undefined && (run.report === '-' || given.has('--check')))
    throw usage('--check and --report - need a file to compile to', 'Name it with -o FILE.');
  return {
    ...{ run, inputs: operands, output, resolver },
    all: given.has('--all'),
    check: given.has('--check'),
    upgradeAll: given.has('--upgrade'),
    upgrades: given.values('--upgrade-package').map(readUpgrade),
    allowBuilds: given.has('--allow-builds'),
    policies: {
      ...{ style, strict: run.strict, recordAll: false, requireProvenance: run.provenance.required },
      acceptedPublishers: new Set(given.values('--accept-publisher').map(canonicalizeName)),
      acceptedStatuses: new Set(given.values('--accept-status').map(canonicalizeName)),
      minAge: minAge === undefined ? undefined : parseSpan(minAge),
    },
  };
}

/** All requirements of the inputs, and the lines that a resolver cannot handle. */
async function askedFor(
  { inputs, run: { lock } }: CompileRequest,
  { settings }: Run,
  { host }: CommandContext,
) {
  const { written, locks } = settings.requirements;
  const [lockFile] = locks;
  if (lockFile !== undefined) {
    throw new PeepError(
      'COMPILE_INPUT',
      'a lock file already pins versions, so there is nothing to compile',
      {
        place: lockFile.lock.place,
        hint: 'Install from it with `peep install -r`, or name a requirements.in.',
      },
    );
  }
  const ofFiles = wishesOf(written);
  const projects = inputs.filter(isProjectFile);
  if (projects.length === 0 && (lock.extras.length > 0 || lock.groups.length > 0)) {
    throw new PeepError(
      'USAGE',
      '--extra and --group name parts of a pyproject.toml, but no pyproject.toml is given',
      {
        hint: 'Name the pyproject.toml among the inputs.',
      },
    );
  }
  const ofProjects = await Promise.all(projects.map((file) => readProjectWishes(file, host.cwd, lock)));
  return {
    wishes: [...ofFiles.wishes, ...ofProjects.flat()],
    constraints: ofFiles.constraints,
    refused: ofFiles.refused.map((line): Outcome => ({ status: line.status, line })),
  };
}

interface Known {
  readonly asked: Awaited<ReturnType<typeof askedFor>>;
  readonly before: Requirements | undefined;
  /** The targets for evaluating markers, also with `--all`. */
  readonly own: readonly Target[];
  readonly interpreter: Interpreter;
}

/** Runs a resolver. Its messages are shown as its own. */
async function choose(
  { run: { target }, upgradeAll, upgrades, resolver: wanted, all, allowBuilds, policies }: CompileRequest,
  { asked, before, own, interpreter }: Known,
  { settings, project }: Run,
  { host, output }: CommandContext,
): Promise<{ readonly by: string; readonly choices: readonly Choice[] }> {
  if (asked.wishes.length === 0) return { by: 'nobody', choices: [] };
  const { index, network, requirements } = settings;
  const { env, platform, temp, uid, signal, hide = (text: string) => text } = host;
  const deps = { interpreter, index, network, env, platform, temp, uid, signal, spawn, hide };
  const resolver = await openResolver(wanted, deps);
  const by = `${resolver.name} ${resolver.version}`;
  const minAge = policies.minAge ?? project.minAge;
  const named = upgrades.flatMap(({ project, version }) =>
    project === undefined || version === undefined
      ? []
      : [{ project: parseProjectName(project), specifier: `==${version}`, marker: undefined }],
  );
  const limits = [...limitsOf(requirements.constraints), ...named];
  const everywhere = target.targets.length > 0 || (all && resolver.name === 'uv');
  const oldest = own
    .map(({ pythonVersion }) => pythonVersion)
    .toSorted(([a, b], [c, d]) => a - c || b - d)[0];
  const kept = { all: upgradeAll, projects: new Set(upgrades.flatMap(({ project }) => project ?? [])) };
  const question: Question = {
    ...{ wishes: asked.wishes, limits, allowBuilds },
    preferred: preferredPins(before?.written ?? [], asked.wishes, limits, kept),
    universal: everywhere && oldest !== undefined ? [oldest[0], oldest[1]] : undefined,
    uploadedBefore: minAge === undefined ? undefined : new Date(host.now() - minAge * 1000).toISOString(),
  };
  output.note(`asking ${by} for versions`);
  const { choices, kept: stayed } = await resolver.resolve(question);
  if (!stayed) output.note(`not every pin could stay, so ${by} chose all versions again`);
  output.note(`${choices.length === 1 ? '1 version' : `${choices.length} versions`} chosen by ${by}`);
  const urls = new Map(
    asked.wishes.flatMap(({ project, url }) => (url === undefined ? [] : [[project, url]])),
  );
  return {
    by,
    // An archive URL of an input is written as in the input.
    choices: choices.map((choice) => {
      const url = urls.get(choice.project);
      return url === undefined ? choice : { ...choice, url, version: undefined };
    }),
  };
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
  { host: { env, cwd } }: CommandContext,
): Promise<Requirements> {
  const files = requirementsFiles();
  const { formatControl } = settings.index;
  return readRequirements(
    { ...files, readFile: async (location) => (location === path ? bytes : files.readFile(location)) },
    { entries: [file], env, cwd, formatControl },
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

/** The first line of a new file: the command that made it, without secrets and parts that change from run to run. */
function commandLine({ inputs, output, all, run: { target, lock } }: CompileRequest): string {
  const words = [
    ...inputs,
    ...lock.extras.map((extra) => `--extra ${extra}`),
    ...(lock.allExtras ? ['--all-extras'] : []),
    ...lock.groups.map((group) => `--group ${group}`),
    ...(lock.allGroups ? ['--all-groups'] : []),
    ...(all ? ['--all'] : []),
    ...target.targets.map((each) => `--for ${each}`),
    ...(output === undefined ? [] : [`-o ${output}`]),
  ];
  return printable(`# peep compile ${words.join(' ')}`);
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
