import { PeepError } from '../errors.js';
import type { GivenOptions } from './given.js';
import type { CommandContext } from './host.js';

export async function pinCommand(
  _given: GivenOptions,
  _operands: readonly string[],
  _context: CommandContext,
): Promise<number> {
  throw new PeepError('USAGE', 'peep pin is not built');
}
