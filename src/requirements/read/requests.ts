import { dirname, resolve } from 'node:path';
import { isPeepError, PeepError, type SourceLocation, systemReason } from '../../text/errors.js';
import { type FileForm, isPylockName } from '../lock/recognise.js';
import { isUrl, shownFile, shownMissing } from './file-names.js';

/** What reading needs from outside. Paths are absolute; the answer goes back by `next`, a failure by `throw`. */
export type ReadRequest =
  | { readonly kind: 'read'; readonly location: string }
  | { readonly kind: 'exists'; readonly location: string };

/** Where the ceilings lie: far above what people write, far below what hurts. */
export const ceilings = {
  fileBytes: 10 << 20,
  lines: 500_000,
  lineLength: 1 << 20,
  depth: 50,
  files: 2000,
} as const;

/** The bytes of a file, or an error that says which file. `from` is the line that includes it. */
export function* readBytes(
  file: string,
  location: string,
  constraint: boolean,
  from: SourceLocation | undefined,
): Generator<ReadRequest, Uint8Array, unknown> {
  const kind = constraint ? 'constraints' : 'requirements';
  let bytes: Uint8Array;
  try {
    bytes = (yield { kind: 'read', location }) as Uint8Array;
  } catch (cause) {
    if (isPeepError(cause)) throw cause;
    throw new PeepError(
      'REQUIREMENTS_UNREADABLE',
      `cannot open the ${kind} file '${shownMissing(file)}': ${systemReason(cause)}`,
      { cause, place: from, hint: openHint(file, from) },
    );
  }
  if (bytes.length > ceilings.fileBytes) {
    throw tooLarge(
      `'${shownFile(file)}' has ${bytes.length} bytes, and ${ceilings.fileBytes} are the most`,
      from,
    );
  }
  return bytes;
}

/** The pyproject.toml beside a lock file: only a file of this machine has one that is worth a look. */
export function* readProject(
  form: FileForm,
  location: string,
): Generator<ReadRequest, Uint8Array | undefined, unknown> {
  if (form !== 'toml' || isUrl(location) || isPylockName(location)) return undefined;
  const beside = resolve(dirname(location), 'pyproject.toml');
  if (beside === location || !(yield { kind: 'exists', location: beside })) return undefined;
  try {
    const bytes = (yield { kind: 'read', location: beside }) as Uint8Array;
    return bytes.length > ceilings.fileBytes ? undefined : bytes;
  } catch {
    return undefined;
  }
}

function openHint(file: string, from: SourceLocation | undefined): string {
  if (from !== undefined)
    return 'Check the name; it is taken from the directory of the file that includes it.';
  // As in pip, whose `-r` knows no standard input.
  if (file === '-') return 'A file is read, not standard input; where there is one, /dev/stdin names it.';
  return 'Check the name; it is taken from the working directory.';
}

export function recursion(file: string, from: SourceLocation | undefined): PeepError {
  return new PeepError(
    'REQUIREMENTS_RECURSION',
    `'${shownFile(file)}' includes itself, directly or through others`,
    { place: from, hint: 'Take one of the -r lines out.' },
  );
}

export function tooLarge(what: string, place: SourceLocation | undefined): PeepError {
  return new PeepError('REQUIREMENTS_TOO_LARGE', `cannot read the requirements: ${what}`, {
    place,
    hint: 'Check that this is a requirements file.',
  });
}
