/**
 * Records test/vectors/locks.json with uv itself and a Python that has `packaging`:
 *
 *     npx esbuild test/support/locks/record.ts --bundle --platform=node --outfile=record.cjs
 *     node record.cjs UV PYTHON > test/vectors/locks.json
 *
 * uv says what a lock file means as a list of requirements with markers; packaging says which markers hold.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFor } from '../../../src/target/describe.js';
import { parts, sizes, targets } from './parts.js';
import { lockedProject } from './project.js';
import { uvLock, uvProject } from './uv-lock.js';

const [uv = 'uv', python = 'python3'] = process.argv.slice(2);

const evaluate = `
import json, sys
from packaging.markers import Marker
asked = json.load(sys.stdin)
print(json.dumps([[m is None or Marker(m).evaluate(e) for m in asked['markers']] for e in asked['environments']]))
`;

const recorded = sizes.map((size) => {
  const project = lockedProject(size);
  const directory = mkdtempSync(join(tmpdir(), 'locks-'));
  writeFileSync(join(directory, 'uv.lock'), uvLock(project));
  writeFileSync(join(directory, 'pyproject.toml'), uvProject(project));
  const exported = Object.entries(parts).map(([part, args]) => {
    const text = execFileSync(
      uv,
      ['export', '--frozen', '--offline', '--no-hashes', '--no-annotate', '--no-header', ...args],
      { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const lines = text.split('\n').filter((line) => line !== '');
    const requirements = lines.map((line) => {
      const [requirement = '', marker] = line.split(' ; ');
      return [requirement.trim(), marker?.trim() ?? null] as const;
    });
    const environments = targets.map((target) => describeFor(target).environment);
    const input = JSON.stringify({ markers: requirements.map(([, marker]) => marker), environments });
    const answer = JSON.parse(
      execFileSync(python, ['-c', evaluate], { input, encoding: 'utf8' }),
    ) as boolean[][];
    const applies = Object.fromEntries(
      targets.map((target, i) => [target, (answer[i] ?? []).map((holds) => (holds ? '1' : '0')).join('')]),
    );
    return [part, { requirements, applies }] as const;
  });
  return [size, Object.fromEntries(exported)] as const;
});
process.stdout.write(`${JSON.stringify(Object.fromEntries(recorded), null, 1)}\n`);
