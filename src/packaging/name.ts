import { PeepError } from '../text/errors.js';
import type { ProjectName } from './types.js';

/** The normalised form of PEP 503; like packaging's function, it does not check the name. */
export function canonicalizeName(input: string): string {
  return input.toLowerCase().replace(/[-_.]+/g, '-');
}

/** True if `input` is a project name (PEP 508: letters and digits, with `-_.` inside). */
export function isProjectName(input: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(input);
}

/** The normalised name, or undefined if `input` is not a project name. */
export function projectName(input: string): ProjectName | undefined {
  return isProjectName(input) ? (canonicalizeName(input) as ProjectName) : undefined;
}

/** Throws `NAME_MALFORMED`. */
export function parseProjectName(input: string): ProjectName {
  const project = projectName(input);
  if (project !== undefined) return project;
  throw new PeepError('NAME_MALFORMED', `'${input}' is not a valid project name`, {
    hint: 'Names are made of ASCII letters, digits, `.`, `-` and `_`, and begin and end with a letter or digit.',
  });
}
