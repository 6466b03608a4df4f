import { spawn } from 'node:child_process';
import type { Sha256 } from '../hash/digest.js';
import type { BuildWheel } from '../install/build/types.js';
import type { Installer } from '../install/choose-installer.js';
import {
  type ArchiveSource,
  type ArchiveToInstall,
  type InstallSettings,
  installArchives,
  type PipStart,
  pipFailure,
  startPip,
} from '../install/install-archives.js';
import { installWithUv, uvFailure } from '../install/install-with-uv.js';
import { nameSpecifier } from '../install/name-specifier.js';
import { openVerified } from '../prepare/open-verified.js';
import type { VerifiedOutcome } from '../prepare/outcome.js';
import type { Store } from '../store/store.js';
import { signalStatus } from '../text/signal-status.js';
import type { CommandContext } from './host.js';
import type { RunRequest } from './request.js';
import { whileWaiting } from './while-waiting.js';

export interface HandOver {
  readonly request: RunRequest;
  readonly installer: Installer;
  /** The interpreter to install for. */
  readonly python: string;
  readonly chosen: readonly VerifiedOutcome[];
  /** The wheels built from source archives, by the digest of the archive. */
  readonly wheels: ReadonlyMap<Sha256, BuildWheel>;
  /** Install archives even if the same version is already installed. */
  readonly reinstall?: boolean;
  /** The result of `startEarly`. */
  readonly start?: PipStart | undefined;
}

/**
 * Starts pip while archives are fetched and verified; undefined for other installers and after a failed start.
 * Close the result at the end.
 */
export async function startEarly(
  { request, installer }: Pick<HandOver, 'request' | 'installer'>,
  context: CommandContext,
): Promise<PipStart | undefined> {
  if (installer.kind !== 'pip') return undefined;
  const { host, output } = context;
  const { pip, passThrough } = installer;
  const settings = { ...runSettings(request, context), pip, passThrough };
  // Ignore errors: if pip does not start, the hand-over reports it.
  return startPip(settings, { spawn, signals: host.signals, tell: output.relay }).catch(() => undefined);
}

/** Runs the installer once with verified files only (P5, P6). Returns the exit status. */
export async function handOver(
  { request, installer, python, chosen, wheels, reinstall = false, start }: HandOver,
  store: Store,
  context: CommandContext,
): Promise<number> {
  const [first, ...rest] = archivesOf(chosen, wheels, store);
  if (first === undefined) return 0;
  const { host, output } = context;
  const shared = {
    ...runSettings(request, context),
    passThrough: installer.passThrough,
    // An archive at a URL may differ from the installed one of the same version, so force its installation.
    reinstall: reinstall || chosen.some(({ pin: { source } }) => source.kind !== 'version'),
  };
  const deps = { spawn, signals: host.signals, tell: output.relay };
  const wheelsToInstall = [first, ...rest] as const;
  const count = wheelsToInstall.length === 1 ? '1 distribution' : `${wheelsToInstall.length} distributions`;
  const end = await whileWaiting(`${installer.kind} installs ${count}`, context, () =>
    installer.kind === 'pip'
      ? installArchives({ ...shared, pip: installer.pip, archives: wheelsToInstall }, deps, start)
      : installWithUv(
          {
            ...shared,
            ...{ uv: installer.uv, python, wheels: wheelsToInstall, storeTemp: store.layout.temp },
          },
          deps,
        ),
  );
  if (end.interrupted !== undefined) return signalStatus(end.interrupted);
  const failure = installer.kind === 'pip' ? pipFailure(end) : uvFailure(end);
  if (failure !== undefined) output.error(failure);
  return end.status;
}

/** The function that starts each installer. */
export function runSettings(
  request: RunRequest,
  { host, options }: Pick<CommandContext, 'host' | 'options'>,
): Omit<InstallSettings, 'pip' | 'passThrough'> {
  return {
    verbosity: options.verbosity,
    // peep prints the captured output itself.
    color: options.color && options.verbosity > 0,
    env: host.env,
    platform: host.platform,
    temp: host.temp,
    uid: host.uid,
    stdout: request.report === '-' ? 'stderr' : 'inherit',
    terminal: host.isTerminal,
  };
}

/** The verified archives; each is opened from the store and hashed again (P4) when it is needed. */
export function archiveSource({ pin, archive }: VerifiedOutcome, store: Store): ArchiveSource | undefined {
  const { sha256, link } = archive;
  if (sha256 === undefined) return undefined;
  return { filename: link.filename, sha256, open: () => openVerified(store, pin, archive) };
}

/** Wheels without duplicates. */
function archivesOf(
  chosen: readonly VerifiedOutcome[],
  wheels: HandOver['wheels'],
  store: Store,
): ArchiveToInstall[] {
  const once = new Map(chosen.map((outcome) => [outcome.archive.sha256, outcome]));
  return [...once.values()].flatMap((outcome) => {
    const { pin, inspection } = outcome;
    const source = archiveSource(outcome, store);
    if (source === undefined) return [];
    const built = wheels.get(source.sha256);
    if (built !== undefined) return wheelToInstall(built.archive, built.project, built.version);
    const project = pin.source.project ?? inspection?.project;
    const version = pin.source.kind === 'version' ? pin.source.version : inspection?.version;
    if (project === undefined) throw new Error(`${source.filename} is not named`);
    return wheelToInstall(source, project, version);
  });
}

function wheelToInstall(
  archive: ArchiveSource,
  project: BuildWheel['project'],
  version: string | undefined,
): ArchiveToInstall {
  return { archive, name: project, specifier: nameSpecifier(archive.filename, project, version) };
}
