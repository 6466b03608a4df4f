import { expect } from 'vitest';

/** Below this, differences are noise: milliseconds of processor time. */
const noise = 40;

/**
 * Checks that `action` takes time in proportion to its input: of `make(4 * size)` at most nine times what `make(size)`
 * takes, where anything quadratic takes sixteen times. Processor time counts, so that a busy machine changes nothing.
 */
export function expectLinear<T>(
  make: (size: number) => T,
  action: (input: T) => unknown,
  size: number,
): void {
  const small = leastTime(make(size), action);
  const large = leastTime(make(4 * size), action);
  expect(large / Math.max(small, noise)).toBeLessThan(9);
}

function leastTime<T>(input: T, action: (input: T) => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 2; run += 1) {
    const before = process.cpuUsage();
    action(input);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
    if (least < noise) break;
  }
  return least;
}
