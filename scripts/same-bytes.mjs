// Builds the one file, the wheel and the binary by each supported Node, and compares: their bytes are equal.
// Arguments: major versions (22 and 26 by default). Node comes from scripts/runtimes.json.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { supportedRuntime } from './runtimes.mjs';
import { total } from './tests.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const majors = process.argv.length > 2 ? process.argv.slice(2) : ['22', '26'];
const result = { name: 'equal bytes', passed: 0, failed: 0, skipped: [] };
const directory = mkdtempSync(join(tmpdir(), 'peep-bytes-'));
try {
  console.log(`== equal bytes from Node ${[process.versions.node, ...majors].join(', ')}`);
  const builds = [buildBy(process.execPath, 'this'), ...majors.flatMap(buildByMajor)];
  for (const name of Object.keys(builds[0])) {
    const equal = builds.every((build) => build[name] === builds[0][name]);
    console.log(`${equal ? 'equal' : 'DIFFERENT'}  ${builds[0][name]}  ${name}`);
    result[equal ? 'passed' : 'failed'] += 1;
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exitCode = total([result]);

function buildByMajor(major) {
  try {
    return [buildBy(supportedRuntime(major).node, major)];
  } catch (error) {
    result.skipped.push(`builds by Node ${major}: ${error.message.split('\n')[0]}`);
    return [];
  }
}

/** The sha256 of each file by its name. */
function buildBy(node, name) {
  const out = join(directory, name);
  const run = (...args) => execFileSync(node, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  run('scripts/bundle.mjs');
  run('scripts/wheel.mjs', out);
  try {
    run('scripts/binary.mjs', '--out', out);
  } catch (error) {
    result.skipped.push(`the binary by Node ${name}: ${error.message.split('\n')[0]}`);
  }
  const hash = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');
  const built = readdirSync(out).filter((file) => file.startsWith('peep'));
  return {
    'peep.mjs': hash(join(root, 'dist/peep.mjs')),
    ...Object.fromEntries(built.map((file) => [file, hash(join(out, file))])),
  };
}
