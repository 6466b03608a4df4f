import type { IndexSettings } from '../config/settings.js';
import { PeepError } from '../text/errors.js';
import { redactUrl } from '../text/redact.js';
import type { Wish } from './types.js';

/**
 * Checks that every URL of the inputs names a wheel: a resolver would build any other archive. Throws
 * `COMPILE_INPUT`.
 */
export function checkWheelsOnly(wishes: readonly Wish[]): void {
  for (const { project, url, from } of wishes) {
    if (url === undefined || namesWheel(url)) continue;
    throw new PeepError(
      'COMPILE_INPUT',
      `${from} names ${redactUrl(url)} for ${project}, which is not a wheel, so a resolver would run its code`,
      { hint: 'Name a wheel, or allow the resolver to build it with --allow-builds.' },
    );
  }
}

/**
 * Refuses an index that is bound to projects beside other indexes: a resolver would ask all indexes for these
 * projects, and so reveal their names. Throws `COMPILE_INPUT`.
 */
export function checkBindings({ indexUrls, bindings = [] }: IndexSettings): void {
  const [bound] = bindings;
  if (bound === undefined || indexUrls.length + bindings.length === 1) return;
  throw new PeepError(
    'COMPILE_INPUT',
    `projects are bound to the index ${bound.name}, and a resolver would ask every index for them`,
    {
      hint: 'Compile with one index alone that has all projects: --index-url URL, without --index and --from.',
    },
  );
}

function namesWheel(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, pathname } = new URL(url);
  return /^(?:https?|file):$/.test(protocol) && pathname.endsWith('.whl');
}
