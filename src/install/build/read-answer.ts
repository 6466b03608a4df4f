import { openRegular, readRegular } from '../../files/regular-file.js';
import { PeepError, systemReason } from '../../text/errors.js';
import { printable, redactText } from '../../text/redact.js';

/** The output of a back end that was asked for its build requirements. */
export interface Answered {
  /** `flask==0.9`, for messages. */
  readonly label: string;
  /** Exit status of the Python process. */
  readonly status: number;
  /** Path of the file with the answer. */
  readonly answer: string;
  /** Path of the file with the printed output. */
  readonly log: string;
}

const maxAnswer = 1 << 20;
const maxNeeds = 1000;
const shownLines = 20;

/** The list of requirements, not yet parsed. Throws `BUILD_BACKEND_FAILED`. */
export async function readAnswer({ label, status, answer, log }: Answered): Promise<readonly string[]> {
  const failed = (why: string, printed = ''): PeepError =>
    new PeepError('BUILD_BACKEND_FAILED', `the back end of ${label} ${why}${printed}`, {
      hint: 'Run again with -v to see its whole output, or pin a wheel instead if there is one.',
    });
  if (status !== 0)
    throw failed(`failed to report its build requirements (status ${status})`, await tailOf(log));
  let value: unknown;
  try {
    value = JSON.parse((await readRegular(answer, { maxBytes: maxAnswer })).toString('utf8'));
  } catch (error) {
    throw failed(`did not report its build requirements: ${systemReason(error)}`, await tailOf(log));
  }
  if (Array.isArray(value) && value.length <= maxNeeds && value.every(isRequirementText)) return value;
  throw failed('did not return a list of build requirements');
}

function isRequirementText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 10_000;
}

/** The last lines of the printed output; it may be empty or missing. */
async function tailOf(path: string): Promise<string> {
  const file = await openRegular(path).catch(() => undefined);
  if (file === undefined) return '';
  const { handle, size } = file;
  try {
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
