import { dirname, resolve } from 'node:path';
import { isPeepError, PeepError, type SourceLocation, systemReason } from '../../text/errors.js';
import { isPylockName } from '../lock/formats.js';
import type { FileForm } from '../lock/recognise.js';
import { isUrl, shownFile, shownMissing } from './file-names.js';

/**
 * The requests of the reading generator. Paths are absolute; the caller returns the answer with `next`, an error
 * with `throw`.
 */
export type ReadRequest =
  | { readonly kind: 'read'; readonly location: string }
  | { readonly kind: 'exists'; readonly location: string }
  /** Requests a pause, so that other work runs; the answer is empty. */
  | { readonly kind: 'turn' };

/** Limits: far above real files, but low enough to bound time and memory. */
export const ceilings = {
  fileBytes: 10 << 20,
  lines: 500_000,
  lineLength: 1 << 20,
  depth: 50,
  files: 2000,
} as const;

/** The bytes of a file, or an error that names the file. `from` is the line that includes it. */
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
      `'${shownFile(file)}' has ${bytes.length} bytes; the maximum is ${ceilings.fileBytes}`,
      from,
    );
  }
  return bytes;
}

/** The pyproject.toml beside a lock file; read only for local files. */
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
  if (from !== undefined) return 'Check the name; it is relative to the directory of the including file.';
  // As in pip, whose `-r` does not support standard input.
  if (file === '-') return 'peep does not read `-` as standard input; use /dev/stdin where it exists.';
  return 'Check the name; it is relative to the working directory.';
}

export function recursion(file: string, from: SourceLocation | undefined): PeepError {
  return new PeepError(
    'REQUIREMENTS_RECURSION',
    `'${shownFile(file)}' includes itself, directly or through others`,
    { place: from, hint: 'Remove one of the -r lines.' },
  );
}

export function tooLarge(what: string, place: SourceLocation | undefined): PeepError {
  return new PeepError('REQUIREMENTS_TOO_LARGE', `cannot read the requirements: ${what}`, {
    place,
    hint: 'Check that this is a requirements file.',
  });
}
