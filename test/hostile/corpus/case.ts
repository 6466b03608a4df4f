import type { Rule } from '../../../src/archive/rules.js';
import type { Sample } from '../projects.js';

/** One archive that breaks `rule`, and one that comes as near to it as is allowed. */
export interface Case {
  readonly rule: Rule;
  readonly what: string;
  readonly hostile: () => Sample;
  readonly inside: () => Sample;
}
