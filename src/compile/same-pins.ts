import type { Requirements } from '../requirements/read/read-requirements.js';
import { PeepError } from '../text/errors.js';

/**
 * Checks that the file to write has the same pins, options and publishers as the file that peep hashed and checked.
 * Only comments may differ. Throws `EDIT_FAILED`. Pure.
 */
export function checkSamePins(checked: Requirements, written: Requirements, file: string): void {
  if (meaning(checked) === meaning(written)) return;
  throw new PeepError(
    'EDIT_FAILED',
    `the comments of '${file}' would change its pins, so it is not written`,
    {
      hint: 'Look for line ends and `sha256:` in the names of projects, groups and files of the inputs.',
    },
  );
}

const placed = new Set(['place', 'error', 'warnings']);

function meaning({ written, options }: Requirements): string {
  return JSON.stringify({ written, options }, (key, value: unknown) =>
    placed.has(key) ? undefined : value instanceof Set || value instanceof Map ? [...value] : value,
  );
}
