import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { type Digest, toPeepDigest } from '../hash/digest.js';
import { hashFile } from '../hash/hash-file.js';
import type { HashAnswer, HashTask } from '../hash/worker.js';
import type { HashedFile } from '../report/findings.js';
import { isPeepError, PeepError } from '../text/errors.js';
import type { CommandOptions } from './command-options.js';
import type { CommandContext, Host } from './host.js';
import { writeFindings } from './write-report.js';

/** Below this, starting threads costs more than they save. */
const threadsPayFrom = 48 << 20;

/** `peep hash ARCHIVE...`: the hash line of each local archive, in the order of the arguments. */
export async function hashCommand(
  paths: readonly string[],
  given: CommandOptions,
  context: CommandContext,
): Promise<number> {
  const { host, output } = context;
  if (paths.length === 0)
    throw new PeepError('USAGE', 'peep hash: name at least one archive', {
      hint: '`peep hash FILE.whl` prints its hash line.',
    });
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const threads = Math.min(availableParallelism(), paths.length);
  const answers =
    threads > 1 && total >= threadsPayFrom
      ? await hashInThreads(paths, sizes, threads, host)
      : await hashInTurn(paths);
  let status = 0;
  for (const answer of answers) {
    if (answer instanceof PeepError) {
      output.error(answer);
      status = 1;
    } else output.report(`# sha256: ${toPeepDigest(answer)}\n`);
  }
  const archives = answers.map((answer, i) => hashedFile(paths[i] ?? '', answer));
  await writeFindings(
    given.value('--report'),
    { command: 'hash', exitCode: status, findings: { archives } },
    context,
  );
  return status;
}

function hashedFile(file: string, answer: Digest | PeepError): HashedFile {
  return answer instanceof PeepError
    ? { file, sha256: null, reason: answer.message }
    : { file, sha256: answer.hex, reason: null };
}

async function hashInTurn(paths: readonly string[]): Promise<(Digest | PeepError)[]> {
  const answers: (Digest | PeepError)[] = [];
  for (const path of paths) answers.push(await hashOrError(path));
  return answers;
}

/** Largest first, each thread taking the next when it is done. */
async function hashInThreads(
  paths: readonly string[],
  sizes: readonly number[],
  threads: number,
  { startWorker }: Pick<Host, 'startWorker'>,
): Promise<(Digest | PeepError)[]> {
  const order = paths.map((_, i) => i).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
  const answers: (Digest | PeepError)[] = [];
  const oneThread = async (): Promise<void> => {
    const worker = startWorker('hash');
    try {
      for (let index = order.shift(); index !== undefined; index = order.shift()) {
        answers[index] = await askWorker(worker, { hash: paths[index] ?? '' });
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: threads }, oneThread));
  return answers;
}

function askWorker(worker: Worker, task: HashTask): Promise<Digest | PeepError> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (answer: HashAnswer) => {
      worker.removeListener('error', reject);
      resolve(
        'hex' in answer
          ? { algorithm: 'sha256', hex: answer.hex }
          : new PeepError('FILE_UNREADABLE', answer.message, { hint: answer.hint }),
      );
    });
    worker.postMessage(task);
  });
}

async function hashOrError(path: string): Promise<Digest | PeepError> {
  try {
    return (await hashFile(path)).sha256;
  } catch (error) {
    if (isPeepError(error)) return error;
    throw error;
  }
}
