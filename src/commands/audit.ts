import { relative } from 'node:path';
import { allGood } from '../prepare/collect.js';
import { jsonReport } from '../report/json.js';
import { renderFailures } from '../report/text.js';
import type { Interpreter } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import { formatDuration } from '../text/format.js';
import { version } from '../text/version.js';
import { renderAudit } from '../verify/text.js';
import { type Audit, auditEnvironment } from './audit-environment.js';
import { fixEnvironment } from './audit-fix.js';
import type { CommandOptions } from './command-options.js';
import type { CommandContext } from './host.js';
import { openRun } from './open-run.js';
import { runRequest } from './request.js';
import { findInterpreter } from './target.js';
import { writeFindings } from './write-report.js';

/**
 * `peep audit`: each pinned wheel, hashed again, against what lies in the environment (contract section 8). Returns 0
 * when all is as pinned, 1 when anything differs. `--fix` installs what differs again, and looks once more.
 */
export async function auditCommand(
  given: CommandOptions,
  operands: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { host, output } = context;
  if (operands.length > 0) {
    throw new PeepError('USAGE', `peep audit takes no '${operands[0]}'`, {
      hint: 'Requirements files are named with -r FILE.',
    });
  }
  const startedAt = host.now();
  const request = runRequest(given);
  const interpreter = await findInterpreter(context);
  const run = await openRun(request, interpreter.prefix, context);
  try {
    const look = () => auditEnvironment(run, interpreter, request.strict, context);
    let audit = await look();
    run.progress.stop();
    output.report(reportText(audit, interpreter));
    if (given.has('--fix') && audit.differences.length > 0 && allGood(audit.outcomes)) {
      const status = await fixEnvironment(audit, { request, interpreter, run }, context);
      if (status !== 0) return status;
      audit = await look();
      output.report(`\nAfter --fix:\n\n${reportText(audit, interpreter)}`);
    }
    const { outcomes, differences, notes, files } = audit;
    const exitCode = allGood(outcomes) && differences.length === 0 ? 0 : 1;
    const { label } = interpreter.target;
    const { requirements } = jsonReport(outcomes, {
      peep: version,
      command: 'audit',
      target: label,
      exitCode,
    });
    const findings = { target: label, requirements, differences, notes };
    await writeFindings(request.report, { command: 'audit', exitCode, findings }, context);
    output.note(`${files} files compared in ${formatDuration(host.now() - startedAt)}`);
    return exitCode;
  } finally {
    await run.close();
  }
}

function reportText({ outcomes, differences, notes, proven }: Audit, { prefix }: Interpreter): string {
  const failures = allGood(outcomes)
    ? ''
    : `${renderFailures(outcomes, { refusal: 'Not everything could be compared.' })}\n`;
  const shown = (path: string) => {
    const short = relative(prefix, path);
    return short.startsWith('..') ? path : short;
  };
  const found = renderAudit(differences, notes, shown);
  const all = proven === 1 ? '1 distribution is' : `${proven} distributions are`;
  const result =
    differences.length > 0
      ? `${differences.length === 1 ? '1 difference' : `${differences.length} differences`}.\n`
      : allGood(outcomes)
        ? `${all} what the pinned wheels hold, and nothing else is there.\nByte-compiled files are not compared.\n`
        : '';
  return [failures, found, result].filter((part) => part !== '').join('\n');
}
