import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { commandNames } from '../../src/commands/arguments.js';
import { sdist } from '../mock-index/sdist.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { type Machine, makeMachine, peepHash } from './machine.js';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
const schema = JSON.parse(readFileSync(join(docs, 'report.schema.json'), 'utf8'));
const validate = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false }).compile(schema);

/** What is wrong with a report; empty when nothing is. */
function faults(report: unknown): readonly string[] {
  validate(report);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const flask = wheel({ name: 'Flask', version: '0.9' });
const fresh = wheel({ name: 'Flask', version: '1.0', files: { 'flask.pth': 'import flask\n' } });
const six = wheel({ name: 'six', version: '1.16.0' });
const werkzeug = sdist({ name: 'werkzeug', version: '0.8.3' });
const lying = { ...wheel({ name: 'lying', version: '2.0' }), filename: 'lying-1.0-py3-none-any.whl' };
const wrong = `${'R'.repeat(42)}A`;

let machine: Machine;
let index: MockIndex;
beforeAll(async () => {
  machine = await makeMachine();
  index = await startMockIndex({
    projects: {
      flask: [flask, fresh],
      six: [six],
      werkzeug: [werkzeug],
      lying: [lying],
      broken: [wheel({ name: 'broken', version: '1.0' })],
    },
    faults: [{ path: '/simple/broken/', status: 403 }],
  });
});
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await index?.close();
});
afterEach(() => machine.reset());

/** The report of a run, which must be all of stdout, follow the schema and tell the exit status. */
async function report(...args: readonly string[]) {
  const { status, stdout, stderr } = await machine.peep([...args, '--report', '-']);
  const found = JSON.parse(stdout || `"nothing; ${JSON.stringify(stderr).slice(1, -1)}"`);
  expect(faults(found)).toEqual([]);
  expect(found).toMatchObject({ command: args[0], exit_code: status });
  return { ...found, stderr };
}

function write(name: string, ...lines: readonly string[]): string {
  return machine.write(name, lines.map((line) => `${line}\n`).join(''));
}

const everything = [
  ...[peepHash(flask), 'Flask==0.9', `# sha256: ${wrong}`, 'six==1.16.0', 'werkzeug==0.8.3'],
  ...["pywin==3.0 ; sys_platform == 'win32'", 'six>=1', 'Flask==', peepHash(flask), 'nowhere==1.0'],
  ...[peepHash(lying), 'lying==1.0', peepHash(flask), 'broken==1.0', '-e .'],
  `${'https://files.example/odd-1.0.tar.gz?token=x'} --hash=sha512:${'ab'.repeat(64)}`,
];
const everyStatus = ['malformed', 'mismatched', 'missing', 'refused', 'skipped', 'unavailable', 'verified'];

