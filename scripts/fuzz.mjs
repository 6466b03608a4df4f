// The differential tests of test/readers for longer: `npm run fuzz -- --minutes 30 [--seed N]`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now()) },
  },
});
// The files of test/readers run side by side, and each shares its time among its tests.
const root = fileURLToPath(new URL('..', import.meta.url));
console.log(`seed ${values.seed}`);
const { status } = spawnSync(
  process.execPath,
  [`${root}node_modules/vitest/vitest.mjs`, 'run', 'test/readers'],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PEEP_FUZZ_MINUTES: values.minutes,
      PEEP_FUZZ_SEED: values.seed,
    },
  },
);
process.exitCode = status ?? 1;
