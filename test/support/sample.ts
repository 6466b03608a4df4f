import { it } from 'vitest';

/** The gate takes samples of what takes long; `PEEP_FULL=1` takes everything. */
export const isFull = process.env.PEEP_FULL === '1';

/** Of several with the same `kind` the last one; all with `PEEP_FULL=1`. A skipped test names what is left out. */
export function sample<T extends { readonly label: string }>(
  all: readonly T[],
  kind: (each: T) => string,
): readonly T[] {
  if (isFull) return all;
  const chosen = [...new Map(all.map((each) => [kind(each), each])).values()];
  const left = all.filter((each) => !chosen.includes(each));
  if (left.length > 0)
    it(`with ${left.map(({ label }) => label).join('; ')}`, (context) =>
      context.skip('only with PEEP_FULL=1; others of their kind ran'));
  return chosen;
}
