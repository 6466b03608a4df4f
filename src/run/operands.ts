import { PeepError } from '../text/errors.js';
import { looksLikeRequirements } from '../text/files-meant.js';

/** For commands that take files by `-r` alone. Throws `USAGE` for any other argument. */
export function refuseOperands(command: string, [operand]: readonly string[]): void {
  if (operand === undefined) return;
  throw new PeepError('USAGE', `peep ${command} takes no '${operand}'`, {
    hint: looksLikeRequirements(operand)
      ? `Did you mean \`peep ${command} -r ${operand}\`?`
      : 'Name requirements files with -r FILE.',
  });
}
