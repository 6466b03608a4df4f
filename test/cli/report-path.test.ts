import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { type Machine, makeMachine, peepHash } from './machine.js';

let machine: Machine;
let index: MockIndex;
const useless = wheel({ name: 'useless', version: '1.0' });
const lines = [peepHash(useless), 'useless==1.0'];
beforeAll(async () => {
  machine = await makeMachine();
  index = await startMockIndex({ projects: { useless: [useless] } });
});
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await index?.close();
});
afterEach(() => machine.reset());

describe('a --report that cannot be written', () => {
  const bad = [
    ['a directory that is not there', 'nowhere/report.json', 'its directory does not exist'],
    ['a directory', 'directory', 'it is a directory'],
    ['below a file', 'requirements.txt/report.json', 'a file is where a directory is needed'],
  ] as const;

  it.each(bad)('is refused before anything is fetched or installed: %s', async (_, path, code) => {
    mkdirSync(join(machine.work, 'directory'));
    const start = index.requests.length;
    const { status, stderr } = await machine.install(lines, ['-i', index.url, '--report', path]);
    expect(stderr).toContain(`cannot write the report to '${path}': ${code}`);
    expect(status).toBe(1);
    expect(machine.starts()).toEqual([]);
    expect(index.requests.slice(start)).toEqual([]);
    expect(machine.installed()).toEqual([]);
  });

  it('keeps --dest as it was', async () => {
    const file = machine.write('requirements.txt', lines.join('\n'));
    const options = ['-i', index.url, '--dest', 'wheels', '--report', 'nowhere/report.json'];
    const { status } = await machine.peep(['fetch', '-r', file, ...options]);
    expect(status).toBe(1);
    expect(existsSync(join(machine.work, 'wheels'))).toBe(false);
  });

  it('is left as it is when the run comes to no report', async () => {
    const report = machine.write('report.json', 'of last week');
    await machine.peep(['install', '-r', 'none.txt', '--report', report]);
    expect(readFileSync(report, 'utf8')).toBe('of last week');
  });
});
