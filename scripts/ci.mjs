// What CI runs beside the gate: whole programs on each supported Node, then the other forms. Ends with `N passed, N failed`
// over all, with the results that the gate left in the file PEEP_TOTALS. What would not end within the time that CI has is
// skipped, with a word; `--all` takes the time. PEEP_CI_START is when CI began, in seconds since the epoch.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { supportedRuntime } from './runtimes.mjs';
import { total } from './tests.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'peep-ci-'));
const totals = process.env.PEEP_TOTALS ?? join(directory, 'totals');
const smoke = [
  'test/cli/bundle.test.ts',
  'test/cli/fetch.test.ts',
  'test/cli/fetch-trace.test.ts',
  'test/cli/tampered.test.ts',
  'test/cli/interrupt.test.ts',
];

/** Minutes after the start at which a part may begin, by what it takes; CI ends a run after 25. */
const isWhole = process.argv.includes('--all');
const lastBegin = isWhole ? { short: Infinity, long: Infinity } : { short: 20, long: 17 };
const start = Number(process.env.PEEP_CI_START ?? Date.now() / 1000);

const results = [];
for (const major of ['24', '22', '26']) part(`tests on Node ${major}`, 'short', () => onNode(major, smoke));
part('equal bytes of two builds', 'long', () => run(process.execPath, 'scripts/same-bytes.mjs'));
part('the other forms', 'long', () => run(process.execPath, 'scripts/forms.mjs'));
part('the site of the documents', 'long', site);
if (isWhole) onNode('24', []);
const noted = existsSync(totals) ? readFileSync(totals, 'utf8').split('\n').filter(Boolean) : [];
rmSync(directory, { recursive: true });
// The sum is printed, not noted.
delete process.env.PEEP_TOTALS;
process.exitCode = total([...results, ...noted.map((line) => JSON.parse(line))]);

function part(name, takes, what) {
  const minutes = (Date.now() / 1000 - start) / 60;
  if (minutes < lastBegin[takes]) what();
  else results.push({ passed: 0, failed: 0, skipped: [`${name}: ${Math.round(minutes)} minutes were over`] });
}

/** VitePress refuses dead links. */
function site() {
  const { status } = spawnSync('npm', ['run', 'site'], { cwd: root, stdio: 'inherit' });
  results.push({ passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: [] });
}

/** Runs these tests by another Node, or all. */
function onNode(major, tests) {
  let node;
  try {
    node = supportedRuntime(major).node;
    // A library that it needs may be absent.
    const { status, stderr } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr.trim());
  } catch (error) {
    const why = `tests on Node ${major}: ${error.message.split('\n')[0]}`;
    results.push({ passed: 0, failed: 0, skipped: [why] });
    return;
  }
  run(node, 'scripts/suite.mjs', tests.length > 0 ? 'whole program' : 'all tests', ...tests);
}

function run(node, ...args) {
  const before = existsSync(totals) ? readFileSync(totals).length : 0;
  const env = { ...process.env, PEEP_TOTALS: totals };
  const { status } = spawnSync(node, args, { cwd: root, stdio: 'inherit', env });
  const noted = existsSync(totals) ? readFileSync(totals).length : 0;
  // It ended before it could say how many.
  if (status !== 0 && noted === before) results.push({ passed: 0, failed: 1, skipped: [] });
}
