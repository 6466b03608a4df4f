import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ProjectName } from '../packaging/types.js';
import { collectOutcomes } from '../prepare/collect.js';
import type { VerifiedOutcome } from '../prepare/outcome.js';
import type { Preparer } from '../prepare/ports.js';
import { PeepError, systemReason } from '../text/errors.js';
import { cutRecord } from './cut-record.js';
import type { Difference } from './difference.js';
import { compiledFrom } from './expected.js';
import { claimedFiles } from './record.js';
import { isBelow, type Subject, withinRoot } from './subject.js';
import type { VerifyResult } from './verify-environment.js';

/** The planned actions of `peep verify --fix`. */
export interface FixPlan {
  /** Files, links and metadata directories to remove; absolute. */
  readonly remove: readonly string[];
  readonly reinstall: readonly VerifiedOutcome[];
  /** Differences that it does not repair, each as a sentence. */
  readonly left: readonly string[];
}

/**
 * Plans the repair of an environment. It changes nothing outside of the environment's root, and no file that an
 * unproven distribution, or one in another directory, claims. Throws `ENVIRONMENT_MANAGED` (PEP 668).
 */
export function planFix(
  { outcomes, differences, installed, proven }: VerifyResult,
  { root, sites, isManaged, interpreter }: Subject,
): FixPlan {
  if (isManaged) {
    throw new PeepError(
      'ENVIRONMENT_MANAGED',
      `'${interpreter.prefix}' is managed by the system's package manager (PEP 668); --fix does not change it`,
      { hint: 'Repair it with that package manager, or use a virtual environment.' },
    );
  }
  const isWithin = withinRoot(root);
  const claimedByOthers = new Set(
    [...installed.values()]
      .filter(({ project, hasRecord }) => hasRecord && !proven.has(project))
      .flatMap(({ metadataPath }) => claimedFiles(metadataPath).map(({ path }) => path)),
  );
  const left: string[] = [];
  const remove: string[] = [];
  for (const { change, project, path } of differences) {
    if (change === 'unpinned') left.push(`${project}: no pin names it; \`peep sync\` uninstalls it`);
    if (change === 'unproven')
      left.push(`${project}: it is built from source, and no archive proves its files`);
    if (path === null || (change !== 'added' && change !== 'leftovers')) continue;
    if (!isWithin(path)) left.push(`'${path}' lies outside of the environment`);
    else if (claimedByOthers.has(path))
      left.push(`'${path}' is claimed by a distribution without a pinned wheel`);
    else remove.push(path);
  }
  const differing = new Set(differences.filter(isMendedByInstall).map(({ project }) => project));
  const reinstall = outcomes.filter((outcome): outcome is VerifiedOutcome => {
    const project = projectOf(outcome);
    if (outcome.status !== 'verified' || !differing.has(project ?? null)) return false;
    if (outcome.inspection?.kind !== 'wheel') {
      left.push(`${project} is built from source; 'peep install --force-reinstall' builds it again`);
      return false;
    }
    const found = project === undefined ? undefined : installed.get(project);
    const isElsewhere =
      found !== undefined && !sites.some((site) => isBelow(found.metadataPath, site)) && found.hasRecord;
    if (!isElsewhere || interpreter.isVirtualEnvironment) return true;
    left.push(`${project} lies in '${dirname(found.metadataPath)}', outside of the environment`);
    return false;
  });
  return { remove, reinstall, left };
}

/** True for differences that reinstalling the pinned archive repairs. */
export function isMendedByInstall({ change }: Difference): boolean {
  return !['added', 'unpinned', 'leftovers', 'unproven'].includes(change);
}

export interface FixPorts {
  /** Inspects each archive completely and stores it, as for every archive that pip gets (contract section 6). */
  readonly preparer: Preparer;
  abort(reason: unknown): void;
  removed(path: string): void;
  /** Reinstalls these archives. Returns pip's exit status. */
  reinstall(chosen: readonly VerifiedOutcome[]): Promise<number>;
}

/** Carries out a plan. pip replaces whole distributions. Returns pip's exit status. */
export async function fixEnvironment(
  plan: FixPlan,
  { installed, proven }: VerifyResult,
  { root, sites, interpreter }: Subject,
  { preparer, abort, removed, reinstall }: FixPorts,
): Promise<number> {
  const again = await collectOutcomes(
    plan.reinstall.map(({ pin }) => ({ kind: 'pin', pin })),
    interpreter.target,
    { preparer, installed: () => undefined, abort },
  );
  const failed = again.find((outcome) => 'error' in outcome);
  if (failed !== undefined && 'error' in failed) throw failed.error;
  for (const path of await removeAdded(plan.remove, root, sites)) removed(path);
  const chosen = again.filter((outcome): outcome is VerifiedOutcome => outcome.status === 'verified');
  if (chosen.length === 0) return 0;
  await cutRecords(chosen, { installed, proven }, { root, sites, interpreter });
  return reinstall(chosen);
}

/**
 * pip removes the files in the RECORD of an installed distribution before it replaces it, so each RECORD is first
 * reduced to paths that belong to the verified wheel.
 */
export async function cutRecords(
  chosen: readonly VerifiedOutcome[],
  { installed, proven }: Pick<VerifyResult, 'installed' | 'proven'>,
  { root, sites, interpreter }: Pick<Subject, 'root' | 'sites' | 'interpreter'>,
): Promise<void> {
  for (const outcome of chosen) {
    const project = projectOf(outcome);
    const owned = project === undefined ? undefined : proven.get(project)?.owned;
    const found = project === undefined ? undefined : installed.get(project);
    if (found?.hasRecord !== true || !sites.some((site) => isBelow(found.metadataPath, site))) continue;
    await cutRecord(found.metadataPath, (path) =>
      owned === undefined
        ? withinRoot(root)(path)
        : owned.has(path) ||
          owned.has(compiledFrom(path, interpreter.target.pythonVersion[0]) ?? path) ||
          isBelow(path, found.metadataPath),
    );
  }
}

/**
 * Removes files that no archive has, and returns them; for a link removes the link itself, never its target. Throws
 * `ENVIRONMENT_UNWRITABLE`.
 */
export async function removeAdded(
  paths: readonly string[],
  root: string,
  sites: readonly string[],
): Promise<readonly string[]> {
  const isWithin = withinRoot(root);
  for (const path of paths) {
    // Check again: the environment may have changed while the user was asked.
    if (!isWithin(path)) continue;
    try {
      await rm(path, { force: true, recursive: true });
    } catch (cause) {
      throw new PeepError('ENVIRONMENT_UNWRITABLE', `cannot remove '${path}': ${systemReason(cause)}`, {
        cause,
        hint: 'Run peep verify --fix as the user who owns the environment.',
      });
    }
    await removeEmptied(dirname(path), sites);
  }
  return paths;
}

/** A directory that lost its last file is removed too: pip would later fail on an empty `.dist-info`. */
async function removeEmptied(directory: string, sites: readonly string[]): Promise<void> {
  if (!sites.some((site) => isBelow(directory, site))) return;
  try {
    await rmdir(directory);
  } catch {
    return;
  }
  await removeEmptied(dirname(directory), sites);
}

function projectOf(outcome: VerifyResult['outcomes'][number]): ProjectName | undefined {
  if (!('pin' in outcome)) return undefined;
  return outcome.pin.source.project ?? ('inspection' in outcome ? outcome.inspection?.project : undefined);
}
