import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One way in which bytes went to a regular file. */
export interface TracedWrite {
  readonly pid: number;
  readonly call: string;
  /** Of the file; one without a name left has ` (deleted)` behind it. */
  readonly path: string;
  /** What was written; undefined for calls that do not show it (`sendfile`, `copy_file_range`, shared mappings). */
  readonly bytes: Buffer | undefined;
}

export interface Trace {
  /** For `runPeep`: `{ wrapper: trace.wrapper }`. */
  readonly wrapper: readonly string[];
  /** After the end of the program: everything that it and its children wrote to regular files, in order. */
  writes(): readonly TracedWrite[];
  /** The programs that were started, as their first argument names them. */
  programs(): readonly string[];
}

const calls =
  'write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,splice,mmap,execve,io_uring_setup,io_setup';
/** Longer writes than this would go by unseen: bytes. */
const longest = 1 << 23;

/** Watches a program by strace, writing what it sees to `logFile`; undefined where there is none that works. */
export function trace(logFile: string): Trace | undefined {
  const options = [
    '-f',
    '-qq',
    '-y',
    '-xx',
    '-s',
    String(longest),
    '-e',
    `trace=${calls}`,
    '-e',
    'signal=none',
    // Writes through a ring make no calls that strace sees. Node 22 and newer ask for one, and do without.
    '-e',
    'inject=io_uring_setup:error=ENOSYS',
  ];
  const works = spawnSync('strace', [...options, '-o', '/dev/null', process.execPath, '-e', '0'], {
    stdio: 'ignore',
  });
  if (works.status !== 0) return undefined;
  const lines = () => readFileSync(logFile, 'latin1').split('\n');
  return {
    wrapper: ['strace', ...options, '-o', logFile],
    writes: () => lines().flatMap((line) => readWrite(line) ?? []),
    programs: () => startedPrograms(lines()),
  };
}

/** A call that another process interrupts is told in two lines: what it asks, and later what came of it. */
function startedPrograms(lines: readonly string[]): string[] {
  const asked = new Map<string, string>();
  return lines.flatMap((line) => {
    const [, pid = '', program, end = ''] =
      /^(\d+) +execve\("([^"]*)".*( = 0| <unfinished \.\.\.>)$/.exec(line) ?? [];
    if (program !== undefined && end !== ' = 0') asked.set(pid, program);
    const resumed = /^(\d+) +<\.\.\. execve resumed>.* = 0$/.exec(line)?.[1];
    const started = end === ' = 0' ? program : asked.get(resumed ?? '');
    return started === undefined ? [] : unhexText(started);
  });
}

/** Everything the writes carried, for `Buffer.includes`; hidden ones make it throw. */
export function writtenBytes(writes: readonly TracedWrite[]): Buffer {
  return Buffer.concat(
    writes.map(({ bytes, call, path }) => {
      if (bytes === undefined) throw new Error(`${call} to '${path}' does not show its bytes`);
      return bytes;
    }),
  );
}

function readWrite(line: string): TracedWrite | undefined {
  const [, pid = '', call = '', rest = ''] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
  if (call.startsWith('io_') && !line.includes('(INJECTED)'))
    throw new Error(`${call}: writes may go by unseen`);
  const targets = [...rest.matchAll(/(?:^|, )\d+<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?/g)].map(
    ([, path = '', deleted]) => unhexText(path) + (deleted === undefined ? '' : ' (deleted)'),
  );
  // The file written to is the first one named, save for those two.
  const path = call === 'copy_file_range' || call === 'splice' ? targets.at(1) : targets.at(0);
  if (path === undefined || !isRegular(path) || call === 'execve') return undefined;
  if (call === 'mmap') {
    const writable = rest.includes('PROT_WRITE') && /MAP_SHARED/.test(rest);
    return writable ? { pid: Number(pid), call, path, bytes: undefined } : undefined;
  }
  if (!/write/.test(call)) return { pid: Number(pid), call, path, bytes: undefined };
  if (/"\.\.\./.test(rest)) throw new Error(`${call} to '${path}' is longer than what is looked at`);
  const parts = [...rest.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) => unhex(hex));
  return { pid: Number(pid), call, path, bytes: Buffer.concat(parts) };
}

function isRegular(path: string): boolean {
  return path.startsWith('/') && (path.startsWith('/dev/shm/') || !/^\/(dev|proc|sys)\//.test(path));
}

function unhex(escaped: string): Buffer {
  return Buffer.from(escaped.replaceAll('\\x', ''), 'hex');
}

function unhexText(escaped: string): string {
  return unhex(escaped).toString();
}
