import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/**
 * Whole-program tests run the one file that users run, built once per test run. When it does not build,
 * each of them fails (`runPeep` says why), and the unit tests still tell what they have to tell.
 */
export function setup(): void {
  const bundle = spawnSync(process.execPath, [path('scripts/bundle.mjs')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (bundle.status !== 0) rmSync(path('dist/peep.mjs'), { force: true });
}
