import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { WheelFile } from '../archive/wheel/files.js';
import { pythonName } from '../packaging/python-names.js';
import type { ProjectName } from '../packaging/types.js';
import { Turns } from '../text/turns.js';
import type { Difference } from './difference.js';
import { installedDigest, withHashableFile, withInstalledFile } from './disk.js';
import type { ExpectedFile } from './expected.js';
import { realPath } from './subject.js';
import { isWrapper, maxScript } from './wrapper.js';

const isInterpreter = new RegExp(`^${pythonName}[\\d.tw]*(?:\\.exe)?$`);

/** The inputs for comparing the files of a wheel. */
export interface InstalledWheel {
  readonly project: ProjectName;
  /** True if this path, in the first line of a script, is the Python of the environment. */
  isPython(path: string): boolean;
}

/** The result of comparing the files of a wheel. */
export interface ComparedWheel {
  readonly differences: readonly Difference[];
  /** Every path that belongs to this wheel. */
  readonly owned: ReadonlySet<string>;
  /** Paths whose content is that of this wheel. */
  readonly matched: ReadonlySet<string>;
  /** Files that are compared byte for byte, by path. */
  readonly contents: ReadonlyMap<string, WheelFile>;
  /** Number of existing files. */
  readonly count: number;
  /** Number of these files that are links to files with the same bytes, as made by `uv --link-mode symlink`. */
  readonly links: number;
}

/** Compares each file that a verified wheel installs with the file on disk. Throws `FILE_UNREADABLE`. */
export async function compareWheel(
  expected: readonly ExpectedFile[],
  { project, isPython }: InstalledWheel,
): Promise<ComparedWheel> {
  const differences: Difference[] = [];
  const owned = new Set<string>();
  const matched = new Set<string>();
  const contents = new Map<string, WheelFile>();
  let links = 0;
  let count = 0;
  const turns = new Turns();
  for (const each of expected) {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    const found = each.places.map(findFile).find((file) => file !== undefined);
    for (const path of found === undefined ? each.places : [found.place]) owned.add(path);
    if (found === undefined) {
      if (each.optional !== true)
        differences.push({ change: 'missing', project, path: each.places[0], reason: null });
      continue;
    }
    count += 1;
    const { place, content, isLink } = found;
    if (each.proof.kind === 'content') contents.set(place, each.proof.file);
    const reason = await changeOf(content, each.proof, isPython);
    if (reason === undefined) {
      matched.add(place);
      if (isLink) links += 1;
    } else {
      const why = isLink ? `a link to '${content}', ${reason}` : reason;
      differences.push({ change: 'changed', project, path: place, reason: why });
    }
  }
  return { differences, owned, matched, contents, count, links };
}

/** The file at a path; for a link to a file, the bytes of its target. */
function findFile(place: string) {
  if (withInstalledFile(place, () => true) === true) return { place, content: place, isLink: false };
  const content = realPath(place);
  return content !== place && withInstalledFile(content, () => true) === true
    ? { place, content, isLink: true }
    : undefined;
}

/**
 * The Pythons that scripts of an environment may start: paths that lead to its interpreter with links resolved, or
 * to a copy of it. They are not compared as text, because an environment may have several paths.
 */
export function pythonCheck(executable: string): (path: string) => boolean {
  const real = realPath(executable);
  let own: Buffer | undefined;
  // Another file is read only if it has the size of the interpreter, so that a huge file is not read into memory.
  const isCopy = (path: string): boolean => {
    own ??= withInstalledFile(real, (file) => file.bytes(file.size));
    const other = withInstalledFile(path, (file) =>
      file.size === own?.length ? file.bytes(file.size) : undefined,
    );
    return own !== undefined && other !== undefined && own.equals(other);
  };
  const answers = new Map<string, boolean>();
  return (path) => {
    let answer = answers.get(path);
    if (answer === undefined) {
      const place = realPath(path);
      answer = isInterpreter.test(basename(path)) && (place === real || isCopy(place));
      answers.set(path, answer);
    }
    return answer;
  };
}

/** Why the file at `path` differs from the installed one; undefined if it does not. */
export async function changeOf(
  path: string,
  proof: ExpectedFile['proof'],
  isPython: (path: string) => boolean,
): Promise<string | undefined> {
  switch (proof.kind) {
    case 'presence':
      return undefined;
    case 'wrapper': {
      const text =
        withInstalledFile(path, (file) => (file.size > maxScript ? '' : file.bytes(maxScript).toString())) ??
        '';
      const { entryPoint } = proof;
      return isWrapper(text, entryPoint, isPython)
        ? undefined
        : `not the usual script for ${entryPoint.module}:${entryPoint.object}`;
    }
    case 'script':
      return (await isScript(path, proof.file, isPython)) ? undefined : 'a different script';
    case 'content':
      return contentChange(path, proof.file);
  }
}

async function contentChange(path: string, file: WheelFile): Promise<string | undefined> {
  const { listed } = file;
  const seen = await withHashableFile(path, async (installed) => {
    if (installed.size !== file.size) return `${installed.size} bytes instead of ${file.size}`;
    return listed !== undefined && (await installed.digest(listed.algorithm)) === listed.base64url
      ? 'same'
      : 'unproven';
  });
  if (seen === 'same') return undefined;
  // RECORD gives no hash, or a wrong one, for this file: compare with the archive itself.
  if (seen === 'unproven') return (await sameBytes(path, file)) ? undefined : 'other bytes';
  return seen ?? 'it disappeared during the check';
}

async function sameBytes(path: string, file: WheelFile): Promise<boolean> {
  const hash = createHash('sha256');
  for await (const chunk of file.content()) hash.update(chunk);
  return (await installedDigest(path, 'sha256')) === hash.digest('base64url');
}

/** Bytes. Systems start no script with a longer first line. */
const maxFirstLine = 64 << 10;

/**
 * True for the same script with another first line in place of `#!python`, which installers replace (binary
 * distribution format).
 */
async function isScript(
  path: string,
  file: WheelFile,
  isPython: (path: string) => boolean,
): Promise<boolean> {
  const chunks: Buffer[] = [];
  for await (const chunk of file.content()) chunks.push(chunk);
  const original = Buffer.concat(chunks);
  if (!original.subarray(0, 8).equals(Buffer.from('#!python'))) return sameBytes(path, file);
  const rest = original.subarray(original.indexOf('\n') + 1);
  const seen = await withHashableFile(path, (installed) => {
    const head = installed.bytes(maxFirstLine);
    const end = head.indexOf('\n');
    const named = /^#!"?([^"]+?)"?\r?$/.exec(head.subarray(0, Math.max(end, 0)).toString())?.[1];
    if (named === undefined || !isPython(named) || installed.size !== end + 1 + rest.length) return undefined;
    return installed.digest('sha256', end + 1);
  });
  return seen === createHash('sha256').update(rest).digest('base64url');
}

/**
 * PEP 552: true if a byte-compiled file runs without a check of its source. Its content cannot be compared with an
 * archive; other byte-compiled files are bound to the time and size, or the hash, of a source that was compared.
 */
export function isUncheckedCompiled(path: string): boolean {
  const header = withInstalledFile(path, (file) => file.bytes(16));
  return header === undefined || header.length < 16 || header.readUInt32LE(4) === 1;
}
