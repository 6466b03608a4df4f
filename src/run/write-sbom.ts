import { allGood } from '../prepare/collect.js';
import type { Outcome } from '../prepare/outcome.js';
import { printable } from '../text/redact.js';
import { version } from '../text/version.js';
import type { CommandContext } from './host.js';
import { writeOutput } from './write-output.js';

/**
 * Writes the CycloneDX list of verified archives for `--sbom`. Nothing is written unless everything verified: an
 * incomplete list looks like a complete one. Throws `REPORT_UNWRITABLE`.
 */
export async function writeSbom(
  to: string | undefined,
  outcomes: readonly Outcome[],
  context: CommandContext,
): Promise<void> {
  if (to === undefined) return;
  const { output } = context;
  const gap = !allGood(outcomes)
    ? 'not everything verified'
    : outcomes.some(({ status }) => status === 'chosen')
      ? 'a dry run verifies nothing'
      : undefined;
  if (gap !== undefined) return output.warn(`'${printable(to)}' was not written: ${gap}`);
  const { sbomText } = await import('../export/sbom.js');
  const text = sbomText(outcomes, version);
  if (to === '-') return output.data(text);
  await writeOutput(to, text, context);
}
