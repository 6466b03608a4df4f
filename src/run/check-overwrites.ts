import { relative } from 'node:path';
import { type WheelFile, wheelFiles } from '../archive/wheel/files.js';
import type { VerifiedArchive } from '../hash/verification.js';
import type { ProjectName } from '../packaging/types.js';
import { openVerified } from '../prepare/open-verified.js';
import type { Outcome, VerifiedOutcome } from '../prepare/outcome.js';
import type { Store } from '../store/store.js';
import { readInstalled } from '../target/installed.js';
import type { Interpreter } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import { addTo } from '../text/groups.js';
import { printable } from '../text/redact.js';
import { isIdentical } from '../verify/identical.js';
import { type Arrival, occupiedReasons } from '../verify/occupied.js';
import {
  destinations,
  findOverwrites,
  type Overwrite,
  type Owner,
  type RunWheel,
} from '../verify/overwrites.js';
import type { InstallPlace } from '../verify/place.js';
import { pythonCheck } from '../verify/wheel.js';
import type { Builds } from './build-requirements.js';
import type { CommandContext } from './host.js';

export interface OverwriteCheck {
  readonly outcomes: readonly Outcome[];
  readonly interpreter: Interpreter;
  readonly place: InstallPlace;
  /** The wheels built from the source archives of the run. */
  readonly wheels: Builds['wheels'];
  /** True if pip gets `--upgrade`. */
  readonly upgrades: boolean;
  /** Distributions that will be uninstalled afterwards. */
  readonly leaving: ReadonlySet<ProjectName>;
  readonly installer: 'pip' | 'uv';
}

interface Chosen extends RunWheel {
  readonly outcome: VerifiedOutcome;
  open(): Promise<VerifiedArchive>;
}

/**
 * The outcomes, with a refusal for each wheel that would overwrite files of others (contract section 6). For
 * identical files peep only warns.
 */
export async function refuseOverwrites(
  check: OverwriteCheck,
  store: Store,
  { host, output }: CommandContext,
): Promise<Outcome[]> {
  const { outcomes, interpreter, place, upgrades, installer } = check;
  const chosen = outcomes.filter((outcome): outcome is VerifiedOutcome => outcome.status === 'verified');
  const wheels = chosen.flatMap((outcome): Chosen[] => {
    const { pin, archive } = outcome;
    const built = archive.sha256 === undefined ? undefined : check.wheels.get(archive.sha256);
    const inspection = built?.inspection ?? outcome.inspection;
    const project = pin.source.project ?? inspection?.project;
    if (project === undefined || inspection?.layout === undefined) return [];
    const open = () => built?.archive.open() ?? openVerified(store, pin, archive);
    return [{ project, name: pin.source.name ?? project, layout: inspection.layout, outcome, open }];
  });
  const installed = await readInstalled(place.schemes.map(({ site }) => site));
  const replaced = new Set([
    ...chosen.flatMap(({ pin, inspection }) => pin.source.project ?? inspection?.project ?? []),
    ...check.leaving,
  ]);
  const { kind, root } = place;
  if (kind === 'target' || kind === 'prefix') {
    const facts = { kind, directory: root, installed, replaced, upgrades };
    const occupied = new Map(
      chosen.flatMap((outcome): [Outcome, PeepError][] => {
        // uv replaces existing files in a --target or --prefix directory, as in an environment.
        if (installer === 'uv' && outcome.inspection?.kind === 'wheel') return [];
        const reasons = occupiedReasons(arrivalOf(outcome, wheels, check, host.platform), facts);
        return reasons.length === 0 ? [] : [[outcome, occupiedError(reasons)]];
      }),
    );
    if (occupied.size > 0) return outcomes.map((outcome) => refusedBy(outcome, occupied.get(outcome)));
  }
  const found = findOverwrites({
    ...{ wheels, replaced, place, interpreter },
    ...{ platform: host.platform, installed: installed.values() },
  });
  if (found.length === 0) return [...outcomes];
  const { refused, identical } = await compared(found, wheels, interpreter);
  for (const warning of texts(identical, place)) output.warn(`${warning}; the bytes are the same`);
  return outcomes.map((outcome) => {
    const own = refused.filter(({ wheel }) =>
      wheels.some((each) => each === wheel && each.outcome === outcome),
    );
    return refusedBy(outcome, own.length === 0 ? undefined : overwriteError(own, place));
  });
}

function refusedBy(outcome: Outcome, error: PeepError | undefined): Outcome {
  if (error === undefined || outcome.status !== 'verified') return outcome;
  return { status: 'refused', pin: outcome.pin, archive: outcome.archive, error };
}

