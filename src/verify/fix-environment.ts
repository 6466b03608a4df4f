import { rm } from 'node:fs/promises';
import { collectOutcomes, type VerifiedOutcome } from '../prepare/collect.js';
import type { Preparer } from '../prepare/ports.js';
import type { Target } from '../target/target.js';
import { PeepError, systemReason } from '../text/errors.js';
import type { Difference } from './difference.js';
import type { VerifyResult } from './verify-environment.js';

export interface FixPorts {
  readonly target: Target;
  /** Looks into each archive to the last byte and stores it: what goes to pip is (contract section 6). */
  readonly preparer: Preparer;
  abort(reason: unknown): void;
  removed(path: string): void;
  /** Installs these archives again. Returns pip's exit status. */
  reinstall(chosen: readonly VerifiedOutcome[]): Promise<number>;
}

/**
 * `peep verify --fix`: removes the files that no archive has, and installs what differs again, from the archives that
 * verified. Distributions without a pin stay: what to do with them is not known here. Returns pip's exit status.
 */
export async function fixEnvironment(
  { outcomes, differences }: VerifyResult,
  { target, preparer, abort, removed, reinstall }: FixPorts,
): Promise<number> {
  for (const path of await removeAdded(differences)) removed(path);
  const differing = new Set(
    differences
      .filter(({ change }) => change !== 'added' && change !== 'unpinned')
      .map(({ project }) => project),
  );
  const wheels = outcomes.filter(
    (outcome): outcome is VerifiedOutcome =>
      outcome.status === 'verified' &&
      outcome.inspection?.kind === 'wheel' &&
      differing.has(outcome.pin.source.project ?? outcome.inspection.project ?? null),
  );
  if (wheels.length === 0) return 0;
  const again = await collectOutcomes(
    wheels.map(({ pin }) => ({ kind: 'pin', pin })),
    target,
    { preparer, installed: () => undefined, abort },
  );
  const failed = again.find((outcome) => 'error' in outcome);
  if (failed !== undefined && 'error' in failed) throw failed.error;
  const chosen = again.filter((outcome): outcome is VerifiedOutcome => outcome.status === 'verified');
  return reinstall(chosen);
}

/** Removes the files that no archive has, and answers them; of a link the link itself, never what it points to. */
export async function removeAdded(differences: readonly Difference[]): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { change, path } of differences) {
    if (change !== 'added' || path === null) continue;
    try {
      await rm(path, { force: true });
    } catch (cause) {
      throw new PeepError('ENVIRONMENT_UNWRITABLE', `cannot remove '${path}': ${systemReason(cause)}`, {
        cause,
        hint: 'Run peep verify --fix as the user who owns the environment.',
      });
    }
    removed.push(path);
  }
  return removed;
}
