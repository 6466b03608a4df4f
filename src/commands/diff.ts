import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import picomatch from 'picomatch';
import { secondReaderOf } from '../archive/second/thread.js';
import type { CommandOptions } from '../config/command-options.js';
import { compareTrees, isEqual } from '../diff/compare.js';
import { highlights } from '../diff/highlights.js';
import { diffText } from '../diff/text.js';
import { type ArchiveTree, readTree } from '../diff/tree.js';
import { canonicalizeName, isProjectName } from '../packaging/name.js';
import { parseRequirement } from '../packaging/requirement.js';
import { parseSpecifiers } from '../packaging/specifier.js';
import type { ProjectName } from '../packaging/types.js';
import { diffFindings } from '../report/findings.js';
import type { RequirementSource } from '../requirements/pin.js';
import { wholeNumber } from '../run/global-options.js';
import type { CommandContext } from '../run/host.js';
import { openRun, type Run } from '../run/open-run.js';
import { runRequest } from '../run/request.js';
import { findInterpreter } from '../run/targets.js';
import { writeFindings } from '../run/write-report.js';
import type { Target } from '../target/target.js';
import { PeepError, systemReason } from '../text/errors.js';

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
    throw new PeepError('USAGE', 'peep diff compares two archives', {
      hint: 'peep diff OLD NEW: files, or name==version.',
    });
  }
  const lines = wholeNumber('--context', given.value('--context'), defaultContext, 0, 1_000_000);
  const run = await openRun(runRequest(given), undefined, context, { mayBeEmpty: true });
  try {
    let found: Promise<Target> | undefined;
    const target = (): Promise<Target> => {
      found ??= findInterpreter(context).then((interpreter) => interpreter.target);
      return found;
    };
    const trees = [
      await readArchive(old, target, run, context),
      await readArchive(fresh, target, run, context),
    ] as const;
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
    for (const text of diffText(comparison, {
      detail,
      context: lines,
      createStyle: context.output.createStyle,
    }))
      context.output.report(text);
    const page = given.value('--html');
    if (page !== undefined) {
      const { diffHtml } = await import('../diff/html.js');
      await writePage(resolve(context.host.cwd, page), diffHtml(comparison, lines));
    }
    const exitCode = isEqual(comparison) ? 0 : 1;
    const findings = diffFindings(comparison, highlights(comparison));
    await writeFindings(given.value('--report'), { command: 'diff', exitCode, findings }, context);
    return exitCode;
  } finally {
    await run.close();
  }
}

/** A file, or `name==version` from the indexes. */
async function readArchive(
  text: string,
  target: () => Promise<Target>,
  run: Run,
  context: CommandContext,
): Promise<ArchiveTree> {
  const source = versionSource(text);
  const isName = isProjectName(text) && !/\.(?:whl|zip|tar|t?gz|bz2|xz)$/i.test(text);
  if (source === undefined && isName && !existsSync(resolve(context.host.cwd, text))) {
    throw new PeepError('USAGE', `'${text}' is no file, and names no version`, {
      hint: `Write it as ${text}==VERSION to compare a release.`,
    });
  }
  return source === undefined
    ? run.network.readLocal(resolve(context.host.cwd, text), (archive) =>
        readTree(archive, secondReaderOf(context.host)),
      )
    : readRelease(text, source, await target(), run);
}

/**
 * An archive of a release. Nobody pinned it; but what is shown must be the bytes whose digest is shown with it: they
 * are hashed first and forgotten, then fetched again and held to that digest.
 */
async function readRelease(
  text: string,
  source: RequirementSource,
  target: Target,
  run: Run,
): Promise<ArchiveTree> {
  let tree: ArchiveTree | undefined;
  const preparer = run.preparer(async (archive) => {
    tree = await readTree(archive);
    return undefined;
  });
  const base = {
    source,
    extras: [],
    marker: undefined,
    requirement: text,
    place: { file: 'the command line', line: 1 },
    pipOptions: [],
    hashStyle: 'peep',
  } as const;
  const found = await preparer.prepare({ ...base, hashed: false }, target);
  const outcome =
    found.status === 'missing'
      ? await preparer.prepare({ ...base, hashed: true, digests: [found.got] }, target)
      : found;
  if (tree !== undefined) return tree;
  if ('error' in outcome) throw outcome.error;
  const why =
    outcome.status === 'mismatched'
      ? 'its archive had other bytes when it was fetched again'
      : `its archive is ${outcome.status}`;
  throw new PeepError('DIFF_UNAVAILABLE', `cannot read '${text}': ${why}`, {
    hint: 'Download the archives and compare the files, or ask another index.',
  });
}

function versionSource(text: string): RequirementSource | undefined {
  if (/[\\/]/.test(text) || !text.includes('==')) return undefined;
  const { name, specifier, onePin } = parseRequirement(text);
  const [clause] = parseSpecifiers(specifier);
  if (!onePin || clause === undefined || clause.version.endsWith('.*')) {
    throw new PeepError('USAGE', `'${text}' names no single version`, {
      hint: 'Write name==version, or the path of an archive.',
    });
  }
  const operator = clause.operator === '===' ? '===' : '==';
  return {
    kind: 'version',
    project: canonicalizeName(name) as ProjectName,
    name,
    operator,
    version: clause.version,
  };
}

async function writePage(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new PeepError('REPORT_UNWRITABLE', `cannot write '${path}': ${systemReason(cause)}`, {
      cause,
      hint: 'Name a file in a directory that you may write to.',
    });
  }
}
