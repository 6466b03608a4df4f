import type { Host } from '../run/host.js';
import { version } from '../text/version.js';

/**
 * Prints `peep X` and, if a pip is found, `pip Y from Z (python V)` in pip's own form. Never fails if there is no
 * Python.
 */
export async function versionText(python: string | undefined, host: Host): Promise<string> {
  const own = `peep ${version}\n`;
  const { locatePython } = await import('../target/locate.js');
  const path = await locatePython({
    explicit: python,
    env: host.env,
    platform: host.platform,
    cwd: host.cwd,
  }).catch(() => undefined);
  if (path === undefined) return own;
  const { probeInterpreter } = await import('../target/probe.js');
  const found = await probeInterpreter({ python: path, env: host.env, cwd: host.cwd }).catch(() => undefined);
  if (found?.pip.kind !== 'present') return own;
  const [major, minor] = found.target.pythonVersion;
  return `${own}pip ${found.pip.version} from ${found.pip.location} (python ${major}.${minor})\n`;
}
