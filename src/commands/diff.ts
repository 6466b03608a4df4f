import picomatch from 'picomatch';
import type { CommandOptions } from '../config/command-options.js';
import { compareTrees, isEqual } from '../diff/compare.js';
import { highlights } from '../diff/highlights.js';
import { pairArchives } from '../diff/pairs.js';
import { diffText } from '../diff/text.js';
import { type DiffFindings, diffFindings } from '../report/findings.js';
import type { ArchiveLink } from '../resolver/link.js';
import { wholeNumber } from '../run/global-options.js';
import type { CommandContext } from '../run/host.js';
import { namedRelease, readLink, readNamedArchive } from '../run/named-archive.js';
import { openRun } from '../run/open-run.js';
import { printPaged } from '../run/pager.js';
import { runRequest } from '../run/request.js';
import { targetOnce } from '../run/targets.js';
import { writeOutput } from '../run/write-output.js';
import { writeFindings } from '../run/write-report.js';
import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';

const defaultContext = 3;

/**
 * `--all`: compares each archive of two releases with the one for the same platform, holding one pair in memory at
 * a time.
 */
async function diffReleases(
  [old, fresh]: readonly [string, string],
  given: CommandOptions,
  context: CommandContext,
): Promise<number> {
  const single = ['--html', '--for', '--platform'].find((name) => given.has(name));
  if (single !== undefined) {
    throw new PeepError('USAGE', `--all compares several archives, so it cannot be combined with ${single}`, {
      hint: `Leave out --all, or ${single}.`,
    });
  }
  const lines = wholeNumber('--context', given.value('--context'), defaultContext, 0, 1_000_000);
  const { output } = context;
  const request = runRequest(given);
  const run = await openRun(request, undefined, context, { mayBeEmpty: true });
  try {
    const deps = { run, context, target: targetOnce(request.target, context) };
    const [before, after] = [await namedRelease(old, deps), await namedRelease(fresh, deps)];
    const { pairs, onlyOld, onlyNew } = pairArchives(before.links, after.links);
    const comparisons: DiffFindings[] = [];
    let equal = onlyOld.length === 0 && onlyNew.length === 0;
    const text = async function* () {
      for (const [a, b] of pairs) {
        const trees = [
          (await readLink(a, before.source, deps)).tree,
          (await readLink(b, after.source, deps)).tree,
        ] as const;
        const comparison = compareTrees(...trees, pathFilter(given.values('--path')));
        comparisons.push(diffFindings(comparison, await highlights(comparison)));
        equal &&= isEqual(comparison);
        run.progress.stop();
        if (comparisons.length > 1) yield '\n';
        yield* diffText(comparison, {
          ...{ detail: detailOf(given), context: lines, createStyle: output.reportStyle },
        });
      }
      for (const { filename } of onlyOld) yield `\nonly in ${printable(old)}: ${printable(filename)}\n`;
      for (const { filename } of onlyNew) yield `\nonly in ${printable(fresh)}: ${printable(filename)}\n`;
    };
    await printPaged(text(), context);
    const exitCode = equal ? 0 : 1;
    const names = (links: readonly ArchiveLink[]) => links.map(({ filename }) => filename);
    const findings = { comparisons, only_old: names(onlyOld), only_new: names(onlyNew) };
    await writeFindings(given.value('--report'), { command: 'diff', exitCode, findings }, context);
    return exitCode;
  } finally {
    await run.close();
  }
}

function detailOf(given: CommandOptions): 'full' | 'stat' | 'name-only' {
  return given.has('--name-only') ? 'name-only' : given.has('--stat') ? 'stat' : 'full';
}

/** As in .gitignore: a pattern without a slash matches the file name in any directory. */
function pathFilter(globs: readonly string[]): ((path: string) => boolean) | undefined {
  const matchers = globs.map((glob) => picomatch(glob, { dot: true, matchBase: !glob.includes('/') }));
  return globs.length === 0 ? undefined : (path) => matchers.some((matcher) => matcher(path));
}

/**
 * `peep diff OLD NEW`: shows the changes between two archives, to vet a new version before pinning it. Archives are
 * read in memory and never stored. Returns 0 when their contents are equal, 1 when not.
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
  if (given.has('--all')) return diffReleases([old, fresh], given, context);
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
    const matches = pathFilter(globs);
    if (
      matches !== undefined &&
      !trees.some(({ files }) => [...files.keys()].some((path) => matches(path)))
    ) {
      throw new PeepError('USAGE', `no file of either archive matches --path ${globs.join(', ')}`, {
        hint: '`peep diff OLD NEW --name-only` lists the files that differ.',
      });
    }
    const comparison = compareTrees(...trees, matches);
    const detail = detailOf(given);
    const createStyle = context.output.reportStyle;
    await printPaged(diffText(comparison, { detail, context: lines, createStyle }), context);
    const page = given.value('--html');
    if (page !== undefined) {
      const { diffHtml } = await import('../diff/html.js');
      await writeOutput(page, await diffHtml(comparison, lines), context);
    }
    const exitCode = isEqual(comparison) ? 0 : 1;
    const findings = diffFindings(comparison, await highlights(comparison));
    await writeFindings(given.value('--report'), { command: 'diff', exitCode, findings }, context);
    return exitCode;
  } finally {
    await run.close();
  }
}
