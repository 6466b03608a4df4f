import { relative, resolve } from 'node:path';
import { secondReaderOf } from '../archive/second/thread.js';
import type { CommandOptions } from '../config/command-options.js';
import { choosePip } from '../install/choose-pip.js';
import { otherPips } from '../install/other-pips.js';
import type { ProjectName } from '../packaging/types.js';
import { allGood } from '../prepare/collect.js';
import { inspectAndStore } from '../prepare/inspect-and-store.js';
import type { VerifiedOutcome } from '../prepare/outcome.js';
import { jsonReport } from '../report/json.js';
import { renderFailures } from '../report/text.js';
import { renderDifferences, renderFixPlan } from '../report/verify-text.js';
import { entriesFor } from '../requirements/entries-for.js';
import { buildSources } from '../run/build-requirements.js';
import { refuseOverwrites } from '../run/check-overwrites.js';
import { proofPorts } from '../run/compare-installed.js';
import { confirmPlan } from '../run/confirm.js';
import { withDirectoryLock } from '../run/directory-lock.js';
import { handOver } from '../run/hand-over.js';
import type { CommandContext } from '../run/host.js';
import { openRun, type Run } from '../run/open-run.js';
import { refuseOperands } from '../run/operands.js';
import { type RunRequest, runRequest } from '../run/request.js';
import { findInterpreter } from '../run/targets.js';
import { writeFindings } from '../run/write-report.js';
import { writeSbom } from '../run/write-sbom.js';
import type { Interpreter } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import { formatDuration } from '../text/format.js';
import { version } from '../text/version.js';
import { fixEnvironment, planFix } from '../verify/fix-environment.js';
import { installPlace } from '../verify/place.js';
import { type Subject, verifySubject } from '../verify/subject.js';
import { type VerifyResult, verifyEnvironment } from '../verify/verify-environment.js';

/**
 * `peep verify`: hashes each pinned wheel again and compares it with the installed files (contract section 8).
 * Returns 0 when everything matches, 1 when anything differs. `--fix` reinstalls what differs and compares again.
 */
export async function verifyCommand(
  given: CommandOptions,
  operands: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { host, output } = context;
  refuseOperands('verify', operands);
  const startedAt = host.now();
  const request = runRequest(given);
  const fixes = given.has('--fix');
  if (fixes && (given.has('--target') || given.has('--path'))) {
    throw new PeepError(
      'USAGE',
      'peep verify --fix works on the environment of a Python, not on a directory',
      {
        hint: 'Leave out --target and --path, or install into the directory again.',
      },
    );
  }
  // Run no start-up file of the environment: they could falsify the result.
  const interpreter = await findInterpreter(context, { isolated: true });
  const directory = (path: string) => resolve(host.cwd, path);
  const [target] = given.values('--target').slice(-1).map(directory);
  const subject = verifySubject(interpreter, {
    ...{ platform: host.platform, target, paths: given.values('--path').map(directory) },
  });
  const proof = { strict: request.strict, allowEditable: given.has('--allow-editable') };
  const run = await openRun(request, interpreter.prefix, context);
  try {
    const look = async () =>
      verifyEnvironment(
        subject,
        proof,
        proofPorts(
          run,
          await entriesFor(run.settings.requirements, interpreter.target.environment),
          request,
          context,
        ),
      );
    let result = await look();
    run.progress.stop();
    const shown = (path: string) => shownPath(path, subject);
    output.report(reportText(result, shown));
    if (fixes && result.differences.length > 0 && allGood(result.outcomes)) {
      const plan = planFix(result, subject);
      output.report(`\n${renderFixPlan(plan, shown)}`);
      const isEmpty = plan.remove.length === 0 && plan.reinstall.length === 0;
      if (!isEmpty) await confirmPlan(given.has('--yes'), host);
      const mend = () =>
        fixEnvironment(plan, result, subject, {
          preparer: run.preparer(
            inspectAndStore(
              run.store,
              { depth: 'full', strict: request.strict, secondReader: secondReaderOf(host) },
              output,
            ),
          ),
          abort: (reason) => run.schedule.abort(reason),
          removed: (path) => output.note(`removed ${shown(path)}`),
          reinstall: (chosen) => reinstall({ request, interpreter, run, chosen }, context),
        });
      const status = isEmpty ? 0 : await withDirectoryLock(subject.root, context, mend);
      if (status !== 0) return status;
      for (const { pin } of plan.reinstall) output.note(`installed ${pin.requirement} again`);
      result = await look();
      output.report(`\nAfter --fix:\n\n${reportText(result, shown)}`);
    }
    const { outcomes, differences, notes, files } = result;
    const exitCode = allGood(outcomes) && differences.length === 0 ? 0 : 1;
    const { label } = interpreter.target;
    const { requirements } = jsonReport(outcomes, {
      peep: version,
      command: 'verify',
      target: label,
      exitCode,
    });
    const python = interpreter.target.environment.python_full_version;
    const environment = subject.root;
    const findings = { target: label, python, environment, requirements, differences, notes };
    await writeFindings(request.report, { command: 'verify', exitCode, findings }, context);
    await writeSbom(given.value('--sbom'), outcomes, context);
    output.note(`${files} files compared in ${formatDuration(host.now() - startedAt)}`);
    return exitCode;
  } finally {
    await run.close();
  }
}

interface Reinstall {
  readonly request: RunRequest;
  readonly interpreter: Interpreter;
  readonly run: Run;
  readonly chosen: readonly VerifiedOutcome[];
}

async function reinstall(
  { request, interpreter, run, chosen }: Reinstall,
  context: CommandContext,
): Promise<number> {
  const { env, platform, home, signal } = context.host;
  const pip = await choosePip(interpreter, otherPips({ target: interpreter, env, platform, signal }));
  const installer = { kind: 'pip', pip, passThrough: [] } as const;
  const { prefix, target, executable: python } = interpreter;
  const { store } = run;
  const builds = await buildSources(
    { installer, chosen, files: [], run: request, prefix, target, store },
    context,
  );
  if (builds === undefined) return 1;
  try {
    const { wheels } = builds;
    const place = installPlace(interpreter, { env, platform, home, passThrough: [] });
    const check = {
      outcomes: chosen,
      interpreter,
      place,
      wheels,
      upgrades: false,
      leaving: new Set<ProjectName>(),
      installer: 'pip',
    } as const;
    const refused = (await refuseOverwrites(check, store, context)).find((outcome) => 'error' in outcome);
    if (refused !== undefined && 'error' in refused) throw refused.error;
    return await handOver({ request, installer, python, chosen, wheels, reinstall: true }, store, context);
  } finally {
    await builds.close();
  }
}

/** Relative to the environment, if the path lies in it. */
function shownPath(path: string, { root }: Subject): string {
  const short = relative(root, path);
  return short.startsWith('..') ? path : short;
}

function reportText(
  { outcomes, differences, notes, proven }: VerifyResult,
  shown: (path: string) => string,
): string {
  const failures = allGood(outcomes)
    ? ''
    : `${renderFailures(outcomes, { refusal: 'Some files could not be compared.' })}\n`;
  const found = renderDifferences(differences, notes, shown);
  const all = proven.size === 1 ? '1 distribution matches its' : `${proven.size} distributions match their`;
  const result =
    differences.length > 0
      ? `${differences.length === 1 ? '1 difference' : `${differences.length} differences`}.\n`
      : allGood(outcomes)
        ? `${all} pinned ${proven.size === 1 ? 'wheel' : 'wheels'}, and there are no other files.\nByte-compiled files are not compared.\n`
        : '';
  return [failures, found, result].filter((part) => part !== '').join('\n');
}
