import { resolve } from 'node:path';
import { secondReaderOf } from '../archive/second/thread.js';
import type { CommandOptions } from '../config/command-options.js';
import { type ImportedFile, importDirectory } from '../export/import.js';
import { formatDigest } from '../hash/digest.js';
import { allGood } from '../prepare/collect.js';
import { inspectAndStore } from '../prepare/inspect-and-store.js';
import type { Outcome } from '../prepare/outcome.js';
import { createUse } from '../prepare/use-archive.js';
import { renderFailures } from '../report/text.js';
import { isSelective } from '../requirements/lock/selection.js';
import type { HashedPin, RequirementEntry } from '../requirements/pin.js';
import type { CommandContext } from '../run/host.js';
import { openRun } from '../run/open-run.js';
import { runRequest } from '../run/request.js';
import { requirementFiles } from '../run/requirement-files.js';
import { writeFindings } from '../run/write-report.js';
import { PeepError } from '../text/errors.js';
import { formatSize } from '../text/format.js';
import { printable } from '../text/redact.js';

/** `peep store import DIR`: stores archives that `fetch --dest` wrote on another machine. */
export async function storeImport(
  given: CommandOptions,
  directories: readonly string[],
  context: CommandContext,
): Promise<number> {
  const [shown] = directories;
  if (shown === undefined || directories.length > 1)
    throw new PeepError('USAGE', 'peep store import takes one directory', {
      hint: 'Name a directory that `peep fetch --dest` wrote: `peep store import DIR`.',
    });
  const { host, output } = context;
  const asked = runRequest(given);
  const requirements = await requirementFiles(asked.requirements, host.cwd);
  checkSource(requirements.length > 0, given.has('--trust-sums'), printable(shown));
  // Every archive in the directory is imported, for any platform.
  const lock = { ...asked.lock, everything: !isSelective(asked.lock) };
  const request = { ...asked, requirements, lock };
  const run = await openRun(request, undefined, context, { mayBeEmpty: true });
  try {
    const { store, network, settings, attester, progress } = run;
    const inspect = inspectAndStore(
      store,
      { depth: 'structure', strict: request.strict, secondReader: secondReaderOf(host) },
      output,
    );
    const { imported, leftOut } = await importDirectory(
      {
        ...{ directory: resolve(host.cwd, shown), shown: printable(shown) },
        pins: requirements.length === 0 ? undefined : settings.requirements.written.flatMap(hashedPin),
      },
      {
        ...{ network, attester, log: output },
        use: createUse({ use: inspect }, { ...settings.index, ignoreRequiresPython: true }),
      },
    );
    progress.stop();
    const outcomes = imported.map(({ outcome }) => outcome);
    const good = allGood(outcomes);
    if (!good)
      output.report(
        renderFailures(outcomes, { refusal: 'The others were stored.', style: output.reportStyle }),
      );
    tellLeftOut(leftOut, requirements.length > 0, context);
    const archives = outcomes.flatMap(importedArchive);
    const bytes = archives.reduce((sum, { size }) => sum + size, 0);
    output.report(
      `imported ${archives.length === 1 ? '1 archive' : `${archives.length} archives`} (${formatSize(bytes)}) from ${printable(shown)}\n`,
    );
    const exitCode = good ? 0 : 1;
    const findings = { action: 'import', path: store.layout.root, archives, left_out: leftOut, bytes };
    const failures = { bad: imported.flatMap(failure) };
    await writeFindings(
      request.report,
      { command: 'store', exitCode, findings: { ...findings, ...failures } },
      context,
    );
    return exitCode;
  } finally {
    await run.close();
  }
}

/** P2: `SHA256SUMS` comes with the archives, so it replaces pins only with --trust-sums. */
function checkSource(byPins: boolean, trustSums: boolean, shown: string): void {
  if (byPins !== trustSums) return;
  throw byPins
    ? new PeepError('USAGE', '--trust-sums cannot be used with -r', {
        hint: 'Remove --trust-sums: the digests of -r decide, and the list is not needed.',
      })
    : new PeepError('USAGE', `nothing says which archives of '${shown}' are expected`, {
        hint: 'Name the requirements with -r FILE. If you checked its SHA256SUMS, --trust-sums imports what it lists.',
      });
}

const shownNames = 5;

function tellLeftOut(paths: readonly string[], byPins: boolean, { output }: CommandContext): void {
  if (paths.length === 0) return;
  const more = paths.length > shownNames ? ` and ${paths.length - shownNames} more` : '';
  const what = paths.length === 1 ? '1 archive' : `${paths.length} archives`;
  output.note(
    `left out ${what} that ${byPins ? 'no file pins' : 'SHA256SUMS does not list'}: ${paths.slice(0, shownNames).map(printable).join(', ')}${more}`,
  );
}

function hashedPin(entry: RequirementEntry): HashedPin[] {
  return entry.kind === 'pin' && entry.pin.hashed ? [entry.pin] : [];
}

function importedArchive(outcome: Outcome): { filename: string; sha256: string; size: number }[] {
  if (outcome.status !== 'verified') return [];
  const { link, sha256, size } = outcome.archive;
  return [{ filename: link.filename, sha256: sha256 ?? '', size: size ?? 0 }];
}

function failure({ path, outcome }: ImportedFile): { path: string; reason: string }[] {
  if (outcome.status === 'mismatched') {
    const [{ got }] = outcome.mismatches;
    return [{ path, reason: `no expected digest matches: it hashes to ${formatDigest(got)}` }];
  }
  return 'error' in outcome ? [{ path, reason: outcome.error.message }] : [];
}
