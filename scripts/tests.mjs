// Runs tests and counts them, for the gate and for the tests of each form.
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** `{ name, passed, failed, skipped }`; `skipped` is a list of texts. */
export function runStep(name, script, args) {
  console.log(`== ${name}`);
  const { status } = spawnNode([join(root, script), ...args], process.env);
  return { name, passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: [] };
}

/** Runs vitest with these arguments and variables. */
export function runTests(name, args, env = {}) {
  console.log(`== ${name}`);
  const results = join(tmpdir(), `peep-tests-${process.pid}.json`);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const reporters = [
    '--reporter=default',
    `--reporter=${join(root, 'scripts/counting-reporter.mjs')}`,
    '--includeTaskLocation',
  ];
  const { status } = spawnNode([vitest, 'run', ...reporters, ...args], {
    ...process.env,
    ...env,
    PEEP_TEST_RESULTS: results,
  });
  const counts = readResults(results);
  rmSync(results, { force: true });
  // A file that cannot be loaded has no test that failed.
  return { name, ...counts, failed: status !== 0 && counts.failed === 0 ? 1 : counts.failed };
}

/**
 * Lists what was skipped, then prints `N passed, N failed` as the last line. Returns the exit status. As a part of CI,
 * which sums its parts up, it only notes the results in the file PEEP_TOTALS.
 */
export function total(results) {
  const notes = process.env.PEEP_TOTALS;
  if (notes !== undefined) {
    for (const result of results) appendFileSync(notes, `${JSON.stringify(result)}\n`);
    return results.some(({ failed }) => failed > 0) ? 1 : 0;
  }
  const skipped = results.flatMap((result) => result.skipped);
  if (skipped.length > 0) {
    console.log(`== skipped: ${skipped.length}`);
    for (const text of skipped) console.log(`  ${text}`);
  }
  const sum = (key) => results.reduce((all, result) => all + result[key], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed') === 0 ? 0 : 1;
}

function spawnNode(args, env) {
  // Logs are read as text.
  const plain = process.stdout.isTTY ? {} : { NO_COLOR: '1' };
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...env, ...plain } });
}

function readResults(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: [] };
  }
}
