import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { CommandOptions } from '../config/command-options.js';
import { type Digest, formatDigest, sha256Digest, toPeepDigest } from '../hash/digest.js';
import { createHashPool, type HashPool } from '../hash/hash-pool.js';
import type { HashedFile } from '../report/findings.js';
import type { CommandContext } from '../run/host.js';
import { writeFindings } from '../run/write-report.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';

/** `peep hash ARCHIVE...`: prints the hash line of each local archive, in the order of the arguments. */
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
  const pool = createHashPool(() => host.startWorker('hash'), availableParallelism(), host.signal);
  const hashed = paths.map((path, i) => hashOrError(pool, path, sizes[i] ?? 0));
  const answers = await Promise.all(hashed).finally(() => pool.close());
  let status = 0;
  for (const [i, answer] of answers.entries()) {
    if (answer instanceof PeepError) {
      output.error(answer);
      status = 1;
      continue;
    }
    // For several archives, add the name of each as a trailing comment, which contract section 3 allows.
    const remark = paths.length === 1 ? '' : ` # ${printable(basename(paths[i] ?? ''))}`;
    output.report(`# sha256: ${toPeepDigest(answer)}${remark}\n`);
    // With -v, print the digest in hex too: --hash options, index pages and sha256sum use hex.
    output.note(`${printable(paths[i] ?? '')}: ${formatDigest(answer)}`, 1);
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

async function hashOrError(pool: HashPool, path: string, size: number): Promise<Digest | PeepError> {
  try {
    return sha256Digest(await pool.hash(path, size));
  } catch (error) {
    if (isPeepError(error)) return error;
    throw error;
  }
}
