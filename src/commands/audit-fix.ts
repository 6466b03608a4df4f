import { rm } from 'node:fs/promises';
import { choosePip } from '../install/choose-pip.js';
import { otherPips } from '../install/other-pips.js';
import { collectOutcomes, type VerifiedOutcome } from '../prepare/collect.js';
import { inspectAndStore } from '../prepare/inspect-and-store.js';
import type { Interpreter } from '../target/target.js';
import { PeepError, systemReason } from '../text/errors.js';
import type { Difference } from '../verify/difference.js';
import type { Audit } from './audit-environment.js';
import { handOver } from './hand-over.js';
import type { CommandContext } from './host.js';
import type { Run } from './open-run.js';
import type { RunRequest } from './request.js';

export interface FixRequest {
  readonly request: RunRequest;
  readonly interpreter: Interpreter;
  readonly run: Run;
}

/**
 * `peep audit --fix`: removes the files that no archive has, and installs what differs again, from the archives that
 * verified. Distributions without a pin stay: what to do with them is not known here. Returns pip's exit status.
 */
export async function fixEnvironment(
  { outcomes, differences }: Audit,
  { request, interpreter, run }: FixRequest,
  context: CommandContext,
): Promise<number> {
  const { host, output } = context;
  for (const path of await removeAdded(differences)) output.note(`removed ${path}`);
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
  const { env, platform, signal } = host;
  const pip = await choosePip(interpreter, otherPips({ target: interpreter, env, platform, signal }));
  // What goes to pip is looked into to the last byte (contract section 6); the audit read no more than the listing.
  const preparer = run.preparer(
    inspectAndStore(run.store, { depth: 'full', strict: request.strict }, output),
  );
  const again = await collectOutcomes(
    wheels.map(({ pin }) => ({ kind: 'pin', pin })),
    interpreter.target,
    { preparer, installed: () => undefined, abort: run.schedule.abort },
  );
  const failed = again.find((outcome) => 'error' in outcome);
  if (failed !== undefined && 'error' in failed) throw failed.error;
  const chosen = again.filter((outcome): outcome is VerifiedOutcome => outcome.status === 'verified');
  return handOver({ request, pip, passThrough: [], chosen, build: [], reinstall: true }, run.store, context);
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
        hint: 'Run peep audit --fix as the user who owns the environment.',
      });
    }
    removed.push(path);
  }
  return removed;
}