describe('reports follow docs/report.schema.json', () => {
  it.each(['install', 'fetch', 'pin'])('peep %s over lines of every kind', async (command) => {
    write('requirements.txt', ...everything);
    const found = await report(command, '-r', 'requirements.txt', '-i', index.url, '--retries', '0');
    const statuses = found.requirements.map((each: { status: string }) => each.status);
    expect([...new Set(statuses)].sort()).toEqual(everyStatus);
  });

  it('peep install that goes well, again, and as a dry run', async () => {
    write('requirements.txt', peepHash(flask), 'Flask==0.9');
    const install = ['install', '-r', 'requirements.txt', '-i', index.url] as const;
    expect((await report(...install, '--dry-run')).requirements[0].status).toBe('chosen');
    expect((await report(...install)).requirements[0].status).toBe('installed');
    expect((await report(...install)).requirements[0].status).toBe('satisfied');
    const again = await report(...install, '--force-reinstall');
    expect(again.requirements[0].archive).toMatchObject({ source: 'store', url: null });
  });

  it('peep sync, and needs that nothing meets', async () => {
    const needy = wheel({ name: 'needy', version: '1.0', requiresDist: ['nobody>=3'] });
    await using other = await startMockIndex({ projects: { needy: [needy], flask: [flask] } });
    write('both.txt', `needy==1.0 --hash=sha256:${needy.sha256}`, peepHash(flask), 'Flask==0.9');
    write('one.txt', `needy==1.0 --hash=sha256:${needy.sha256}`);
    const sync = ['sync', '-i', other.url, '--yes'] as const;
    expect((await report(...sync, '-r', 'both.txt')).needs).toHaveLength(1);
    const dry = await report(...sync, '-r', 'one.txt', '--dry-run');
    expect(dry.unpinned).toContainEqual(expect.objectContaining({ name: 'flask', action: 'to-uninstall' }));
    const done = await report(...sync, '-r', 'one.txt');
    expect(done.unpinned).toContainEqual(expect.objectContaining({ name: 'flask', action: 'uninstalled' }));
  });

  it('peep fetch for targets and for all', async () => {
    write('requirements.txt', peepHash(flask), peepHash(werkzeug), 'Flask==0.9');
    const fetch = ['fetch', '-r', 'requirements.txt', '-i', index.url] as const;
    expect((await report(...fetch, '--all')).target).toBeNull();
    expect((await report(...fetch, '--for', '3.11:any', '--for', '3.12:any')).target).toContain(', ');
  });

  it('peep verify, with differences and notes', async () => {
    write('requirements.txt', peepHash(flask), 'Flask==0.9', 'werkzeug==0.8.3');
    const found = await report('verify', '-r', 'requirements.txt', '-i', index.url);
    const changes = found.differences.map(({ change }: { change: string }) => change);
    expect(changes).toEqual(expect.arrayContaining(['not-installed', 'added']));
    expect(found.notes).toContainEqual({
      project: 'pip',
      reason: 'no pin names it; compared with its own RECORD',
    });
  });

  it('peep pin --all', async () => {
    write('requirements.txt', 'Flask==0.9', 'werkzeug==0.8.3');
    const { requirements, stderr } = await report('pin', '-r', 'requirements.txt', '-i', index.url, '--all');
    expect(requirements).toMatchObject([{ status: 'missing', got: `sha256:${flask.sha256}` }, {}]);
    expect(stderr).toContain(`+    --hash=sha256:${flask.sha256}`);
  });

  it('peep hash: the lines move to stderr', async () => {
    machine.write(flask.filename, flask.bytes);
    const { archives, stderr } = await report('hash', flask.filename, 'nothing.whl');
    expect(archives).toEqual([
      { file: flask.filename, sha256: flask.sha256, reason: null },
      { file: 'nothing.whl', sha256: null, reason: "cannot hash 'nothing.whl': there is no such file" },
    ]);
    expect(stderr).toContain(`${peepHash(flask)} # ${flask.filename}\n`);
  });

  it('peep port: what was turned, and what was left out', async () => {
    write('requirements.txt', peepHash(flask), 'Flask==0.9', '# sha256: short', 'six==1.16.0');
    const { lines, stderr } = await report('port', 'requirements.txt');
    expect(lines).toMatchObject([
      { requirement: 'Flask==0.9', line: 2, status: 'ported', hashes: [`sha256:${flask.sha256}`] },
      { requirement: 'six==1.16.0', line: 4, status: 'malformed', hashes: [] },
    ]);
    expect(stderr).toContain(`    --hash=sha256:${flask.sha256}\n`);
  });

  it('peep diff: of different archives and of equal ones', async () => {
    for (const { filename, bytes } of [flask, fresh]) machine.write(filename, bytes);
    const found = await report('diff', flask.filename, fresh.filename);
    expect(found).toMatchObject({ old: { sha256: flask.sha256 }, new: { size: fresh.bytes.length } });
    expect(found.files).toContainEqual(
      expect.objectContaining({ path: 'flask.pth', change: 'added', old: null }),
    );
    expect(found.highlights.flatMap(({ items }: { items: string[] }) => items)).toContain('flask.pth');
    expect((await report('diff', flask.filename, flask.filename)).files).toEqual([]);
    const all = await report('diff', 'flask==0.9', 'flask==1.0', '--all', '-i', index.url);
    expect(all.comparisons).toHaveLength(1);
  });

  it('peep vet and peep outdated', async () => {
    machine.write(fresh.filename, fresh.bytes);
    const { archive } = await report('vet', fresh.filename);
    expect(archive).toMatchObject({ sha256: fresh.sha256, runs_at_start: ['flask.pth'] });
    write('requirements.txt', 'Flask==0.9', 'broken==1.0', 'six==1.16.0');
    const { pins } = await report('outdated', '-r', 'requirements.txt', '-i', index.url);
    expect(pins).toMatchObject([
      { status: 'outdated', newest: '1.0' },
      { status: 'unknown', reason: expect.stringContaining('403') },
      { status: 'current', newest: null },
    ]);
  });

  it('peep store: each action, and a bad entry', async () => {
    write('requirements.txt', peepHash(flask), 'Flask==0.9');
    await report('fetch', '-r', 'requirements.txt', '-i', index.url);
    const entry = { filename: flask.filename, sha256: flask.sha256, size: flask.bytes.length };
    const { path } = await report('store', 'path');
    expect((await report('store', 'list')).archives).toEqual([entry]);
    expect(await report('store', 'verify')).toMatchObject({ good: 1, bytes: entry.size, bad: [] });
    expect((await report('store', 'prune', '--max-size', '1')).removed).toEqual([entry]);
    await report('fetch', '-r', 'requirements.txt', '-i', index.url);
    const shard = join(path, 'v1', 'sha256', flask.sha256.slice(0, 2), flask.sha256, flask.filename);
    writeFileSync(shard, 'other bytes');
    const bad = await report('store', 'verify');
    expect(bad).toMatchObject({ exit_code: 1, good: 0, bad: [{ path: shard }] });
  });

  it('a report to a file, and none beside a wrong command line', async () => {
    machine.write(flask.filename, flask.bytes);
    const { stdout } = await machine.peep(['hash', flask.filename, '--report', 'out.json']);
    expect(stdout).toBe(`${peepHash(flask)}\n`);
    expect(faults(JSON.parse(readFileSync(join(machine.work, 'out.json'), 'utf8')))).toEqual([]);
    expect(await machine.peep(['store', 'nothing', '--report', '-'])).toMatchObject({
      status: 2,
      stdout: '',
    });
  });
});

describe('docs/report.md', () => {
  const text = readFileSync(join(docs, 'report.md'), 'utf8');

  it('has an example that follows the schema', () => {
    const examples = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => JSON.parse(json));
    expect(examples.map(faults)).toEqual([[]]);
  });

  it('tells every status and every command', () => {
    for (const status of schema.$defs.requirement.properties.status.enum)
      expect(text).toContain(`| \`${status}\``);
    expect(schema.properties.command.enum).toEqual([...commandNames]);
  });
});

describe('the schema refuses', () => {
  const head = { version: 1, peep: '4.0.0', command: 'hash', target: null, exit_code: 0 };
  it.each([
    ['another version', { ...head, version: 2, archives: [] }],
    ['a member that it does not know', { ...head, archives: [], more: 1 }],
    ["another command's members", { ...head, requirements: [] }],
    ['a digest with a reason', { ...head, archives: [{ file: 'a', sha256: 'a'.repeat(64), reason: 'no' }] }],
  ])('%s', (_, wrongReport) => {
    expect(faults(wrongReport)).not.toEqual([]);
  });
});
