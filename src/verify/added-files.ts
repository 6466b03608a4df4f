import { basename, dirname, join, sep } from 'node:path';
import type { ProjectName } from '../packaging/types.js';
import type { Difference, VerifyNote } from './difference.js';
import type { Walk } from './disk.js';
import { compiledFrom, installerFiles } from './expected.js';
import { isStartUpFile, isVirtualenvMark, isVirtualenvModule, knownStartUpFile } from './start-up.js';

/** A distribution of the environment. */
export interface ComparedDistribution {
  readonly project: ProjectName;
  readonly metadataPath: string;
  /**
   * True if a verified wheel proves each of its files. For other distributions, their own list of files is trusted,
   * and the report says so.
   */
  readonly proven: boolean;
  /** True for an editable install that the user allows: its start-up files are not reported. */
  readonly allowed: boolean;
  /**
   * Files that its own RECORD claims, as absolute paths; for a proven distribution, they only serve to find extra
   * files.
   */
  readonly claims: readonly string[];
}

export interface EnvironmentFacts {
  /** Directories that distributions are installed to. */
  readonly sites: readonly string[];
  readonly found: Walk;
  /** Paths that belong to a verified wheel. */
  readonly owned: ReadonlySet<string>;
  readonly distributions: readonly ComparedDistribution[];
  /** Metadata directories that are reported as a whole. */
  readonly leftovers: readonly string[];
  /**
   * Files outside of the site directories, but below the environment's root, that the RECORD of a proven
   * distribution claims.
   */
  readonly claimedElsewhere: readonly { readonly path: string; readonly project: ProjectName }[];
  readonly pythonMajor: number;
  /** True for a file of the environment itself, which belongs to no distribution. */
  isEnvironmentScript(path: string, isFile: boolean): boolean;
}

/** Files that belong to no wheel and may be in any environment: CPython puts a README there. */
const harmless = new Set(['README.txt', 'README']);

/**
 * The files in the environment that no verified archive installed. Exceptions: byte-compiled files next to a
 * possible source (a `.pyc` elsewhere runs without one), and files that installers write beside metadata. Files
 * that run at each start of Python are always reported, whichever RECORD claims them: a list of files proves
 * nothing.
 */
export function addedFiles(facts: EnvironmentFacts): {
  readonly differences: Difference[];
  readonly notes: VerifyNote[];
} {
  const { sites, owned, distributions, leftovers, pythonMajor } = facts;
  const elsewhere = new Set(facts.claimedElsewhere.map(({ path }) => path));
  const claimant = claimants(facts);
  const metadata = new Set(distributions.map(({ metadataPath }) => metadataPath));
  const tops = topDirectories(facts);
  const isKnown = (path: string | undefined) =>
    path !== undefined &&
    (owned.has(path) ||
      isVirtualenvModule(path) ||
      (claimant(path) !== undefined && !isStartUpFile(path, sites)));
  const differences: Difference[] = [];
  const notes: VerifyNote[] = [];
  for (const [path, kind] of facts.found) {
    // A changed file is reported by the comparison of its wheel.
    if (owned.has(path) || leftovers.some((directory) => path.startsWith(directory + sep))) continue;
    const directory = dirname(path);
    if (isStartUpFile(path, sites)) {
      const text = knownStartUpFile(path);
      const owner = claimant(path);
      if (text !== undefined || owner?.allowed === true) {
        const reason = `'${basename(path)}' runs at each start of Python${text === undefined ? '' : `: ${text}`}`;
        notes.push({ project: owner?.project ?? null, reason });
        continue;
      }
      const reason =
        owner === undefined
          ? 'it runs at each start of Python'
          : `it runs at each start of Python, and only the installed RECORD of ${owner.project} lists it`;
      differences.push({ change: 'added', project: tops(path), path, reason });
      continue;
    }
    if (kind === 'file' && (isKnown(path) || isKnown(compiledFrom(path, pythonMajor)))) continue;
    if (kind !== 'file' && claimant(path) !== undefined) continue;
    if (metadata.has(directory) && installerFiles.has(basename(path)) && kind === 'file') continue;
    if (sites.includes(directory) && (harmless.has(basename(path)) || isVirtualenvMark(path))) continue;
    if (elsewhere.has(path) || facts.isEnvironmentScript(path, kind === 'file')) continue;
    const reason = kind === 'link' ? 'a symbolic link' : kind === 'other' ? 'not a regular file' : null;
    differences.push({ change: 'added', project: tops(path), path, reason });
  }
  for (const { path, project } of facts.claimedElsewhere) {
    differences.push({ change: 'added', project, path, reason: 'only the installed RECORD lists it' });
  }
  return { differences, notes };
}

/** The unproven distribution that claims a path; its claim to a file in a package of a verified wheel is ignored. */
function claimants({
  sites,
  owned,
  distributions,
}: EnvironmentFacts): (path: string) => ComparedDistribution | undefined {
  const claims = new Map<string, ComparedDistribution>();
  const directories: [string, ComparedDistribution][] = [];
  for (const distribution of distributions) {
    if (distribution.proven) continue;
    const { metadataPath } = distribution;
    directories.push([`${metadataPath}${sep}`, distribution]);
    claims.set(metadataPath, distribution);
    for (const path of distribution.claims) {
      if (path.endsWith(sep)) directories.push([path, distribution]);
      else claims.set(path, distribution);
    }
  }
  const isInProvenPackage = (path: string): boolean => {
    for (let directory = dirname(path); !sites.includes(directory); directory = dirname(directory)) {
      if (owned.has(join(directory, '__init__.py'))) return true;
      if (dirname(directory) === directory) return false;
    }
    return false;
  };
  return (path) => {
    const found = claims.get(path) ?? directories.find(([directory]) => path.startsWith(directory))?.[1];
    return found === undefined || isInProvenPackage(path) ? undefined : found;
  };
}

/** The project whose directory contains a path: the only one with files in that top-level directory. */
function topDirectories({
  sites,
  distributions,
  owned,
}: EnvironmentFacts): (path: string) => ProjectName | null {
  const byMetadata = distributions.map(({ metadataPath, project }) => [metadataPath, project] as const);
  const projects = new Map<string, ProjectName | null>(byMetadata);
  const topOf = (path: string): string | undefined => {
    const site = sites.find((each) => path.startsWith(`${each}${sep}`));
    const first = site === undefined ? undefined : path.slice(site.length + 1).split(sep)[0];
    return site === undefined || first === undefined ? undefined : join(site, first);
  };
  for (const { claims, project } of distributions) {
    for (const path of claims) {
      const top = topOf(path);
      if (top === undefined || top === path || !owned.has(path)) continue;
      projects.set(top, projects.has(top) && projects.get(top) !== project ? null : project);
    }
  }
  return (path) => projects.get(topOf(path) ?? '') ?? null;
}
