import { readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { WheelLayout } from '../archive/inspect.js';
import { isScriptSection, readEntryPoints, scriptNames } from '../packaging/entry-points.js';
import type { ProjectName } from '../packaging/types.js';
import type { InstalledDistribution, Interpreter } from '../target/target.js';
import { type ExpectedFile, expectedFiles, type NamedFile } from './expected.js';
import { claimedIn, type InstallPlace } from './place.js';
import { type Protected, protectedPlaces } from './protected.js';
import type { Scheme } from './scheme.js';
import { realPath } from './subject.js';

/** A wheel that the run installs. */
export interface RunWheel {
  readonly project: ProjectName;
  /** The project as the requirement spells it. */
  readonly name: string;
  readonly layout: WheelLayout;
}

/** Whose a file is that a wheel would replace. */
export type Owner =
  | { readonly kind: 'protected'; readonly what: Protected }
  | { readonly kind: 'installed'; readonly distribution: InstalledDistribution }
  | { readonly kind: 'wheel'; readonly wheel: RunWheel; readonly file: Destination }
  /** A program or other file of the machine that no distribution claims. */
  | { readonly kind: 'unclaimed' };

export type Destination = ExpectedFile<NamedFile>;

/** A file that a wheel would install over one that is not its own. */
export interface Overwrite {
  readonly wheel: RunWheel;
  readonly file: Destination;
  /** Absolute, as the installer would write it. */
  readonly path: string;
  readonly owner: Owner;
  /** True if a file is there already. */
  readonly exists: boolean;
}

export interface OverwriteFacts {
  readonly wheels: readonly RunWheel[];
  /** Every project of the run: what is installed of these gives way. */
  readonly replaced: ReadonlySet<ProjectName>;
  readonly place: InstallPlace;
  readonly interpreter: Interpreter;
  readonly platform: NodeJS.Platform;
  /** What is installed in the place. */
  readonly installed: Iterable<InstalledDistribution>;
}

/**
 * The files of the run's wheels that would replace what is not theirs (contract section 6; pip writes over it without a
 * word, pip#4625). Looks at each destination, whatever scheme leads there, directories that are links followed.
 */
export function findOverwrites(facts: OverwriteFacts): Overwrite[] {
  return facts.place.schemes.flatMap((scheme) => overwritesIn(scheme, facts));
}

function overwritesIn(scheme: Scheme, facts: OverwriteFacts): Overwrite[] {
  const { wheels, replaced, place, interpreter, platform } = facts;
  const disk = lookAround();
  const isWindows = platform === 'win32';
  const key = disk.foldsCase(scheme.site)
    ? (path: string) => path.normalize('NFC').toLowerCase()
    : (path: string) => path;
  const isProtected = protectedPlaces(
    { site: disk.real(scheme.site), scripts: disk.real(scheme.scripts), data: disk.real(scheme.data) },
    interpreter.stdlib === undefined ? undefined : realPath(interpreter.stdlib),
    isWindows,
  );
  const realSite = disk.real(scheme.site);
  const isInSite = (directory: string) => directory === realSite || directory.startsWith(realSite + sep);
  // Lists of files are read only when something is there that a wheel would replace.
  let claims: ReturnType<typeof claimsOf> | undefined;
  const ownerOf = (path: string) => {
    claims ??= claimsOf(facts, disk.real, key);
    return claims(path);
  };
  const taken = new Map<string, { readonly wheel: RunWheel; readonly file: Destination }>();
  const overwrites: Overwrite[] = [];
  for (const wheel of wheels) {
    for (const { path, file } of destinations(wheel, scheme, interpreter, platform)) {
      const directory = disk.real(dirname(path));
      const name = basename(path);
      const place_ = join(directory, name);
      const exists = disk.has(directory, name, key);
      const add = (owner: Owner) => overwrites.push({ wheel, file, path, owner, exists });
      const before = taken.get(key(place_));
      if (before === undefined) taken.set(key(place_), { wheel, file });
      else if (before.wheel.project !== wheel.project) add({ kind: 'wheel', ...before });
      const what = isProtected(directory, name, wheel.project);
      if (what !== undefined) {
        add({ kind: 'protected', what });
        continue;
      }
      if (!exists) continue;
      const distribution = ownerOf(place_);
      if (distribution !== undefined) {
        if (!replaced.has(distribution.project)) add({ kind: 'installed', distribution });
      } else if (!isInSite(directory) && place.kind !== 'target' && !interpreter.isVirtualEnvironment)
        add({ kind: 'unclaimed' });
    }
  }
  return overwrites;
}

/** Where each file of a wheel may go: every name that some reader gives to a script counts. */
export function destinations(
  { project, name, layout }: RunWheel,
  scheme: Scheme,
  { target }: Interpreter,
  platform: NodeJS.Platform,
): readonly { readonly path: string; readonly file: Destination }[] {
  const expected: Destination[] = expectedFiles(
    { ...layout, files: layout.files.map((file) => ({ name: file })) },
    {
      ...{ scheme, platform, pythonVersion: target.pythonVersion },
      headerNames: [...new Set([name, project, layout.stem.split('-')[0] ?? project])],
    },
  );
  const found = expected.flatMap((file) => file.places.map((path) => ({ path, file })));
  const plain = new Set(found.map(({ path }) => path));
  for (const entry of readEntryPoints(layout.entryPoints).entries) {
    if (!isScriptSection(entry.section)) continue;
    for (const script of scriptNames(entry)) {
      const names = platform === 'win32' ? [script, `${script}.exe`, `${script}-script.py`] : [script];
      for (const each of names) {
        const path = join(scheme.scripts, each);
        if (plain.has(path)) continue;
        plain.add(path);
        found.push({ path, file: { places: [path], proof: { kind: 'presence' } } });
      }
    }
  }
  return found;
}

/** The distribution that claims a path, one that stays before one that gives way. */
function claimsOf(
  { installed, replaced, place }: OverwriteFacts,
  real: (directory: string) => string,
  key: (path: string) => string,
): (path: string) => InstalledDistribution | undefined {
  const files = new Map<string, InstalledDistribution>();
  const directories = new Map<string, InstalledDistribution>();
  for (const distribution of installed) {
    const stays = !replaced.has(distribution.project);
    for (const path of claimedIn(place, distribution)) {
      const [map, found] = path.endsWith(sep)
        ? [directories, key(real(path.slice(0, -1)))]
        : [files, key(join(real(dirname(path)), basename(path)))];
      if (stays || !map.has(found)) map.set(found, distribution);
    }
  }
  return (path) => {
    const found = files.get(key(path));
    if (found !== undefined || directories.size === 0) return found;
    for (let directory = dirname(path); dirname(directory) !== directory; directory = dirname(directory)) {
      const owner = directories.get(key(directory));
      if (owner !== undefined) return owner;
    }
    return undefined;
  };
}

/** What lies on the disk. What it learnt it keeps: make one for each look. */
function lookAround() {
  const reals = new Map<string, string>();
  const listings = new Map<string, ReadonlySet<string>>();
  const real = (directory: string): string => {
    let found = reals.get(directory);
    if (found === undefined) {
      const resolved = realPath(directory);
      const parent = dirname(directory);
      // Of one that is not there yet: where it would be made.
      const isMissing = resolved === directory && parent !== directory && !exists(directory);
      found = isMissing ? join(real(parent), basename(directory)) : resolved;
      reals.set(directory, found);
    }
    return found;
  };
  return {
    real,
    has(directory: string, name: string, key: (path: string) => string): boolean {
      let names = listings.get(directory);
      names ??= new Set(namesIn(directory).map(key));
      listings.set(directory, names);
      return names.has(key(name));
    },
    /** Does the file system of this directory take `A` for `a`? */
    foldsCase(directory: string): boolean {
      let there = real(directory);
      while (!exists(there) && dirname(there) !== there) there = dirname(there);
      const swapped = basename(there).replace(/[a-z]/gi, (letter) =>
        letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
      );
      return swapped !== basename(there) && sameFile(there, join(dirname(there), swapped));
    },
  };
}

function exists(path: string): boolean {
  return statOf(path) !== undefined;
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function sameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map(statOf);
  return first !== undefined && second !== undefined && first.dev === second.dev && first.ino === second.ino;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
