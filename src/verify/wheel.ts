import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { WheelFile } from '../archive/wheel/files.js';
import type { ProjectName } from '../packaging/types.js';
import type { Difference } from './difference.js';
import { withInstalledFile } from './disk.js';
import type { ExpectedFile } from './expected.js';
import { isWrapper } from './wrapper.js';

/** Milliseconds of hashing in a row, before other work gets its turn. */
const maxTurn = 20;

/** What a wheel's files are compared with. */
export interface InstalledWheel {
  readonly project: ProjectName;
  /** Directories that Pythons of this environment lie in: scripts may name one of theirs. */
  readonly pythonDirectories: readonly string[];
}

/** What became of the files of a wheel. */
export interface ComparedWheel {
  readonly differences: readonly Difference[];
  /** Every path that this wheel has a right to. */
  readonly owned: ReadonlySet<string>;
  /** Files that were there. */
  readonly count: number;
}

/** Compares each file that a verified wheel installs with what lies in its place. Throws `FILE_UNREADABLE`. */
export async function compareWheel(
  expected: readonly ExpectedFile[],
  { project, pythonDirectories }: InstalledWheel,
): Promise<ComparedWheel> {
  const differences: Difference[] = [];
  const owned = new Set<string>();
  const isPython = (path: string) =>
    pythonDirectories.includes(dirname(path)) && /[/\\](?:python|pypy)[\d.tw]*(?:\.exe)?$/.test(path);
  let count = 0;
  let turn = performance.now();
  for (const each of expected) {
    if (performance.now() - turn > maxTurn) {
      await setImmediate();
      turn = performance.now();
    }
    const place = each.places.find((path) => withInstalledFile(path, () => true) === true);
    for (const path of place === undefined ? each.places : [place]) owned.add(path);
    if (place === undefined) {
      differences.push({ change: 'missing', project, path: each.places[0], reason: null });
      continue;
    }
    count += 1;
    const reason = await changeOf(place, each.proof, isPython);
    if (reason !== undefined) differences.push({ change: 'changed', project, path: place, reason });
  }
  return { differences, owned, count };
}

/** Why the file at `path` is not what was installed; undefined when it is. */
async function changeOf(
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
