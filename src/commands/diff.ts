import picomatch from 'picomatch';
import type { CommandOptions } from '../config/command-options.js';
import { compareTrees, isEqual } from '../diff/compare.js';
import { highlights } from '../diff/highlights.js';
import { diffText } from '../diff/text.js';
import { diffFindings } from '../report/findings.js';
import { wholeNumber } from '../run/global-options.js';
import type { CommandContext } from '../run/host.js';
import { readNamedArchive } from '../run/named-archive.js';
import { openRun } from '../run/open-run.js';
import { printPaged } from '../run/pager.js';
import { runRequest } from '../run/request.js';
import { targetOnce } from '../run/targets.js';
import { writeOutput } from '../run/write-output.js';
import { writeFindings } from '../run/write-report.js';
import { PeepError } from '../text/errors.js';

const defaultContext = 3;

/**
 * `peep diff OLD NEW`: what changed between two archives, so that a new version can be vetted before it is pinned.
 * The archives are read in memory and never stored. Returns 0 when their contents are equal, 1 when not.
 */
export async function diffCommand(
  operands: readonly string[],
  given: CommandOptions,
  context: CommandContext,
): Promise<number> {
  const [old, fresh] = operands;
  if (old === undefined || fresh === undefined || operands.length > 2) {
    throw new PeepError('USAGE', 'peep diff needs two archives', {
      hint: 'Name both: `peep diff OLD NEW`, each a file or name==version.',
    });
  }
  const lines = wholeNumber('--context', given.value('--context'), defaultContext, 0, 1_000_000);
  const request = runRequest(given);
  const run = await openRun(request, undefined, context, { mayBeEmpty: true });
  try {
    const deps = { run, context, target: targetOnce(request.target, context) };
    const [{ tree: before }, { tree: after }] = [
      await readNamedArchive(old, deps),
      await readNamedArchive(fresh, deps),
    ];
    const trees = [before, after] as const;
    run.progress.stop();
    const globs = given.values('--path');
    // As in .gitignore: a pattern without a slash means the name, wherever it is.
    const matchers = globs.map((glob) => picomatch(glob, { dot: true, matchBase: !glob.includes('/') }));
    const matches =
      globs.length === 0 ? undefined : (path: string) => matchers.some((matcher) => matcher(path));
    if (
      matches !== undefined &&
      !trees.some(({ files }) => [...files.keys()].some((path) => matches(path)))
    ) {
      throw new PeepError('USAGE', `no file of either archive matches --path ${globs.join(', ')}`, {
        hint: '`peep diff OLD NEW --name-only` lists the files that differ.',
      });
    }
    const comparison = compareTrees(...trees, matches);
    const detail = given.has('--name-only') ? 'name-only' : given.has('--stat') ? 'stat' : 'full';
    const createStyle = context.output.reportStyle;
    await printPaged(diffText(comparison, { detail, context: lines, createStyle }), context);
    const page = given.value('--html');
    if (page !== undefined) {
      const { diffHtml } = await import('../diff/html.js');
      await writeOutput(page, diffHtml(comparison, lines), context);
    }
    const exitCode = isEqual(comparison) ? 0 : 1;
    const findings = diffFindings(comparison, highlights(comparison));
    await writeFindings(given.value('--report'), { command: 'diff', exitCode, findings }, context);
    return exitCode;
  } finally {
    await run.close();
  }
}
