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

/**
 * The same for what answers later. It is measured again only where the first answer is too large: what else the machine
 * does takes some of it.
 */
export async function expectLinearTime<T>(
  make: (size: number) => T,
  action: (input: T) => unknown,
  size: number,
): Promise<void> {
  const inputs = [make(size), make(4 * size)] as const;
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  // What runs first is slower, since nothing is compiled.
  await action(inputs[0]);
  for (let run = 0; run < 3; run += 1) {
    for (const [i, input] of inputs.entries()) {
      const before = process.cpuUsage();
      await action(input);
      const { user, system } = process.cpuUsage(before);
      least[i] = Math.min(least[i] ?? 0, (user + system) / 1000);
    }
    if (growth(least) < 9) return;
  }
  expect(growth(least), `${least.map(Math.round).join(' ms, then ')} ms`).toBeLessThan(9);
}

function growth([small = 0, large = 0]: readonly number[]): number {
  return large / Math.max(small, 10);
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
