import { PeepError } from '../text/errors.js';
import type { Host } from './host.js';

/**
 * Asks the user to confirm a plan that removes something. Without a terminal, `--yes` is required. Throws
 * `PLAN_UNCONFIRMED`.
 */
export async function confirmPlan(yes: boolean, { ask }: Pick<Host, 'ask'>): Promise<void> {
  if (yes) return;
  const isAsked = ask !== undefined;
  if (isAsked && (await ask('Apply these changes to the environment?'))) return;
  throw new PeepError('PLAN_UNCONFIRMED', 'nothing was changed: the plan above was not confirmed', {
    hint: isAsked ? 'Run it again and answer y to apply it.' : 'Run it again with --yes to confirm.',
  });
}
