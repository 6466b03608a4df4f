import { readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { WheelLayout } from '../archive/inspection.js';
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
  /** The project as spelled in the requirement. */
  readonly name: string;
  readonly layout: WheelLayout;
}

/** The owner of a file that a wheel would replace. */
export type Owner =
  | { readonly kind: 'protected'; readonly what: Protected }
  | { readonly kind: 'installed'; readonly distribution: InstalledDistribution }
  | { readonly kind: 'wheel'; readonly wheel: RunWheel; readonly file: Destination }
  /** A program or other file of the machine that no distribution claims. */
  | { readonly kind: 'unclaimed' };

export type Destination = ExpectedFile<NamedFile>;

/** A file that a wheel would overwrite although it belongs to another owner. */
export interface Overwrite {
  readonly wheel: RunWheel;
  readonly file: Destination;
  /** Absolute path, as the installer would write it. */
  readonly path: string;
  readonly owner: Owner;
  /** True if the file already exists. */
  readonly exists: boolean;
}

export interface OverwriteFacts {
  readonly wheels: readonly RunWheel[];
  /** Every project of the run: installed versions of these are replaced. */
  readonly replaced: ReadonlySet<ProjectName>;
  readonly place: InstallPlace;
  readonly interpreter: Interpreter;
  readonly platform: NodeJS.Platform;
  /** The distributions installed in the target directory. */
  readonly installed: Iterable<InstalledDistribution>;
}

/**
 * The files of the run's wheels that would overwrite files of others (contract section 6; pip overwrites them
 * silently, pip#4625). Checks each destination with links to directories resolved, whatever scheme leads to it.
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
  // RECORDs are read only if a wheel would replace an existing file.
  let claims: ReturnType<typeof claimsOf> | undefined;
  const ownerOf = (path: string) => {
    claims ??= claimsOf(facts, disk.real, key);
    return claims(path);
  };
  const groups = wheels.flatMap((wheel) => groupsOf(wheel, scheme, interpreter, platform));
  const wheelsIn = new Map<string, Set<RunWheel>>();
  for (const { wheel, directory } of groups) {
    const place = key(disk.real(directory));
    const known = wheelsIn.get(place);
    if (known === undefined) wheelsIn.set(place, new Set([wheel]));
    else known.add(wheel);
  }
  const taken = new Map<string, { readonly wheel: RunWheel; readonly file: Destination }>();
  const overwrites: Overwrite[] = [];
  for (const { wheel, directory, files } of groups) {
    const real = disk.real(directory);
    const isShared = (wheelsIn.get(key(real))?.size ?? 0) > 1;
    // Skip a directory that only one wheel creates and nothing else uses, as is usual: its files cannot overwrite
    // others.
    if (!isShared && !disk.hasAny(real) && !isProtected.concerns(real)) continue;
    for (const file of files()) {
      const path = join(directory, file.name);
      const resolved = join(real, file.name);
      const exists = disk.has(real, file.name, key);
      const add = (owner: Owner) => overwrites.push({ wheel, file: file.file, path, owner, exists });
      const before = taken.get(key(resolved));
      if (before === undefined) taken.set(key(resolved), { wheel, file: file.file });
      else if (before.wheel.project !== wheel.project) add({ kind: 'wheel', ...before });
      const what = isProtected.whose(real, file.name, wheel.project);
      if (what !== undefined) {
        add({ kind: 'protected', what });
        continue;
      }
      if (!exists) continue;
      const distribution = ownerOf(resolved);
      if (distribution !== undefined) {
        if (!replaced.has(distribution.project)) add({ kind: 'installed', distribution });
      } else if (!isInSite(real) && place.kind !== 'target' && !interpreter.isVirtualEnvironment)
        add({ kind: 'unclaimed' });
    }
  }
  return overwrites;
}

/** The files of a wheel that go into one directory, computed on demand. */
interface Group {
  readonly wheel: RunWheel;
  readonly directory: string;
  files(): readonly { readonly name: string; readonly file: Destination }[];
}

/**
 * The destinations of the files of a wheel, by directory. The paths of modules follow from their names;
 * `expectedFiles` computes the others.
 */
function groupsOf(
  wheel: RunWheel,
  scheme: Scheme,
  interpreter: Interpreter,
  platform: NodeJS.Platform,
): Group[] {
  const { layout } = wheel;
  const modules = new Map<string, string[]>();
  const others: string[] = [];
  for (const file of layout.files) {
    const slash = file.lastIndexOf('/');
    const directory = slash < 0 ? '' : file.slice(0, slash);
    if (/^[^/]*\.data(?:\/|$)/.test(directory)) others.push(file);
    else if (modules.has(directory)) modules.get(directory)?.push(file);
    else modules.set(directory, [file]);
  }
  const groups: Group[] = [...modules].map(([directory, files]) => ({
    ...{ wheel, directory: join(scheme.site, directory) },
    files: () =>
      files.map((file) => {
        const name = file.slice(file.lastIndexOf('/') + 1);
        const places = [join(scheme.site, file)] as const;
        return { name, file: { places, proof: { kind: 'content', file: { name: file } } } };
      }),
  }));
  const listed = { ...wheel, layout: { ...layout, files: others } };
  const byDirectory = new Map<string, { name: string; file: Destination }[]>();
  for (const { path, file } of destinations(listed, scheme, interpreter, platform)) {
    const directory = dirname(path);
    const item = { name: basename(path), file };
    if (byDirectory.has(directory)) byDirectory.get(directory)?.push(item);
    else byDirectory.set(directory, [item]);
  }
  for (const [directory, files] of byDirectory) groups.push({ wheel, directory, files: () => files });
  return groups;
}

/** The possible destinations of each file of a wheel, with every script name that some reader may find. */
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
  if (layout.entryPoints === '') return found;
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

/** The distribution that claims a path; one that stays installed has precedence over one that is replaced. */
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

/** Lookups on disk. Results are cached, so create one per check. */
function lookAround() {
  const reals = new Map<string, string>();
  const listings = new Map<string, readonly string[]>();
  const folded = new Map<string, ReadonlySet<string>>();
  const namesOf = (directory: string): readonly string[] => {
    const names = listings.get(directory) ?? (missing.has(directory) ? [] : namesIn(directory));
    listings.set(directory, names);
    return names;
  };
  const missing = new Set<string>();
  const real = (directory: string): string => {
    const known = reals.get(directory);
    if (known !== undefined) return known;
    const parent = dirname(directory);
    const above = parent === directory ? directory : real(parent);
    const isMissing = missing.has(above) || !exists(directory);
    // The path at which a missing directory would be created.
    const found = isMissing ? join(above, basename(directory)) : realPath(directory);
    if (isMissing) missing.add(found);
    reals.set(directory, found);
    return found;
  };
  return {
    real,
    has(directory: string, name: string, key: (path: string) => string): boolean {
      let names = folded.get(directory);
      names ??= new Set(namesOf(directory).map(key));
      folded.set(directory, names);
      return names.has(key(name));
    },
    hasAny: (directory: string) => namesOf(directory).length > 0,
    /** True if the file system of this directory ignores case. */
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
