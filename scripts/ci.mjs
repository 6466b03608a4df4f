// What CI runs: the gate, the other forms, and tests on each supported Node. Ends with `N passed, N failed` over all.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { supportedRuntime } from './runtimes.mjs';
import { total } from './tests.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'peep-ci-'));
const totals = join(directory, 'totals');
// Twice the whole would not fit into the time that CI has: without what concerns pips, grammars and packages, which are the
// same on each Node.
const reduced = [
  '--exclude=test/pip/**',
  '--exclude=test/property/**',
  '--exclude=test/forms/**',
  '--exclude=test/cli/real-packages.test.ts',
  '--exclude=test/cli/every-python.test.ts',
];
const smoke = [
  'test/cli/bundle.test.ts',
  'test/cli/fetch.test.ts',
  'test/cli/fetch-trace.test.ts',
  'test/cli/tampered.test.ts',
  'test/cli/interrupt.test.ts',
];

const results = [];
run(process.execPath, 'scripts/gate.mjs');
run(process.execPath, 'scripts/forms.mjs');
run(process.execPath, 'scripts/same-bytes.mjs');
onNode('24', 'the gate without pips, properties and packages', reduced);
onNode('22', 'whole program', smoke);
onNode('26', 'whole program', smoke);
const noted = existsSync(totals) ? readFileSync(totals, 'utf8').split('\n').filter(Boolean) : [];
rmSync(directory, { recursive: true });
process.exitCode = total([...results, ...noted.map((line) => JSON.parse(line))]);

function onNode(major, title, tests) {
  let node;
  try {
    node = supportedRuntime(major).node;
    // A library that it needs may be absent.
    const { status, stderr } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr.trim());
  } catch (error) {
    results.push({
      passed: 0,
      failed: 0,
      skipped: [`tests on Node ${major}: ${error.message.split('\n')[0]}`],
    });
    return;
  }
  run(node, 'scripts/suite.mjs', title, ...tests);
}

function run(node, ...args) {
  const before = existsSync(totals) ? readFileSync(totals).length : 0;
  const env = { ...process.env, PEEP_TOTALS: totals };
  const { status } = spawnSync(node, args, { cwd: root, stdio: 'inherit', env });
  const noted = existsSync(totals) ? readFileSync(totals).length : 0;
  // It ended before it could say how many.
  if (status !== 0 && noted === before) results.push({ passed: 0, failed: 1, skipped: [] });
}
