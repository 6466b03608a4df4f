import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { WheelFile } from '../archive/wheel/files.js';
import type { ProjectName } from '../packaging/types.js';
import type { Difference } from './difference.js';
import { withInstalledFile } from './disk.js';
import type { ExpectedFile } from './expected.js';
import { realPath } from './subject.js';
import { isWrapper } from './wrapper.js';

/** Milliseconds of hashing in a row, before other work gets its turn. */
const maxTurn = 20;

/** What a wheel's files are compared with. */
export interface InstalledWheel {
  readonly project: ProjectName;
  /** Is this path, in the first line of a script, the Python of the environment? */
  isPython(path: string): boolean;
}

/** What became of the files of a wheel. */
export interface ComparedWheel {
  readonly differences: readonly Difference[];
  /** Every path that this wheel has a right to. */
  readonly owned: ReadonlySet<string>;
  /** Paths that hold what this wheel has for them. */
  readonly matched: ReadonlySet<string>;
  /** By place: what is compared byte for byte. */
  readonly contents: ReadonlyMap<string, WheelFile>;
  /** Files that were there. */
  readonly count: number;
  /** Of these, links to the same bytes, as `uv --link-mode symlink` makes them. */
  readonly links: number;
}

/** Compares each file that a verified wheel installs with what lies in its place. Throws `FILE_UNREADABLE`. */
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
  let turn = performance.now();
  for (const each of expected) {
    if (performance.now() - turn > maxTurn) {
      await setImmediate();
      turn = performance.now();
    }
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

/** What lies in a place: a file, or a link to one, whose bytes count then. */
function findFile(place: string) {
  if (withInstalledFile(place, () => true) === true) return { place, content: place, isLink: false };
  const content = realPath(place);
  return content !== place && withInstalledFile(content, () => true) === true
    ? { place, content, isLink: true }
    : undefined;
}

/**
 * The Pythons that scripts of an environment may start: paths that lead to its interpreter, links followed, or to a copy
 * of it. Their text is not compared: one environment has many names.
 */
export function pythonCheck(executable: string): (path: string) => boolean {
  const real = realPath(executable);
  const digest = (path: string) => withInstalledFile(path, (file) => file.digest('sha256'));
  let own: string | undefined;
  const answers = new Map<string, boolean>();
  return (path) => {
    let answer = answers.get(path);
    if (answer === undefined) {
      const place = realPath(path);
      own ??= digest(real);
      answer =
        /^(?:python|pypy)[\d.tw]*(?:\.exe)?$/.test(basename(path)) &&
        (place === real || (own !== undefined && digest(place) === own));
      answers.set(path, answer);
    }
    return answer;
  };
}

/** Why the file at `path` is not what was installed; undefined when it is. */
export async function changeOf(
  path: string,
  proof: ExpectedFile['proof'],
  isPython: (path: string) => boolean,
): Promise<string | undefined> {
  switch (proof.kind) {
    case 'presence':
      return undefined;
    case 'wrapper': {
      const text = withInstalledFile(path, (file) => file.bytes())?.toString() ?? '';
      const { entryPoint } = proof;
      return isWrapper(text, entryPoint, isPython)
        ? undefined
        : `no plain script for ${entryPoint.module}:${entryPoint.object}`;
    }
    case 'script':
      return (await isScript(path, proof.file, isPython)) ? undefined : 'the script is another one';
    case 'content':
      return contentChange(path, proof.file);
  }
}

async function contentChange(path: string, file: WheelFile): Promise<string | undefined> {
  const { listed } = file;
  const seen = withInstalledFile(path, (installed) => {
    if (installed.size !== file.size) return `${installed.size} bytes instead of ${file.size}`;
    return listed !== undefined && installed.digest(listed.algorithm) === listed.base64url
      ? 'same'
      : 'unproven';
  });
  if (seen === 'same') return undefined;
  // RECORD gives no hash, or a wrong one, for this file: what the archive holds decides.
  if (seen === 'unproven') return (await sameBytes(path, file)) ? undefined : 'other bytes';
  return seen ?? 'it went away';
}

async function sameBytes(path: string, file: WheelFile): Promise<boolean> {
  const hash = createHash('sha256');
  for await (const chunk of file.content()) hash.update(chunk);
  return withInstalledFile(path, (installed) => installed.digest('sha256')) === hash.digest('base64url');
}

/** The same script, but for a first line `#!python`, which installers replace (binary distribution format). */
async function isScript(
  path: string,
  file: WheelFile,
  isPython: (path: string) => boolean,
): Promise<boolean> {
  const chunks: Buffer[] = [];
  for await (const chunk of file.content()) chunks.push(chunk);
  const original = Buffer.concat(chunks);
  if (!original.subarray(0, 8).equals(Buffer.from('#!python'))) return sameBytes(path, file);
  const rest = (bytes: Buffer) => bytes.subarray(bytes.indexOf('\n') + 1);
  const restHash = (bytes: Buffer) => createHash('sha256').update(rest(bytes)).digest('hex');
  const installed = withInstalledFile(path, (file) => file.bytes());
  if (installed === undefined) return false;
  const first = installed.subarray(0, installed.indexOf('\n')).toString();
  const named = /^#!"?([^"]+?)"?\r?$/.exec(first)?.[1];
  return named !== undefined && isPython(named) && restHash(installed) === restHash(original);
}

/**
 * PEP 552: does a byte-compiled file run whatever its source says? What it holds cannot be compared with an archive;
 * others are at least bound to the time and size, or the hash, of a source that was compared.
 */
export function isUncheckedCompiled(path: string): boolean {
  const header = withInstalledFile(path, (file) => file.bytes().subarray(0, 16));
  return header === undefined || header.length < 16 || header.readUInt32LE(4) === 1;
}
