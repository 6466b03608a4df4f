import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Outcome } from '../acquire/outcome.js';
import { PeepError, systemCode } from '../errors.js';
import { jsonReport } from '../report/json.js';
import { version } from '../version.js';
import type { CommandContext } from './host.js';

/** Writes the JSON report where `--report` wants it; nothing without it. Throws `REPORT_UNWRITABLE`. */
export async function writeReport(
  to: string | undefined,
  outcomes: readonly Outcome[],
  facts: { readonly command: string; readonly target: string | null; readonly exitCode: number },
  { host, output }: CommandContext,
): Promise<void> {
  if (to === undefined) return;
  const text = `${JSON.stringify(jsonReport(outcomes, { peep: version, ...facts }), null, 2)}\n`;
  if (to === '-') return output.data(text);
  try {
    await writeFile(resolve(host.cwd, to), text);
  } catch (cause) {
    throw new PeepError(
      'REPORT_UNWRITABLE',
      `cannot write the report to '${to}': ${systemCode(cause) ?? String(cause)}`,
      {
        cause,
        hint: 'Name a file in a folder that you may write to.',
      },
    );
  }
}
