import { spawn } from 'node:child_process';
import { checkLineOptions } from '../install/arguments.js';
import type { Installer, PipInstaller, UvInstaller } from '../install/choose-installer.js';
import {
  type ArchiveToInstall,
  type BuildRequirement,
  installArchives,
  pipFailure,
} from '../install/install-archives.js';
import { installWithUv, uvFailure } from '../install/install-with-uv.js';
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
  readonly installer: Installer;
  /** The interpreter to install for. */
  readonly python: string;
  readonly chosen: readonly VerifiedOutcome[];
  readonly build: readonly VerifiedOutcome[];
  /** Also what is installed with its version. */
  readonly reinstall?: boolean;
}

/**
 * One run of the installer over verified files alone (P5, P6). With uv, pip builds and installs source archives first: a build fails more
 * often than anything else. Returns the exit status.
 */
export async function handOver(handed: HandOver, store: Store, context: CommandContext): Promise<number> {
  const { installer, chosen } = handed;
  if (installer.kind === 'pip') return handToPip({ ...handed, installer }, store, context);
  const isWheel = ({ archive }: VerifiedOutcome) => archive.link.filename.endsWith('.whl');
  const sources = chosen.filter((outcome) => !isWheel(outcome));
  if (sources.length > 0) {
    const pip = await installer.pip();
    for (const { pin } of sources) checkLineOptions(pin.pipOptions, pip.pip.version, pin.place);
    const status = await handToPip({ ...handed, installer: pip, chosen: sources }, store, context);
    if (status !== 0) return status;
  }
  return handToUv({ ...handed, installer, chosen: chosen.filter(isWheel) }, store, context);
}

async function handToPip(
  handed: HandOver & { readonly installer: PipInstaller },
  store: Store,
  context: CommandContext,
): Promise<number> {
  const { chosen, build, installer } = handed;
  const [first, ...rest] = archivesOf(chosen, store);
  if (first === undefined) return 0;
  const { host, output } = context;
  const end = await installArchives(
    {
      ...runSettings(handed, context),
      pip: installer.pip,
      archives: [first, ...rest],
      buildRequirements: archivesOf(build, store).map(asBuildRequirement),
    },
    { spawn, signals: host.signals },
  );
  if (end.interrupted !== undefined) return signalStatus(end.interrupted);
  const built = chosen.some(({ inspection }) => inspection?.kind === 'sdist');
  const failure = pipFailure(end, built);
  if (failure !== undefined) output.error(failure);
  return end.status;
}

async function handToUv(
  handed: HandOver & { readonly installer: UvInstaller },
  store: Store,
  context: CommandContext,
): Promise<number> {
  const { chosen, installer, python } = handed;
  const [first, ...rest] = archivesOf(chosen, store);
  if (first === undefined) return 0;
  const { host, output } = context;
  const end = await installWithUv(
    {
      ...runSettings(handed, context),
      ...{ uv: installer.uv, python, wheels: [first, ...rest], storeTemp: store.layout.temp },
    },
    { spawn, signals: host.signals },
  );
  if (end.interrupted !== undefined) return signalStatus(end.interrupted);
  const failure = uvFailure(end);
  if (failure !== undefined) output.error(failure);
  return end.status;
}

/** What every installer is told. */
function runSettings({ request, installer, chosen, reinstall = false }: HandOver, context: CommandContext) {
  const { host, options } = context;
  return {
    passThrough: installer.passThrough,
    // An archive at a URL may be another one of the same version: the installer must not take the installed one for it.
    reinstall: reinstall || chosen.some(({ pin: { source } }) => source.kind !== 'version'),
    verbosity: options.verbosity,
    color: options.color,
    env: host.env,
    platform: host.platform,
    temp: host.temp,
    uid: host.uid,
    stdout: request.report === '-' ? ('stderr' as const) : ('inherit' as const),
    terminal: host.isTerminal,
  };
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
