import { entriesFor } from '../requirements/entries-for.js';
import { lockFormats } from '../requirements/lock/formats.js';
import type { Requirements } from '../requirements/read/read-requirements.js';
import type { Target } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import type { PinTask } from './tasks.js';

/** Only its own tool writes a lock file. Throws `LOCK_MISPLACED`. */
export function refuseLocks({ locks }: Requirements): void {
  const [first] = locks.filter(({ from }) => from !== undefined);
  if (first === undefined) return;
  const { place, tool } = first.lock;
  const { command } = lockFormats[tool];
  const lock = command === undefined ? 'Lock again with the tool that wrote it' : `Run \`${command}\``;
  throw new PeepError('LOCK_MISPLACED', `'${place.file}' is a lock file, which peep pin does not change`, {
    place,
    hint: `${lock}, then check the file with \`peep pin --check\`.`,
  });
}

/** Removes packages that a lock file needs for none of the targets. */
export async function withoutUnwanted(
  tasks: readonly PinTask[],
  targets: readonly Target[],
  requirements: Requirements,
): Promise<readonly PinTask[]> {
  if (targets.length === 0 || requirements.locks.length === 0) return tasks;
  const views = await Promise.all(targets.map(({ environment }) => entriesFor(requirements, environment)));
  return tasks.filter(({ index }) =>
    views.some((entries) => {
      const entry = entries[index];
      return entry?.kind === 'pin' && entry.pin.locked !== 'no';
    }),
  );
}
