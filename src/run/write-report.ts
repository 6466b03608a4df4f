import type { Outcome } from '../prepare/outcome.js';
import type { Findings, ReportHead } from '../report/findings.js';
import { type JsonReportContext, jsonReport } from '../report/json.js';
import { jsonText } from '../text/json-text.js';
import { version } from '../text/version.js';
import type { CommandContext } from './host.js';
import { writeOutput } from './write-output.js';

/** Writes the JSON report for `--report`; does nothing without that option. Throws `REPORT_UNWRITABLE`. */
export async function writeReport(
  to: string | undefined,
  outcomes: readonly Outcome[],
  facts: Omit<JsonReportContext, 'peep'>,
  context: CommandContext,
): Promise<void> {
  if (to === undefined) return;
  await writeJson(to, jsonReport(outcomes, { peep: version, ...facts }), context);
}

/** Writes the JSON report of a command without pins: the fields of every report, then those of `findings`. */
export async function writeFindings<C extends keyof Findings>(
  to: string | undefined,
  {
    command,
    exitCode,
    findings,
  }: { readonly command: C; readonly exitCode: number; readonly findings: Findings[C] },
  context: CommandContext,
): Promise<void> {
  if (to === undefined) return;
  const head: ReportHead = { version: 1, peep: version, command, target: null, exit_code: exitCode };
  await writeJson(to, { ...head, ...findings }, context);
}

async function writeJson(to: string, report: ReportHead, context: CommandContext): Promise<void> {
  const text = jsonText(report);
  if (to === '-') return context.output.data(text);
  await writeOutput(to, text, context);
}
