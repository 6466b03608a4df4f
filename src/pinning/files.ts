import * as fileSystem from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { readRegular } from '../files/regular-file.js';
import { tempName } from '../files/temp-name.js';
import { editRequirements, type LineEdit } from '../requirements/edit/edit.js';
import { decodeText } from '../requirements/read/decode.js';
import { isPeepError, PeepError, systemCode, systemReason } from '../text/errors.js';
import { printable, redactText } from '../text/redact.js';

/** A requirements file, as read together with its pins. */
export interface PinnedFile {
  /** Name of the file in reports. */
  readonly file: string;
  readonly path: string;
  readonly bytes: Buffer;
}

export interface EditedFile extends PinnedFile {
  readonly changed: Uint8Array;
}

/** Larger than the maximum size of a requirements file. */
const maxBytes = 64 << 20;

/** Reads a file that contains pins; undefined for a URL, which cannot be written. */
export async function readPinnedFile(file: string, cwd: string): Promise<PinnedFile | undefined> {
  if (/^https?:/i.test(file)) return undefined;
  const path = /^file:/i.test(file) ? fileURLToPath(file) : resolve(cwd, file);
  try {
    return { file, path, bytes: await readRegular(path, { maxBytes }) };
  } catch (cause) {
    throw unwritable(file, systemReason(cause), cause);
  }
}

/** Applies all edits to a file. Edits that cannot be made are returned with the reason. */
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

/** A unified diff in the form of `diff -u`; empty if nothing changed. */
export function unifiedDiff({ file, bytes, changed }: EditedFile): string {
  const [before, after] = [decodeText(bytes, file), decodeText(changed, file)];
  if (before === after) return '';
  const shown = printable(file);
  // P7: a changed line may be next to an index URL with a password.
  return redactText(
    createTwoFilesPatch(shown, shown, before, after, undefined, undefined, {
      context: 3,
      headerOptions: FILE_HEADERS_ONLY,
    }),
  );
}

/** File system operations for writing. */
export type WriteFileSystem = Pick<
  typeof import('node:fs/promises'),
  'open' | 'readFile' | 'realpath' | 'rename' | 'rm' | 'stat'
>;

/**
 * Writes all files, or none if one cannot be written: each to a temporary file beside it, with the same mode, then
 * renamed. Throws `REQUIREMENTS_UNWRITABLE`, also for a file that changed since it was read; the hint names files
 * that are already written and could not be restored.
 */
export async function writeFiles(
  files: readonly EditedFile[],
  fs: WriteFileSystem = fileSystem,
): Promise<void> {
  const staged: { readonly temp: string; readonly place: string; readonly edited: EditedFile }[] = [];
  const written: typeof staged = [];
  let current = '';
  try {
    for (const edited of files) {
      current = edited.file;
      const place = await fs.realpath(edited.path);
      const temp = join(dirname(place), `.${basename(place)}.${tempName()}`);
      staged.push({ temp, place, edited });
      await writeTemp(fs, temp, place, edited.changed);
      if (!edited.bytes.equals(await fs.readFile(place)))
        throw unwritable(edited.file, 'it changed since it was read');
    }
    for (const each of staged) {
      current = each.edited.file;
      await fs.rename(each.temp, each.place);
      written.push(each);
    }
  } catch (cause) {
    const changed = await putBack(fs, written);
    const why = isPeepError(cause) ? 'it changed since it was read' : systemReason(cause);
    throw unwritable(current, why, cause, changed);
  } finally {
    for (const { temp } of staged) await fs.rm(temp, { force: true }).catch(() => undefined);
  }
}

/**
 * Writes a file that did not exist at the start of the run and still does not exist. Throws
 * `REQUIREMENTS_UNWRITABLE`.
 */
export async function createFile({ file, path, changed }: EditedFile): Promise<void> {
  const temp = join(dirname(path), `.${basename(path)}.${tempName()}`);
  try {
    await fileSystem.writeFile(temp, changed, { flag: 'wx' });
    // link() does not replace a file, unlike rename().
    await fileSystem.link(temp, path);
  } catch (cause) {
    const why =
      systemCode(cause) === 'EEXIST' ? 'another program created it during the run' : systemReason(cause);
    throw unwritable(file, why, cause);
  } finally {
    await fileSystem.rm(temp, { force: true }).catch(() => undefined);
  }
}

/** The names of the files that could not be restored. */
async function putBack(
  fs: WriteFileSystem,
  written: readonly { readonly place: string; readonly edited: EditedFile }[],
): Promise<string[]> {
  const changed: string[] = [];
  for (const { place, edited } of written) {
    const temp = join(dirname(place), `.${basename(place)}.${tempName()}`);
    try {
      await writeTemp(fs, temp, place, edited.bytes);
      await fs.rename(temp, place);
    } catch {
      await fs.rm(temp, { force: true }).catch(() => undefined);
      changed.push(edited.file);
    }
  }
  return changed;
}

async function writeTemp(
  fs: WriteFileSystem,
  temp: string,
  place: string,
  content: Uint8Array,
): Promise<void> {
  const { mode } = await fs.stat(place);
  const handle = await fs.open(temp, 'wx', mode & 0o777);
  try {
    await handle.chmod(mode & 0o7777);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unwritable(file: string, why: string, cause?: unknown, changed: readonly string[] = []): PeepError {
  const left =
    changed.length === 0 ? 'Nothing was written.' : `Already changed: ${changed.map(printable).join(', ')}.`;
  return new PeepError('REQUIREMENTS_UNWRITABLE', `cannot change '${file}': ${why}`, {
    cause,
    hint: `${left} Check the file and its directory, and run \`peep pin\` again.`,
  });
}
