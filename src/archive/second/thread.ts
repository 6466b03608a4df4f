import type { Worker } from 'node:worker_threads';
import type { ByteSource } from '../../hash/spool/spool.js';
import type { Disagreement, Listing, SecondReader } from './listing.js';
import { readAgain } from './read-again.js';

/** A message to the reading thread: an archive to read, or bytes that it requested. */
export type ToReader =
  | { readonly id: number; readonly size: number; readonly listing: Listing }
  | { readonly id: number; readonly request: number; readonly bytes: Uint8Array | undefined };

/** A message from the thread: a request for bytes, or the result for one archive. */
export type FromReader =
  | { readonly id: number; readonly request: number; readonly position: number; readonly length: number }
  | { readonly id: number; readonly found: Disagreement | undefined }
  | { readonly id: number; readonly failed: string };

interface Task {
  readonly source: ByteSource;
  readonly resolve: (found: Disagreement | undefined) => void;
  readonly reject: (error: unknown) => void;
  failure?: { readonly error: unknown };
}

/** Below this number of entries, reading here is cheaper than starting a thread. */
const maxEntriesHere = 500;

/**
 * Runs the second readers in their own thread, which starts when there is enough work. The thread requests the
 * bytes that it needs. It does not keep the process alive, except while an archive is read.
 */
export function threadedReader(startWorker: () => Worker): SecondReader {
  const tasks = new Map<number, Task>();
  let worker: Worker | undefined;
  let lastId = 0;
  let entriesHere = 0;
  const finish = (id: number) => {
    tasks.delete(id);
    if (tasks.size === 0) worker?.unref();
  };
  const start = (): Worker => {
    const started = startWorker();
    started.on('message', (message: FromReader) => {
      const task = tasks.get(message.id);
      if (task === undefined) return;
      if ('request' in message) void answer(started, task, message);
      else {
        finish(message.id);
        if ('found' in message) task.resolve(message.found);
        else task.reject(task.failure?.error ?? new Error(message.failed));
      }
    });
    const end = (error: Error) => {
      worker = undefined;
      for (const task of tasks.values()) task.reject(error);
      tasks.clear();
    };
    started.on('error', end);
    started.on('exit', () => end(new Error('the thread of the second readers stopped')));
    return started;
  };
  return (source, listing) => {
    entriesHere += listing.entries.length;
    if (worker === undefined && entriesHere <= maxEntriesHere) return readAgain(source, listing);
    return new Promise((resolve, reject) => {
      worker ??= start();
      worker.ref();
      lastId += 1;
      tasks.set(lastId, { source, resolve, reject });
      worker.postMessage({ id: lastId, size: source.size, listing } satisfies ToReader);
    });
  };
}

/** Starts threads of the program. */
export interface ThreadStarter {
  startWorker(role: 'second-readers'): Worker;
}

const readers = new WeakMap<ThreadStarter, SecondReader>();

/** The second readers of a run: one thread for all its archives. */
export function secondReaderOf(host: ThreadStarter): SecondReader {
  let reader = readers.get(host);
  if (reader === undefined) {
    reader = threadedReader(() => host.startWorker('second-readers'));
    readers.set(host, reader);
  }
  return reader;
}

async function answer(
  worker: Worker,
  task: Task,
  { id, request, position, length }: Extract<FromReader, { readonly request: number }>,
): Promise<void> {
  try {
    // A copy, because a transferred buffer becomes unusable here.
    const bytes = new Uint8Array(await task.source.read(position, length));
    worker.postMessage({ id, request, bytes } satisfies ToReader, [bytes.buffer]);
  } catch (error) {
    task.failure ??= { error };
    worker.postMessage({ id, request, bytes: undefined } satisfies ToReader);
  }
}
