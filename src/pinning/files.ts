import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { tempName } from '../files/temp-name.js';
import { editRequirements, type LineEdit } from '../requirements/edit/edit.js';
import { decodeText } from '../requirements/read/decode.js';
import { isPeepError, PeepError, systemReason } from '../text/errors.js';
import { printable, redactText } from '../text/redact.js';

/** A requirements file as it was when its pins were read. */
export interface PinnedFile {
  /** As named in reports. */
  readonly file: string;
  readonly path: string;
  readonly bytes: Buffer;
}

export interface EditedFile extends PinnedFile {
  readonly changed: Uint8Array;
}

/** Reads a file that pins stand in; undefined for one at a URL, which cannot be written. */
export async function readPinnedFile(file: string, cwd: string): Promise<PinnedFile | undefined> {
  if (/^https?:/i.test(file)) return undefined;
  const path = /^file:/i.test(file) ? fileURLToPath(file) : resolve(cwd, file);
  try {
    return { file, path, bytes: await readFile(path) };
  } catch (cause) {
    throw unwritable(file, systemReason(cause), cause);
  }
}

/** The file with all edits, and the edits that cannot be made, each with its reason; they are left out. */
export function editFile(
  pinned: PinnedFile,
  edits: readonly LineEdit[],
): { readonly edited: EditedFile; readonly failed: ReadonlyMap<LineEdit, PeepError> } {
  const attempt = (some: readonly LineEdit[]): Uint8Array | PeepError => {
    try {
      return editRequirements(pinned.bytes, pinned.file, some);
    } catch (error) {
      if (isPeepError(error)) return error;
      throw error;
    }
  };
  const all = attempt(edits);
  if (!(all instanceof PeepError)) return { edited: { ...pinned, changed: all }, failed: new Map() };
  const failed = new Map<LineEdit, PeepError>();
  for (const edit of edits) {
    const alone = attempt([edit]);
    if (alone instanceof PeepError) failed.set(edit, alone);
  }
  const changed = attempt(edits.filter((edit) => !failed.has(edit)));
  if (changed instanceof PeepError) throw changed;
  return { edited: { ...pinned, changed }, failed };
}

/** A unified diff, as `diff -u` prints it; empty when nothing changed. */
export function unifiedDiff({ file, bytes, changed }: EditedFile): string {
  const [before, after] = [decodeText(bytes, file), decodeText(changed, file)];
  if (before === after) return '';
  const shown = printable(file);
  // P7: a password in an index URL may stand beside a change.
  return redactText(
    createTwoFilesPatch(shown, shown, before, after, undefined, undefined, {
      context: 3,
      headerOptions: FILE_HEADERS_ONLY,
    }),
  );
}

/**
 * Writes all files or, when one cannot be written, none: each beside its place first, with the mode it had, then
 * renamed. Throws `REQUIREMENTS_UNWRITABLE`, also for a file that changed since it was read.
 */
export async function writeFiles(files: readonly EditedFile[]): Promise<void> {
  const staged: { readonly temp: string; readonly place: string; readonly file: string }[] = [];
  try {
    for (const edited of files) {
      const { file } = edited;
      try {
        const place = await realpath(edited.path);
        const temp = join(dirname(place), `.${basename(place)}.${tempName()}`);
        staged.push({ temp, place, file });
        await writeTemp(temp, place, edited);
      } catch (cause) {
        throw isPeepError(cause) ? cause : unwritable(file, systemReason(cause), cause);
      }
    }
    for (const { temp, place, file } of staged) {
      await rename(temp, place).catch((cause: unknown) => {
        throw unwritable(file, systemReason(cause), cause);
      });
    }
  } finally {
    for (const { temp } of staged) await rm(temp, { force: true }).catch(() => undefined);
  }
}

async function writeTemp(temp: string, place: string, { file, bytes, changed }: EditedFile): Promise<void> {
  const { mode } = await stat(place);
  const handle = await open(temp, 'wx', mode & 0o777);
  try {
    await handle.chmod(mode & 0o7777);
    await handle.writeFile(changed);
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (!bytes.equals(await readFile(place))) throw unwritable(file, 'it changed since it was read');
}

function unwritable(file: string, why: string, cause?: unknown): PeepError {
  return new PeepError('REQUIREMENTS_UNWRITABLE', `cannot change '${file}': ${why}`, {
    cause,
    hint: 'Nothing was written. Check the file and its directory, and run `peep pin` again.',
  });
}
