// The differential tests of test/readers for longer: `npm run fuzz -- --minutes 30 [--seed N]`. With `--disk each` the test
// of failing disks instead, with every call that a command makes; `--disk all`: in every way.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now()) },
    disk: { type: 'string' },
  },
});
// The files of test/readers run side by side, and each shares its time among its tests.
const root = fileURLToPath(new URL('..', import.meta.url));
const files = values.disk === undefined ? 'test/readers' : 'test/cli/failing-disk.test.ts';
console.log(`seed ${values.seed}`);
const { status } = spawnSync(process.execPath, [`${root}node_modules/vitest/vitest.mjs`, 'run', files], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(values.disk !== undefined && { PEEP_FAULTS: values.disk }),
    PEEP_FUZZ_MINUTES: values.minutes,
    PEEP_FUZZ_SEED: values.seed,
  },
});
process.exitCode = status ?? 1;
