// Whole-process figures: wall time, processor time and peak memory as the operating system counts them.
import { spawnSync } from 'node:child_process';

// Python is here for pip's sake, and can ask for the figures of its children, which Node cannot.
const wrapper = `
import json, resource, subprocess, sys, time
start = time.monotonic()
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
wall = time.monotonic() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"wall": wall, "processor": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024, "status": status}))
`;

/** Runs a command once: seconds, processor seconds of it and its children, peak bytes of the largest process. Throws when it fails. */
export function measure(python, command, env, { timeout = 600_000 } = {}) {
  // What the run before left in the disk's queue is not this one's work.
  if (process.platform !== 'win32') spawnSync('sync');
  const { stdout, stderr, status } = spawnSync(python, ['-c', wrapper, ...command], {
    ...{ encoding: 'utf8', env, maxBuffer: 1 << 26, timeout, killSignal: 'SIGKILL' },
  });
  const figures = status === 0 ? JSON.parse(stdout.trim().split('\n').at(-1)) : { status };
  if (figures.status !== 0)
    throw new Error(`${command.join(' ')} ended with ${figures.status}:\n${stderr.slice(-4000)}`);
  return figures;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
