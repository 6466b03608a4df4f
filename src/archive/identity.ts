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

/**
 * Is `stem` (`name-version`) this project, and this version if one is given? Old tools kept dashes in names, so
 * every dash may be the one before the version.
 */
export function splitsInto(stem: string, project: ProjectName, version?: string): boolean {
  for (let dash = stem.indexOf('-'); dash >= 0; dash = stem.indexOf('-', dash + 1)) {
    if (projectName(stem.slice(0, dash)) !== project) continue;
    const rest = stem.slice(dash + 1);
    if (version === undefined || sameVersion(rest, version) || sameVersion(rest.replace(/_/g, '-'), version))
      return true;
  }
  return false;
}
