import type { Requirements } from '../requirements/read/read-requirements.js';
import { PeepError } from '../text/errors.js';

/**
 * Checks a file as it will be written against the one that was hashed and checked: comments may differ, and nothing
 * that an install reads. Throws `EDIT_FAILED`. Pure.
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
