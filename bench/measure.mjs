// Whole-process figures: wall time, and peak memory as the operating system counts it.
import { spawnSync } from 'node:child_process';

// Python is here for pip's sake, and can ask for the peak memory of a child, which Node cannot.
const wrapper = `
import json, os, resource, subprocess, sys, time
start = time.monotonic()
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
wall = time.monotonic() - start
print(json.dumps({"wall": wall, "memory": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, "status": status}))
`;

/** Runs a command once. Throws when it fails. */
export function measure(python, command, env) {
  // What the run before left in the disk's queue is not this one's work.
  if (process.platform !== 'win32') spawnSync('sync');
  const { stdout, stderr, status } = spawnSync(python, ['-c', wrapper, ...command], {
    encoding: 'utf8',
    env,
    maxBuffer: 1 << 26,
  });
  const figures = status === 0 ? JSON.parse(stdout.trim().split('\n').at(-1)) : { status };
  if (figures.status !== 0) throw new Error(`${command.join(' ')} ended with ${figures.status}:\n${stderr}`);
  return figures;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
