import type { InstallArguments } from '../install/arguments.js';
import type { CommandContext } from '../run/host.js';
import { runInstall } from '../run/install-run.js';

/** `peep install`: verifies everything, then runs pip or uv once with the verified files (contract section 6). */
export function installCommand(given: InstallArguments, context: CommandContext): Promise<number> {
  return runInstall(given, context);
}
