import type { Digest } from '../../hash/digest.js';
import { parseProjectName } from '../../packaging/name.js';
import { isPeepError, PeepError } from '../../text/errors.js';
import type { Constraint, RequirementSource } from '../pin.js';
import type { RequirementForm } from './requirement-form.js';
import type { RequirementLine } from './requirements-line.js';
import { shownRequirement } from './shown.js';
import { toSource } from './to-source.js';

/** Parses a line of a constraints file as pip does. Throws `CONSTRAINT_INVALID` if it does not limit a project. */
export function toConstraint(
  line: RequirementLine,
  form: RequirementForm,
  digests: readonly Digest[],
  cwd: string,
): Constraint {
  const { place } = line;
  let source: RequirementSource | undefined;
  let refusal: PeepError | undefined;
  try {
    source = form.kind === 'named' ? undefined : toSource(form, place, cwd);
  } catch (error) {
    if (!isPeepError(error) || form.name === undefined) throw error;
    refusal = line.clean(error);
  }
  const project = form.name === undefined ? source?.project : parseProjectName(form.name);
  if (project === undefined || form.extras.length > 0) {
    const what = project === undefined ? 'names no project' : 'has extras';
    throw new PeepError('CONSTRAINT_INVALID', `pip does not accept a constraint that ${what}`, {
      place,
      hint: 'Constrain `name==VERSION` or `name @ URL`.',
    });
  }
  return {
    project,
    place,
    requirement: shownRequirement(line.written),
    marker: form.marker,
    specifier: source === undefined && refusal === undefined ? form.specifier : '',
    archive: source === undefined || source.kind === 'version' ? undefined : source,
    digests,
    refusal,
  };
}
