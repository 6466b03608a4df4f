import { basename, dirname, join, sep } from 'node:path';
import type { ProjectName } from '../packaging/types.js';
import type { Difference } from './difference.js';
import type { Walk } from './disk.js';
import { compiledFrom, installerFiles } from './expected.js';

/** A distribution of the environment. */
export interface ComparedDistribution {
  readonly project: ProjectName;
  readonly metadataPath: string;
  /** Is each of its files proven by a wheel? Of others their own list of files is believed, and that is told. */
  readonly proven: boolean;
  /** Files that its own RECORD claims, absolute; of a proven one they are what has to be looked for. */
  readonly claims: readonly string[];
}

export interface EnvironmentFacts {
  /** Directories of `sys.path` that distributions are installed to. */
  readonly sites: readonly string[];
  readonly found: Walk;
  /** Paths that a verified wheel has a right to. */
  readonly owned: ReadonlySet<string>;
  readonly distributions: readonly ComparedDistribution[];
  /** Files outside of the sites that exist and that a RECORD of a proven distribution claims. */
  readonly claimedElsewhere: readonly { readonly path: string; readonly project: ProjectName }[];
}

/** Files that no wheel has and that every environment may have: CPython puts a README there. */
const harmless = new Set(['README.txt', 'README']);

/**
 * The files that lie in the environment and that no verified archive has put there. Byte-compiled files whose
 * source may be there (a `.pyc` anywhere else runs without one), and what installers write beside metadata, are none.
 */
export function addedFiles(facts: EnvironmentFacts): Difference[] {
  const believed = believedPaths(facts.distributions);
  const metadata = new Map(facts.distributions.map((each) => [each.metadataPath, each]));
  const tops = topDirectories(facts);
  const isKnown = (path: string | undefined) =>
    path !== undefined && (facts.owned.has(path) || believed(path));
  const differences: Difference[] = [];
  for (const [path, kind] of facts.found) {
    if (kind === 'file' && (isKnown(path) || isKnown(compiledFrom(path)))) continue;
    if (kind !== 'file' && believed(path)) continue;
    const directory = dirname(path);
    if (metadata.has(directory) && installerFiles.has(basename(path)) && kind === 'file') continue;
    if (facts.sites.includes(directory) && harmless.has(basename(path))) continue;
    // What stands in the place of a file is that file, changed: told there.
    if (facts.owned.has(path)) continue;
    const reason = kind === 'link' ? 'a symbolic link' : kind === 'other' ? 'no regular file' : null;
    differences.push({ change: 'added', project: tops(path), path, reason });
  }
  for (const { path, project } of facts.claimedElsewhere) {
    differences.push({ change: 'added', project, path, reason: 'only the installed RECORD names it' });
  }
  return differences;
}

/** Is a path one that a distribution claims whose files cannot be proven? */
function believedPaths(distributions: readonly ComparedDistribution[]): (path: string) => boolean {
  const claims = new Set<string>();
  const directories: string[] = [];
  for (const { proven, claims: claimed, metadataPath } of distributions) {
    if (proven) continue;
    directories.push(`${metadataPath}${sep}`);
    claims.add(metadataPath);
    for (const path of claimed) {
      if (path.endsWith(sep)) directories.push(path);
      else claims.add(path);
    }
  }
  return (path) => claims.has(path) || directories.some((directory) => path.startsWith(directory));
}

/** The project in whose directory a path lies: one that alone has files in that top directory. */
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
