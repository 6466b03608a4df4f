import type { CommandOptions } from '../config/command-options.js';
import type { IndexCommandLine, NetworkCommandLine } from '../config/resolve.js';
import { isSelective, type LockSelection } from '../requirements/lock/selection.js';

/** The description of a target other than the interpreter (contract section 4). */
export interface TargetRequest {
  /** `--for PYTHON:PLATFORM`, repeated. */
  readonly targets: readonly string[];
  readonly pythonVersion: string | undefined;
  readonly implementation: string | undefined;
  readonly abis: readonly string[];
  readonly platforms: readonly string[];
}

/** Options for proving publishers (contract section 10). */
export interface ProvenanceRequest {
  /** `--require-provenance`. */
  readonly required: boolean;
  /** `--provenance-index`. */
  readonly index: string | undefined;
  /** `--trusted-root`, as written. */
  readonly trustedRoot: string | undefined;
}

/** Options that install, fetch, pin and verify share: requirements, indexes and target. */
export interface RunRequest {
  readonly requirements: readonly string[];
  readonly constraints: readonly string[];
  /** The selected parts of lock files. */
  readonly lock: LockSelection;
  readonly skipLocal: boolean;
  readonly index: IndexCommandLine;
  readonly network: NetworkCommandLine;
  readonly target: TargetRequest;
  readonly strict: boolean;
  /** `--ignore-requires-python` of pip. */
  readonly ignoreRequiresPython: boolean;
  readonly dryRun: boolean;
  /** Ask indexes even if the store has their answer. */
  readonly refresh: boolean;
  readonly provenance: ProvenanceRequest;
  /** Output of the JSON report: a file, `-` for stdout, or undefined. */
  readonly report: string | undefined;
}

export function runRequest(given: CommandOptions): RunRequest {
  return {
    requirements: given.values('--requirement'),
    constraints: given.values('--constraint'),
    lock: lockSelection(given),
    skipLocal: given.has('--skip-local'),
    index: {
      relocate: given.has('--relocate'),
      bindings: { indexes: given.values('--index'), projects: given.values('--from') },
      missingStatuses: given.values('--missing-status'),
      indexUrl: given.value('--index-url'),
      extraIndexUrls: given.values('--extra-index-url'),
      noIndex: given.has('--no-index'),
      findLinks: given.values('--find-links'),
      formats: given.given.flatMap(({ name, value }) =>
        name === '--no-binary' || name === '--only-binary'
          ? [{ option: name === '--no-binary' ? 'no-binary' : 'only-binary', value }]
          : [],
      ),
      preferBinary: given.has('--prefer-binary'),
      pre: given.has('--pre'),
      trustedHosts: given.values('--trusted-host'),
    },
    network: {
      timeout: given.value('--timeout'),
      retries: given.value('--retries'),
      proxy: given.value('--proxy'),
      cert: given.value('--cert'),
      clientCert: given.value('--client-cert'),
      keyringProvider: given.value('--keyring-provider'),
    },
    target: {
      targets: given.values('--for'),
      pythonVersion: given.value('--python-version'),
      implementation: given.value('--implementation'),
      abis: given.values('--abi'),
      platforms: given.values('--platform'),
    },
    strict: given.has('--strict'),
    ignoreRequiresPython: given.has('--ignore-requires-python'),
    dryRun: given.has('--dry-run'),
    refresh: given.has('--refresh'),
    provenance: {
      required: given.has('--require-provenance'),
      index: given.value('--provenance-index'),
      trustedRoot: given.value('--trusted-root'),
    },
    report: given.value('--report'),
  };
}

/** True if the target is described and not probed. */
export function isExplicitTarget(target: TargetRequest): boolean {
  return (
    target.targets.length > 0 ||
    target.pythonVersion !== undefined ||
    target.implementation !== undefined ||
    target.abis.length > 0 ||
    target.platforms.length > 0
  );
}

function lockSelection(options: CommandOptions): LockSelection {
  const selection: LockSelection = {
    packages: options.values('--package'),
    extras: options.values('--extra'),
    allExtras: options.has('--all-extras'),
    groups: options.values('--group'),
    allGroups: options.has('--all-groups'),
    noDev: options.has('--no-dev'),
    everything: false,
  };
  // `--all` alone selects every archive in the file; with a selection, every archive of the selected packages.
  return { ...selection, everything: options.has('--all') && !isSelective(selection) };
}
