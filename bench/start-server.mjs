// The server of the benchmarks in a process of its own, so that it takes no time of what is measured.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Serves `directory` with `latency` milliseconds before each answer. */
export async function startServer(directory, latency) {
  const program = fileURLToPath(new URL('server.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, directory, String(latency)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { process: child, url: `http://127.0.0.1:${String(line).trim()}` };
}
