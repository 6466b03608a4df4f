import { PeepError } from '../text/errors.js';
import { looksLikeRequirements } from '../text/files-meant.js';

/** Refuses operands of commands that only take files with `-r`. Throws `USAGE`. */
export function refuseOperands(command: string, [operand]: readonly string[]): void {
  if (operand === undefined) return;
  throw new PeepError('USAGE', `peep ${command} does not take the argument '${operand}'`, {
    hint: looksLikeRequirements(operand)
      ? `Did you mean \`peep ${command} -r ${operand}\`?`
      : 'Name requirements files with -r FILE.',
  });
}
