import { spawn } from 'node:child_process';
import { passThroughToPip } from '../install/passthrough.js';
import type { Host } from '../run/host.js';
import { locatePython } from '../target/locate.js';

/** `peep ANYTHING ELSE`: pip, untouched; its status is peep's. */
export async function pipCommand(
  argv: readonly string[],
  python: string | undefined,
  host: Host,
): Promise<number> {
  const { env, platform, cwd } = host;
  const path = await locatePython({ explicit: python, env, platform, cwd });
  const end = await passThroughToPip(
    { python: path, argv, env, cwd, terminal: host.isTerminal },
    { spawn, signals: host.signals },
  );
  return end.status;
}
