import type { CommandOptions } from '../config/command-options.js';
import { parseSize } from '../config/size.js';
import { removeLeftovers } from '../install/staging.js';
import type { StoredFile, StoreFindings } from '../report/findings.js';
import { wholeNumber } from '../run/global-options.js';
import type { CommandContext } from '../run/host.js';
import { writeFindings } from '../run/write-report.js';
import { type ListedArchive, listStore, pruneStore, verifyStore } from '../store/maintenance.js';
import { createStore, type Store } from '../store/store.js';
import { PeepError } from '../text/errors.js';
import { formatSize } from '../text/format.js';

/** `peep store path|list|verify|prune|import|push`. */
export async function storeCommand(
  operands: readonly string[],
  given: CommandOptions,
  context: CommandContext,
): Promise<number> {
  const { output, options } = context;
  const [action, ...more] = operands;
  if (action === 'push') {
    const { storePush } = await import('./fetch.js');
    return storePush(given, more, context);
  }
  if (action === 'import') {
    const { storeImport } = await import('./store-import.js');
    return storeImport(given, more, context);
  }
  if (more.length > 0) {
    throw new PeepError('USAGE', `peep store ${action} does not take the argument '${more[0]}'`, {
      hint: '`peep help store` describes each action.',
    });
  }
  const bad: { path: string; reason: string }[] = [];
  const store = createStore(options.cacheDir, (entry) => {
    bad.push(entry);
    output.warn(
      `removed a bad entry of the store: '${entry.path}': ${entry.reason}`,
      'peep fetches it again when needed. Check the disk if this happens often.',
    );
  });
  const findings = await act(action, store, given, context, bad);
  const exitCode = action === 'verify' && bad.length > 0 ? 1 : 0;
  const report = { action, path: store.layout.root, ...findings, bad };
  await writeFindings(given.value('--report'), { command: 'store', exitCode, findings: report }, context);
  return exitCode;
}

type ActionFindings = Omit<StoreFindings, 'action' | 'path' | 'bad'>;

/** Runs an action: prints its result and returns the data for `--report`. */
async function act(
  action: string | undefined,
  store: Store,
  given: CommandOptions,
  context: CommandContext,
  bad: readonly object[],
): Promise<ActionFindings> {
  const { output } = context;
  switch (action) {
    case 'path':
      output.report(`${store.layout.root}\n`);
      return {};
    case 'list': {
      const entries = await listStore(store);
      for (const { sha256, size, filename } of entries)
        output.report(`${sha256}  ${formatSize(size).padStart(9)}  ${filename}\n`);
      return { archives: entries.map(reported) };
    }
    case 'verify': {
      const { good, bytes } = await verifyStore(store);
      output.report(`${good} good, ${bad.length} bad and removed, ${formatSize(bytes)} hashed\n`);
      return { good, bytes };
    }
    case 'prune':
      return prune(store, given, context);
    default:
      throw new PeepError(
        'USAGE',
        action === undefined ? 'peep store needs an action' : `peep store has no action '${action}'`,
        {
          hint: 'Use path, list, verify, prune, import or push; `peep help store` describes each.',
        },
      );
  }
}

async function prune(
  store: Store,
  given: CommandOptions,
  { host, output }: CommandContext,
): Promise<ActionFindings> {
  const [keep, most] = [given.value('--keep-days'), given.value('--max-size')];
  const { removed, tempFiles, provenance, bytes } = await pruneStore(store, {
    keepDays: keep === undefined ? undefined : wholeNumber('--keep-days', keep, 0, 0),
    maxSize: most === undefined ? undefined : parseSize(most, '--max-size'),
    now: host.now(),
  });
  const places = [host.temp, store.layout.temp];
  const removals = await Promise.all(places.map((place) => removeLeftovers(place, host.uid)));
  const leftovers = removals.reduce((sum, count) => sum + count, 0);
  for (const entry of removed) output.note(`removed ${entry.filename}`, 1);
  output.report(
    `removed ${count(removed.length, 'archive')} (${formatSize(bytes)}) and ${count(tempFiles, 'temporary file')}\n`,
  );
  if (provenance > 0)
    output.note(
      `removed the provenance of ${count(provenance, 'archive')} that ${provenance === 1 ? 'is' : 'are'} not stored`,
    );
  if (leftovers > 0) output.note(`removed the leftovers of ${count(leftovers, 'interrupted install')}`);
  return { removed: removed.map(reported), temp_files: tempFiles, bytes };
}

function reported({ filename, sha256, size }: ListedArchive): StoredFile {
  return { filename, sha256, size };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