function arrivalOf(
  outcome: VerifiedOutcome,
  wheels: readonly Chosen[],
  { place, interpreter }: OverwriteCheck,
  platform: NodeJS.Platform,
): Arrival {
  const { pin, inspection } = outcome;
  const wheel = wheels.find((each) => each.outcome === outcome);
  const [scheme] = place.schemes;
  return {
    project: pin.source.project ?? inspection?.project,
    version: inspection?.version ?? (pin.source.kind === 'version' ? pin.source.version : undefined),
    files:
      wheel === undefined || scheme === undefined
        ? []
        : destinations(wheel, scheme, interpreter, platform).map(({ path }) => path),
  };
}

function occupiedError(reasons: readonly string[]): PeepError {
  const more = reasons.length - shownFiles;
  const lines = [...reasons.slice(0, shownFiles), ...(more > 0 ? [`and ${more} more of this kind`] : [])];
  return new PeepError('TARGET_OCCUPIED', printable(lines.join('; ')), {
    hint: 'Install everything into an empty directory, and replace the old directory with it.',
  });
}

async function compared(
  found: readonly Overwrite[],
  wheels: readonly Chosen[],
  interpreter: Interpreter,
): Promise<{ readonly refused: readonly Overwrite[]; readonly identical: readonly Overwrite[] }> {
  const opened: VerifiedArchive[] = [];
  const listings = new Map<RunWheel, ReadonlyMap<string, WheelFile>>();
  const filesOf = async (wheel: RunWheel) => {
    const known = listings.get(wheel);
    const chosen = wheels.find((each) => each === wheel);
    if (known !== undefined || chosen === undefined) return known ?? new Map<string, WheelFile>();
    const archive = await chosen.open();
    opened.push(archive);
    const { files } = await wheelFiles(archive);
    const byName = new Map(files.map((file) => [file.name, file]));
    listings.set(wheel, byName);
    return byName;
  };
  const isPython = pythonCheck(interpreter.executable);
  const [refused, identical]: [Overwrite[], Overwrite[]] = [[], []];
  try {
    for (const each of found)
      ((await isIdentical(each, { filesOf, isPython })) ? identical : refused).push(each);
  } finally {
    for (const archive of opened) await archive.release();
  }
  return { refused, identical };
}

/** Maximum number of files of one kind to list (contract section 7). */
const shownFiles = 5;

function overwriteError(overwrites: readonly Overwrite[], place: InstallPlace): PeepError {
  const owners = new Set(overwrites.map(({ owner }) => (owner.kind === 'protected' ? '' : nameOf(owner))));
  return new PeepError('OVERWRITE_REFUSED', texts(overwrites, place).join('\n'), {
    hint: owners.has('')
      ? 'No wheel needs such a file: check the archive, and pin a version without it.'
      : 'pip would silently overwrite the file. Leave one of the two distributions out, or pin a version without this file.',
    facts: {
      paths: overwrites.slice(0, shownFiles).map(({ path }) => path),
      owners: [...owners].filter((name) => name !== ''),
    },
  });
}

/** One sentence per owner, with at most five files each. */
function texts(overwrites: readonly Overwrite[], place: InstallPlace): string[] {
  const groups = new Map<string, Overwrite[]>();
  for (const each of overwrites) {
    const key = `${each.wheel.project} ${ownerText(each.owner)}`;
    addTo(groups, key, each);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const shown = group.slice(0, shownFiles).map(({ path }) => `'${shownPath(path, place)}'`);
    const more = group.length - shown.length;
    const files = [...shown, ...(more > 0 ? [`${more} more`] : [])];
    const list = files.length > 1 ? `${files.slice(0, -1).join(', ')} and ${files.at(-1)}` : files[0];
    const verb = group.every(({ exists, owner }) => exists || owner.kind === 'wheel') ? 'replaces' : 'writes';
    return `the wheel of ${first.wheel.project} ${verb} ${list}, ${ownerText(first.owner)}`;
  });
}

function ownerText(owner: Owner): string {
  switch (owner.kind) {
    case 'protected':
      return owner.what;
    case 'installed':
      return `which ${printable(nameOf(owner))} owns and which stays installed`;
    case 'wheel':
      return `which the wheel of ${owner.wheel.project} also installs`;
    case 'unclaimed':
      return 'which no distribution owns';
  }
}

function nameOf(owner: Exclude<Owner, { kind: 'protected' }>): ProjectName | string {
  if (owner.kind === 'unclaimed') return 'no distribution';
  return owner.kind === 'wheel'
    ? owner.wheel.project
    : `${owner.distribution.project} ${owner.distribution.version}`;
}

function shownPath(path: string, { root }: InstallPlace): string {
  const short = relative(root, path);
  return printable(short.startsWith('..') ? path : short);
}
