import { compare, valid } from '@renovatebot/pep440';
import type { ProjectName } from '../packaging/types.js';

/** PEP 503. */
export function projectName(text: string): ProjectName {
  return text.toLowerCase().replace(/[-_.]+/g, '-') as ProjectName;
}

/** Are two spellings one version? By PEP 440 where both are versions (`1.0` is `1.0.0`), else letter by letter. */
export function sameVersion(a: string, b: string): boolean {
  if (a === b) return true;
  return valid(a) !== null && valid(b) !== null && compare(a, b) === 0;
}
