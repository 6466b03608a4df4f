import { spawn } from 'node:child_process';
import type { ChosenPip } from '../install/choose-pip.js';
import {
  type ArchiveToInstall,
  type BuildRequirement,
  installArchives,
  pipFailure,
} from '../install/install-archives.js';
import { nameSpecifier } from '../install/name-specifier.js';
import { lineVersion } from '../packaging/line-version.js';
import type { ProjectName } from '../packaging/types.js';
import type { VerifiedOutcome } from '../prepare/collect.js';
import { openVerified } from '../prepare/open-verified.js';
import type { Store } from '../store/store.js';
import { signalStatus } from '../text/signal-status.js';
import type { CommandContext } from './host.js';
import type { RunRequest } from './request.js';

export interface HandOver {
  readonly request: RunRequest;
  readonly pip: ChosenPip;
  readonly passThrough: readonly string[];
  readonly chosen: readonly VerifiedOutcome[];
  readonly build: readonly VerifiedOutcome[];
  /** Also what is installed with its version. */
  readonly reinstall?: boolean;
}

/** One run of pip over verified files alone (P5, P6). Returns the exit status. */
export async function handOver(
  { request, pip, passThrough, chosen, build, reinstall = false }: HandOver,
  store: Store,
  { host, options, output }: CommandContext,
): Promise<number> {
  const [first, ...rest] = archivesOf(chosen, store);
  if (first === undefined) return 0;
  const end = await installArchives(
    {
      pip,
      archives: [first, ...rest],
      buildRequirements: archivesOf(build, store).map(asBuildRequirement),
      passThrough,
      // An archive at a URL may be another one of the same version: pip must not take the installed one for it.
      reinstall: reinstall || chosen.some(({ pin: { source } }) => source.kind !== 'version'),
      verbosity: options.verbosity,
      color: options.color,
      env: host.env,
      platform: host.platform,
      temp: host.temp,
      uid: host.uid,
      stdout: request.report === '-' ? 'stderr' : 'inherit',
      terminal: host.isTerminal,
    },
    { spawn, signals: host.signals },
  );
  if (end.interrupted !== undefined) return signalStatus(end.interrupted);
  const built = chosen.some(({ inspection }) => inspection?.kind === 'sdist');
  const failure = pipFailure(end, built);
  if (failure !== undefined) output.error(failure);
  return end.status;
}

/** What may be built with was refused before when its metadata does not name it in one word each. */
function asBuildRequirement({ archive, project, version }: NamedArchive): BuildRequirement {
  const word = version === undefined ? undefined : lineVersion(version);
  if (project === undefined || word === undefined) throw new Error(`${archive.filename} is not named`);
  return { archive, project, version: word };
}

interface NamedArchive extends ArchiveToInstall {
  readonly project: ProjectName | undefined;
  readonly version: string | undefined;
}

/** What verified, to be opened from the store and hashed again (P4) when its turn comes; each once. */
function archivesOf(chosen: readonly VerifiedOutcome[], store: Store): NamedArchive[] {
  const once = new Map(chosen.map((outcome) => [outcome.archive.sha256, outcome]));
  return [...once].flatMap(([sha256, { pin, archive, inspection }]) => {
    if (sha256 === undefined) return [];
    const { filename } = archive.link;
    const project = pin.source.project ?? inspection?.project;
    const version = pin.source.kind === 'version' ? pin.source.version : inspection?.version;
    return {
      archive: { filename, sha256, open: () => openVerified(store, pin, archive) },
      project,
      version,
      name: pin.source.name ?? project ?? filename,
      specifier: project === undefined ? undefined : nameSpecifier(filename, project, version),
      pipOptions: pin.pipOptions,
    };
  });
}
