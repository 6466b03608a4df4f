import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Whole-program tests run the one file that users run, built once per test run. */
export function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../scripts/bundle.mjs', import.meta.url))], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
