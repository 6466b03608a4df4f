import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * A name for something temporary that says who made it, so that a later run can tell whether the writer is
 * gone: host and process namespace, process id, start of that process, and 64 random bits. One path component.
 */
export function tempName(): string {
  ownPrefix ??= `${hostTag()}-${process.pid}-${startOf(process.pid) ?? 'x'}`;
  return `${ownPrefix}-${randomBytes(8).toString('hex')}`;
}

/** Of this process: the same for each of its files. */
let ownPrefix: string | undefined;

/**
 * Is the process that made `name` gone? Undefined when that cannot be told: a name that is not one of
 * `writerName`, or a writer on another host.
 */
export function writerIsGone(name: string): boolean | undefined {
  const match = /^([0-9a-f]{8})-(\d{1,10})-(\d+|x)-[0-9a-f]{16}$/.exec(name);
  if (match === null || match[1] !== hostTag()) return undefined;
  const pid = Number(match[2]);
  if (!isAlive(pid)) return true;
  // A process id is given out again; the start time tells the writer from its successor.
  const start = startOf(pid);
  return match[3] !== 'x' && start !== undefined && start !== match[3];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Containers can share a host's name and its directories, but each counts processes of its own (Linux). */
function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Start of a process in clock ticks since boot (Linux); undefined elsewhere. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command's name stands in parentheses and may hold spaces: count the fields after the last one.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

let cachedHostTag: string | undefined;

function hostTag(): string {
  if (cachedHostTag === undefined) {
    let sum = 0x811c9dc5;
    // FNV-1a: enough to tell hosts apart, and nothing of the host's name reaches a file name.
    for (const byte of Buffer.from(hostname() + processNamespace()))
      sum = Math.imul(sum ^ byte, 0x01000193) >>> 0;
    cachedHostTag = sum.toString(16).padStart(8, '0');
  }
  return cachedHostTag;
}
