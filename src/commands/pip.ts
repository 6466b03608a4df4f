import { spawn } from 'node:child_process';
import { passThroughToPip } from '../install/passthrough.js';
import type { Host } from '../run/host.js';
import { locatePython } from '../target/locate.js';

/** `peep ANYTHING ELSE`: runs pip unchanged and returns its status. */
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
  if (end.status === 1) await tellMissingPip(path, host);
  return end.status;
}

/** Python itself only says `No module named pip`; this adds a hint. */
async function tellMissingPip(python: string, { env, cwd, stderr }: Host): Promise<void> {
  const { probeInterpreter } = await import('../target/probe.js');
  const probed = await probeInterpreter({ python, env, cwd }).catch(() => undefined);
  if (probed?.pip.kind !== 'absent') return;
  const [{ checkPip }, { isPeepError }, { renderError }] = await Promise.all([
    import('../install/pip-version.js'),
    import('../text/errors.js'),
    import('../report/text.js'),
  ]);
  try {
    checkPip(probed.pip, probed.executable);
  } catch (error) {
    if (!isPeepError(error)) throw error;
    stderr.write(`error: ${renderError(error)}\n`);
  }
}
