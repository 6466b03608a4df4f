import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * A name for a temporary file that identifies its writer, so that a later run can tell whether the writer is gone:
 * host, process namespace, process id, start time of the process, and 64 random bits. One path component.
 */
export function tempName(): string {
  ownPrefix ??= `${hostTag()}-${process.pid}-${startOf(process.pid) ?? 'x'}`;
  return `${ownPrefix}-${randomBytes(8).toString('hex')}`;
}

/** The part that identifies this process; the same for all its files. */
let ownPrefix: string | undefined;

/**
 * True if the process that made `name` is gone. Undefined if that is unknown: the name is not from `writerName`, or
 * the writer is on another host.
 */
export function writerIsGone(name: string): boolean | undefined {
  const match = /^([0-9a-f]{8})-(\d{1,10})-(\d+|x)-[0-9a-f]{16}$/.exec(name);
  if (match === null || match[1] !== hostTag()) return undefined;
  const pid = Number(match[2]);
  if (!isAlive(pid)) return true;
  // Process ids are reused; the start time distinguishes the writer from a later process.
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

/** Containers can share a host name and directories, but each has its own process ids (Linux). */
function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Start time of a process in clock ticks since boot (Linux); undefined elsewhere. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command name is in parentheses and may contain spaces: count fields after the last one.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

let cachedHostTag: string | undefined;

function hostTag(): string {
  if (cachedHostTag === undefined) {
    let sum = 0x811c9dc5;
    // FNV-1a: distinguishes hosts without putting the host name into a file name.
    for (const byte of Buffer.from(hostname() + processNamespace()))
      sum = Math.imul(sum ^ byte, 0x01000193) >>> 0;
    cachedHostTag = sum.toString(16).padStart(8, '0');
  }
  return cachedHostTag;
}
