import { PeepError } from '../text/errors.js';
import type { Host } from './host.js';

/**
 * Asks before a plan that removes something: on a terminal by a question; elsewhere `--yes` is needed. Throws
 * `PLAN_UNCONFIRMED`.
 */
export async function confirmPlan(yes: boolean, { ask }: Pick<Host, 'ask'>): Promise<void> {
  if (yes) return;
  if (ask !== undefined && (await ask('Apply these changes to the environment?'))) return;
  throw new PeepError('PLAN_UNCONFIRMED', 'nothing was changed: the plan above was not confirmed', {
    hint: 'Run it again with --yes to confirm.',
  });
}
