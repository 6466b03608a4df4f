// The server of the benchmarks in a process of its own, so that it takes no time of what is measured.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Serves `directory` with `latency` milliseconds before each answer and, where it is not 0, so many bytes a second in all. */
export async function startServer(directory, { certPath, keyPath }, { latency, bytesPerSecond }) {
  const program = fileURLToPath(new URL('server.mjs', import.meta.url));
  const argv = [program, directory, certPath, keyPath, String(latency), String(bytesPerSecond)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { process: child, url: `https://localhost:${String(line).trim()}` };
}
