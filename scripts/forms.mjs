// Builds each form that peep is shipped in, tests them, and runs a part of the whole-program suite by the wheel and by
// the binary, as it runs by the one file. Ends with `N passed, N failed`. `--all` runs all of that suite.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { thisPlatform } from './runtimes.mjs';
import { runTests, total } from './tests.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const suite = process.argv.includes('--all')
  ? ['test/cli', 'test/hostile/program.test.ts']
  : ['test/cli/fetch.test.ts', 'test/cli/tampered.test.ts'];

const directory = mkdtempSync(join(tmpdir(), 'peep-forms-'));
const build = (...args) =>
  execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
const results = [];
try {
  build('scripts/bundle.mjs');
  build('scripts/wheel.mjs', directory);
  const binary = makeBinary();
  const wheel = installWheel();
  // npm test has those of the wheel and of the npm package.
  if (binary) results.push(runTests('the binary', ['test/forms/binary.test.ts'], { PEEP_BINARY: binary }));
  if (binary) results.push(runTests('whole program, as the binary', suite, { PEEP_UNDER_TEST: binary }));
  if (wheel) results.push(runTests('whole program, as the wheel', suite, { PEEP_UNDER_TEST: wheel }));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exitCode = total(results);

/** Undefined where its Node cannot be had. */
function makeBinary() {
  try {
    build('scripts/binary.mjs', '--out', directory);
    return join(directory, `peep-${thisPlatform}`);
  } catch (error) {
    results.push({
      name: 'binary',
      passed: 0,
      failed: 0,
      skipped: [`the binary: ${error.message.split('\n')[0]}`],
    });
    return undefined;
  }
}

/** The command of a wheel that is installed in a directory of its own; undefined without a Python. */
function installWheel() {
  const venv = join(directory, 'venv');
  try {
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'pipe' });
    const find = ['--no-index', '--find-links', directory];
    execFileSync(join(venv, 'bin/python'), ['-m', 'pip', '--isolated', 'install', ...find, 'peep'], {
      stdio: 'pipe',
    });
    return join(venv, 'bin/peep');
  } catch (error) {
    results.push({
      name: 'wheel',
      passed: 0,
      failed: 0,
      skipped: [`the wheel: ${error.message.split('\n')[0]}`],
    });
    return undefined;
  }
}
