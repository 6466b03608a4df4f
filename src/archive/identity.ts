import type { Fields } from '../packaging/metadata.js';
import { canonicalizeName, projectName } from '../packaging/name.js';
import type { ProjectName } from '../packaging/types.js';
import { parseVersion, sameVersion } from '../packaging/version.js';
import { RuleViolation } from './findings.js';
import type { Rule } from './rules.js';

export interface Identity {
  readonly project: ProjectName;
  /** As the archive spells it. */
  readonly version: string;
}

/** Name and version from the METADATA or PKG-INFO at `path`; a missing or invalid field breaks `rule`. */
export function readIdentity(fields: Fields, path: string, rule: Rule): Identity {
  const name = singleField(fields, 'name', path, rule);
  const project = projectName(name);
  if (project === undefined) throw new RuleViolation(rule, path, `'${name}' is not a valid project name`);
  return { project, version: singleField(fields, 'version', path, rule) };
}

/** A required field. It must occur once, because readers differ on which of two values counts. */
export function singleField(fields: Fields, name: string, path: string, rule: Rule): string {
  const [value, second] = fields.get(name) ?? [];
  if (value === undefined || value === '')
    throw new RuleViolation(rule, path, `the field '${name}' is missing`);
  if (second !== undefined) throw new RuleViolation(rule, path, `the field '${name}' appears twice`);
  return value;
}

/** True if the pin `pinned` accepts `version`. PEP 440: a pin without a local part accepts any local version. */
export function fitsPin(version: string, pinned: string): boolean {
  if (sameVersion(version, pinned)) return true;
  return (
    parseVersion(pinned)?.local === null && sameVersion(parseVersion(version)?.public ?? version, pinned)
  );
}

/**
 * True if `stem` (`name-version`) names this project, and this version if one is given. Old tools kept dashes in
 * names, so any dash may precede the version.
 */
export function splitsInto(stem: string, project: ProjectName, version?: string): boolean {
  for (let dash = stem.indexOf('-'); dash >= 0; dash = stem.indexOf('-', dash + 1)) {
    if (canonicalizeName(stem.slice(0, dash)) !== project) continue;
    const rest = stem.slice(dash + 1);
    if (
      version === undefined ||
      sameVersion(rest, version) ||
      sameVersion(rest.replace(/_/g, '-'), version)
    ) {
      return true;
    }
  }
  return false;
}
