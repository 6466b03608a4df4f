import type { InstallArguments } from '../install/arguments.js';
import type { CommandContext } from '../run/host.js';
import { runInstall } from '../run/install-run.js';

/** `peep install`: verify everything, then one run of pip or uv over verified files (contract section 6). */
export function installCommand(given: InstallArguments, context: CommandContext): Promise<number> {
  return runInstall(given, context);
}
