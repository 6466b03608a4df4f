import type { InstallArguments } from '../install/arguments.js';
import type { CommandContext } from '../run/host.js';
import { runInstall } from '../run/install-run.js';
import { openSync } from '../run/sync-run.js';

/**
 * `peep sync`: installs what is missing, as `peep install` does, and uninstalls distributions without a pin.
 * Everything is verified before anything changes, and nothing is uninstalled if the install fails.
 */
export function syncCommand(given: InstallArguments, context: CommandContext): Promise<number> {
  const options = {
    ...{ keep: given.values('--keep'), isConfirmed: given.has('--yes'), cwd: context.host.cwd },
  };
  return runInstall(given, context, (installation) => openSync(options, installation));
}
