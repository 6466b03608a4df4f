import type { CommandOptions } from '../config/command-options.js';
import { compareTrees } from '../diff/compare.js';
import { diffText } from '../diff/text.js';
import type { ArchiveTree, TreeFile } from '../diff/tree.js';
import { archiveFacts, isRefused } from '../diff/vet.js';
import { vetText } from '../diff/vet-text.js';
import type { CommandContext } from '../run/host.js';
import { readNamedArchive } from '../run/named-archive.js';
import { openRun } from '../run/open-run.js';
import { printPaged } from '../run/pager.js';
import { runRequest } from '../run/request.js';
import { targetOnce } from '../run/targets.js';
import { writeOutput } from '../run/write-output.js';
import { writeFindings } from '../run/write-report.js';
import { PeepError } from '../text/errors.js';
import { formatSize } from '../text/format.js';
import { printable, redactUrl } from '../text/redact.js';

/**
 * `peep vet ARCHIVE [OLDER]`: shows what an archive contains, before its hash is pinned. The archive is read in
 * memory; it is not stored, and none of its code runs. Returns 1 if an install would refuse it.
 */
export async function vetCommand(
  operands: readonly string[],
  given: CommandOptions,
  context: CommandContext,
): Promise<number> {
  const [wanted, older] = operands;
  if (wanted === undefined || operands.length > 2) {
    throw new PeepError(
      'USAGE',
      'peep vet takes one archive, and optionally an older one to compare it with',
      {
        hint: 'peep vet ARCHIVE [OLDER]: files, or name==version.',
      },
    );
  }
  const { output } = context;
  const request = runRequest(given);
  const run = await openRun(request, undefined, context, { mayBeEmpty: true });
  try {
    const deps = { run, context, target: targetOnce(request.target, context) };
    const { tree, link, inspection } = await readNamedArchive(wanted, deps);
    const before = older === undefined ? undefined : await readNamedArchive(older, deps);
    run.progress.stop();
    const facts = archiveFacts(tree, inspection);
    const show = given.value('--show');
    if (show !== undefined) await printPaged([fileText(tree, show)], context);
    else if (given.has('--list')) await printPaged(listing(tree), context);
    else output.report(vetText(facts, link, output.reportStyle));
    if (before !== undefined && show === undefined) {
      output.report('\n');
      const options = { detail: 'stat', context: 0, createStyle: output.reportStyle } as const;
      for await (const text of diffText(compareTrees(before.tree, tree), options)) output.report(text);
    }
    const page = given.value('--html');
    if (page !== undefined) {
      const { vetHtml } = await import('../diff/vet-html.js');
      await writeOutput(page, vetHtml(tree, facts, link), context);
    }
    const exitCode = isRefused(facts) ? 1 : 0;
    const findings = {
      archive: facts,
      uploaded: link.uploadTime ?? null,
      index: link.index === undefined ? null : redactUrl(link.index),
    };
    await writeFindings(given.value('--report'), { command: 'vet', exitCode, findings }, context);
    return exitCode;
  } finally {
    await run.close();
  }
}

function* listing({ files }: ArchiveTree): Generator<string> {
  for (const { name, size, type } of [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1)))
    yield `${(type === 'file' ? formatSize(size) : type).padStart(9)}  ${printable(name)}\n`;
}

function fileText(tree: ArchiveTree, wanted: string): string {
  const file = fileNamed(tree, wanted);
  if (file === undefined) {
    throw new PeepError('USAGE', `'${tree.filename}' has no file '${wanted}'`, {
      hint: '`peep vet ARCHIVE --list` lists its files.',
    });
  }
  if (file.text === undefined) return `not text: ${formatSize(file.size)} sha256:${file.sha256}\n`;
  // Keeps tabs; escapes all other control characters.
  const lines = file.text.split('\n').map((line) => line.split('\t').map(printable).join('\t'));
  return lines.join('\n').replace(/\n?$/, '\n');
}

function fileNamed({ files }: ArchiveTree, wanted: string): TreeFile | undefined {
  return files.get(wanted) ?? [...files.values()].find(({ name }) => name === wanted);
}
