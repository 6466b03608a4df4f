import { execFile } from 'node:child_process';
import { cpSync, readdirSync, symlinkSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { defaultPython } from '../support/pythons.js';
import { cleanEnvironment } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const notInAClone = ['.git', 'node_modules', 'dist', 'coverage', '.quickstart'];

describe('npm run quickstart', () => {
  it('works in a copy of the sources, in 80 columns, and leaves no litter', async (context) => {
    if ((await defaultPython()) === undefined) return context.skip('there is no Python with pip');
    using directory = tempDirectory();
    const clone = directory.join('clone');
    cpSync(root, clone, {
      recursive: true,
      filter: (path) => !notInAClone.includes(relative(root, path).split(sep)[0] ?? ''),
    });
    // `npm ci` would need a registry; the gate has run it.
    symlinkSync(`${root}node_modules`, `${clone}/node_modules`);
    const before = filesIn(clone);
    const env = cleanEnvironment(directory.path);
    const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'quickstart'], {
      cwd: clone,
      env,
    });
    expect(stdout).toMatch(/^teapot==1\.0$/m);
    expect(stdout).toContain('DO NOT MATCH THE HASHES');
    expect(stdout).toContain('Installs that pip was started for: 1 before the tampered run, 0 in it.');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(filesIn(clone).filter((path) => !path.startsWith('dist'))).toEqual(before);
    expect(readdirSync(directory.join('tmp')).filter((name) => name.includes('quickstart'))).toEqual([]);
  });
});

function filesIn(directory: string): string[] {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return paths.filter((path) => !path.startsWith('node_modules')).sort();
}
