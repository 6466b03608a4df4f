import { lstatSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { ProjectName } from '../packaging/types.js';
import { sameVersion } from '../packaging/version.js';
import type { InstalledDistribution } from '../target/target.js';
import { claimedIn } from './place.js';

/** An archive that a run installs into a directory of `--target` or `--prefix`. */
export interface Arrival {
  /** Undefined for a source archive that does not state its project. */
  readonly project: ProjectName | undefined;
  readonly version: string | undefined;
  /** Absolute paths of its files; empty for a source archive. */
  readonly files: readonly string[];
}

export interface OccupiedFacts {
  readonly kind: 'target' | 'prefix';
  readonly directory: string;
  readonly installed: ReadonlyMap<ProjectName, InstalledDistribution>;
  /** Every project of the run. */
  readonly replaced: ReadonlySet<ProjectName>;
  /** True for pip's `--upgrade`, with which it replaces files and directories at the top of `--target`. */
  readonly upgrades: boolean;
}

/**
 * Sentences that say why pip would not install an archive completely into the directory. pip uninstalls nothing
 * there. With `--target` it skips each file and directory that already exists at the top; with `--upgrade` it
 * removes it first, whichever distribution it belongs to.
 */
export function occupiedReasons(
  { project, version, files }: Arrival,
  { kind, directory, installed, replaced, upgrades }: OccupiedFacts,
): string[] {
  const before = project === undefined ? undefined : installed.get(project);
  if (before !== undefined && (version === undefined || !sameVersion(before.version, version)))
    return [`'${directory}' has ${project} ${before.version}, which pip does not uninstall there`];
  if (kind === 'prefix') return [];
  const tops = new Set(files.map((path) => relative(directory, path).split(sep)[0] ?? ''));
  return [...tops].flatMap((top) => {
    const path = join(directory, top);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return [];
    if (!upgrades) return [`'${path}' is there already, and pip would leave it as it is`];
    if (found.isSymbolicLink()) return [`'${path}' is a link, which pip does not replace`];
    const other = [...installed.values()].find(
      (each) =>
        !replaced.has(each.project) &&
        claimedIn({ kind, root: directory }, each).some(
          (file) => file === path || file.startsWith(path + sep),
        ),
    );
    return other === undefined
      ? []
      : [`pip would replace all of '${path}', including files of ${other.project}`];
  });
}
