import { parseSize } from '../config/size.js';
import { PeepError } from '../errors.js';
import { formatSize } from '../report/format.js';
import { listStore, pruneStore, verifyStore } from '../store/maintenance.js';
import { createStore, type Store } from '../store/store.js';
import type { GivenOptions } from './given.js';
import { wholeNumber } from './global-options.js';
import type { CommandContext } from './host.js';

/** `peep store path|list|verify|prune`. */
export async function storeCommand(
  operands: readonly string[],
  given: GivenOptions,
  context: CommandContext,
): Promise<number> {
  const { output, options } = context;
  const [action] = operands;
  let badEntries = 0;
  const store = createStore(options.cacheDir, ({ path, reason }) => {
    badEntries += 1;
    output.warn(`removed a bad entry of the store: '${path}': ${reason}`);
  });
  switch (action) {
    case 'path':
      output.data(`${store.layout.root}\n`);
      return 0;
    case 'list':
      for (const entry of await listStore(store)) {
        output.data(`${entry.sha256}  ${formatSize(entry.size).padStart(9)}  ${entry.filename}\n`);
      }
      return 0;
    case 'verify': {
      const { good, bytes } = await verifyStore(store);
      const bad = badEntries;
      output.report(`${good} good, ${bad} bad and removed, ${formatSize(bytes)} hashed\n`);
      return bad === 0 ? 0 : 1;
    }
    case 'prune':
      return prune(store, given, context);
    default:
      throw new PeepError('USAGE', `peep store: '${action ?? ''}' is none of path, list, verify and prune`, {
        hint: '`peep help store` describes each.',
      });
  }
}

async function prune(store: Store, given: GivenOptions, { host, output }: CommandContext): Promise<number> {
  const [keep, most] = [given.value('--keep-days'), given.value('--max-size')];
  const { removed, tempFiles, bytes } = await pruneStore(store, {
    keepDays: keep === undefined ? undefined : wholeNumber('--keep-days', keep, 0, 0),
    maxSize: most === undefined ? undefined : parseSize(most),
    now: host.now(),
  });
  for (const entry of removed) output.note(`removed ${entry.filename}`, 1);
  output.report(
    `removed ${count(removed.length, 'archive')} (${formatSize(bytes)}) and ${count(tempFiles, 'temporary file')}\n`,
  );
  return 0;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
