import { pipConfigFiles } from '../config/config-files.js';
import type { Machine } from '../config/machine.js';
import { readPipConfig } from '../config/pip-config.js';
import {
  type ConfiguredContext,
  type IndexCommandLine,
  type NetworkCommandLine,
  resolveFormatControl,
  resolveIndexSettings,
  resolveNetworkSettings,
} from '../config/resolve.js';
import type { IndexSettings, NetworkSettings } from '../config/settings.js';
import { isSelective, type LockSelection } from '../requirements/lock/selection.js';
import type { TomlThreads } from '../requirements/lock/toml-thread.js';
import { requirementsFiles } from '../requirements/read/read-file.js';
import { type Requirements, readRequirements } from '../requirements/read/read-requirements.js';
import { PeepError } from '../text/errors.js';
import { fetchRequirementsFile } from './requirements-url.js';

export interface SettingsRequest {
  /** Files of `-r` and `-c`. */
  readonly requirements: readonly string[];
  readonly constraints: readonly string[];
  /** The selected parts of lock files; without a selection, the default of the lock file's tool. */
  readonly lock?: LockSelection;
  readonly skipLocal?: boolean;
  readonly index: IndexCommandLine;
  readonly network: NetworkCommandLine & { readonly jobs: number; readonly offline: boolean };
  /** `sys.prefix` of the target, whose pip.conf is read. */
  readonly prefix: string | undefined;
}

/** The requirements and settings of a run, resolved once: files, command line, variables, pip.conf. */
export interface RunSettings {
  readonly requirements: Requirements;
  readonly index: IndexSettings;
  readonly network: NetworkSettings;
}

/** Reads requirements files and pip's configuration. Throws the errors of both. */
export async function readSettings(
  request: SettingsRequest,
  machine: Machine & TomlThreads,
): Promise<RunSettings> {
  const { env, cwd, home, platform, signal } = machine;
  const pipConfig = await readPipConfig({ env, platform, home, prefix: request.prefix }, pipConfigFiles);
  const configured: ConfiguredContext = { env, pipConfig, cwd, home, platform };
  const commandLine = { ...request.network, trustedHosts: request.index.trustedHosts };
  const readUrl = (url: string): Promise<Uint8Array> => {
    // A file at a URL is fetched before any setting in it applies.
    const network = resolveNetworkSettings(commandLine, undefined, configured);
    return fetchRequirementsFile(url, network, { env, home, platform, signal });
  };
  const requirements = await readRequirements(requirementsFiles(machine, readUrl), {
    entries: request.requirements,
    constraints: request.constraints,
    selection: request.lock,
    skipLocal: request.skipLocal,
    env,
    cwd,
    formatControl: resolveFormatControl(request.index, configured),
  });
  if (request.lock !== undefined && isSelective(request.lock) && requirements.locks.length === 0) {
    throw new PeepError(
      'USAGE',
      '--package, --extra, --group and --no-dev name parts of a lock file, but no lock file is given',
      {
        hint: 'Name a lock file with -r, or leave the option out.',
      },
    );
  }
  return {
    requirements,
    index: resolveIndexSettings(request.index, requirements.options, configured),
    network: resolveNetworkSettings(commandLine, requirements.options, configured),
  };
}
