import { open } from 'node:fs/promises';
import { PeepError, systemReason } from '../../text/errors.js';
import { printable, redactText } from '../../text/redact.js';

/** What a back end left behind that was asked what its build needs. */
export interface Answered {
  /** `flask==0.9`, for messages. */
  readonly label: string;
  /** Exit status of the Python that asked. */
  readonly status: number;
  /** Path of the answer. */
  readonly answer: string;
  /** Path of what was printed. */
  readonly log: string;
}

const maxAnswer = 1 << 20;
const maxNeeds = 1000;
const shownLines = 20;

/** A list of requirements, unread. Throws `BUILD_BACKEND_FAILED`. */
export async function readAnswer({ label, status, answer, log }: Answered): Promise<readonly string[]> {
  const failed = (why: string, printed = ''): PeepError =>
    new PeepError('BUILD_BACKEND_FAILED', `the back end of ${label} ${why}${printed}`, {
      hint: 'Run again with -v to see all that it prints; pin a wheel instead where there is one.',
    });
  if (status !== 0)
    throw failed(`failed when asked what its build needs (status ${status})`, await tailOf(log));
  let value: unknown;
  try {
    value = JSON.parse(await readStart(answer, maxAnswer));
  } catch (error) {
    throw failed(`did not say what its build needs: ${systemReason(error)}`, await tailOf(log));
  }
  if (Array.isArray(value) && value.length <= maxNeeds && value.every(isRequirementText)) return value;
  throw failed('gave something else than a list of requirements when asked what its build needs');
}

function isRequirementText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 10_000;
}

/** A longer file is not an answer. */
async function readStart(path: string, maxBytes: number): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(maxBytes + 1);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    if (bytesRead > maxBytes) throw new Error('its answer is larger than 1 MiB');
    return bytes.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The last lines of what was printed; it is not a reason to fail that there are none. */
async function tailOf(path: string): Promise<string> {
  const handle = await open(path, 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, 16 << 10);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const printed = buffer.toString('utf8', 0, bytesRead).trimEnd();
    if (printed === '') return '';
    const lines = printed.split(/\r?\n/).slice(-shownLines);
    return lines.map((line) => `\n  ${printable(redactText(line))}`).join('');
  } finally {
    await handle.close();
  }
}
