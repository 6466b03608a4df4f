import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { type Machine, makeMachine, peepHash } from './machine.js';

const quill = wheel({ name: 'quill', version: '1.0' });
const inkpot = wheel({ name: 'inkpot', version: '2.0', files: { 'inkpot.py': 'x = 1\n'.repeat(500) } });

let machine: Machine;
let index: MockIndex;
beforeAll(async () => {
  machine = await makeMachine({ withPip: false });
  index = await startMockIndex({ projects: { quill: [quill], inkpot: [inkpot] } });
});
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await index?.close();
});
afterEach(() => machine.reset());

const size = (bytes: number) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);

describe('peep fetch', () => {
  it('--dry-run shows sizes and their sum', async () => {
    machine.write('r.txt', `${peepHash(quill)}\nquill==1.0\n${peepHash(inkpot)}\ninkpot==2.0\n`);
    const fetch = ['fetch', '-r', 'r.txt', '-i', index.url];
    const { status, stdout } = await machine.peep([...fetch, '--dry-run']);
    expect(status).toBe(0);
    expect(stdout).toContain(`quill==1.0  ${quill.filename}  (${size(quill.bytes.length)}, http://`);
    const sum = size(quill.bytes.length + inkpot.bytes.length);
    expect(stdout).toMatch(new RegExp(`\\n\\n2 archives, ${sum} to download\\n$`));
    machine.write('one.txt', `${peepHash(quill)}\nquill==1.0\n`);
    await machine.peep(['fetch', '-r', 'one.txt', '-i', index.url]);
    const rest = await machine.peep([...fetch, '--dry-run']);
    expect(rest.stdout).toContain(`2 archives, ${size(inkpot.bytes.length)} to download, 1 in the store\n`);
  });

  it.each([['-d'], ['--dest'], ['--destination-directory']])(
    'takes the options of pip download by their names: %s',
    async (dest) => {
      machine.write('r.txt', `${peepHash(quill)}\nquill==1.0\n`);
      const options = ['--no-deps', '--require-hashes', '--no-cache-dir', '--disable-pip-version-check'];
      const more = [
        '--only-binary',
        ':all:',
        '--exists-action',
        'i',
        '--ignore-requires-python',
        '--no-input',
      ];
      const args = ['fetch', dest, 'wheels', ...options, ...more, '-r', 'r.txt', '-i', index.url];
      expect(await machine.peep(args)).toMatchObject({ status: 0 });
      expect(readdirSync(join(machine.work, 'wheels'))).toEqual(
        expect.arrayContaining(['SHA256SUMS', quill.filename]),
      );
    },
  );
});

describe.skipIf(process.platform !== 'linux')('a report on a full disk', () => {
  it('is a sentence', async () => {
    machine.write(quill.filename, quill.bytes);
    const { status, stderr } = await machine.peep(['hash', quill.filename, '--report', '/dev/full']);
    expect(stderr).toMatch(
      /^error: cannot write the report to '\/dev\/full': the disk is full; the file is now incomplete\nhint: /,
    );
    expect(status).toBe(1);
    expect(existsSync('/dev/full')).toBe(true);
  });

  it('leaves no file that is cut short', async () => {
    machine.write(quill.filename, quill.bytes);
    const many = Array.from({ length: 40 }, () => quill.filename);
    const limited = ['bash', '-c', 'ulimit -f 1; exec "$@"', 'limited'];
    const args = ['hash', ...many, '--report', 'report.json'];
    const { status, stderr } = await machine.peep(args, { wrapper: limited });
    expect(stderr).toContain("cannot write the report to 'report.json': the file would be larger");
    expect(status).toBe(1);
    expect(existsSync(join(machine.work, 'report.json'))).toBe(false);
  });
});

describe.skipIf(process.platform === 'win32')('a password from keyring', () => {
  it.each([
    ['the form that knows the user', 'https', '--mode=creds --output=json get'],
    ['the old form, with the user in the URL', 'me@', 'get'],
  ])('is asked for in %s', async (_, user, form) => {
    await using guarded = await startMockIndex({
      projects: { quill: [quill] },
      auth: { user: 'me', password: 'swordfish' },
    });
    const url = user === 'me@' ? guarded.url.replace('http://', 'http://me@') : guarded.url;
    const place = guarded.url;
    const script =
      form === 'get'
        ? `[ "$*" = "get ${place} me" ] && echo swordfish`
        : `[ "$*" = "${form} ${place}" ] && echo '{"username": "me", "password": "swordfish"}'`;
    const bin = machine.write('bin/keyring', `#!/bin/sh\n${script}\n`);
    chmodSync(bin, 0o755);
    machine.write('r.txt', `${peepHash(quill)}\nquill==1.0\n`);
    const env = { PATH: `${join(machine.work, 'bin')}:${process.env.PATH}` };
    const fetch = ['fetch', '-r', 'r.txt', '-i', url, '--keyring-provider', 'subprocess'];
    const run = await machine.peep(fetch, { env });
    expect(run.stderr).not.toContain('swordfish');
    expect(run).toMatchObject({ status: 0 });
  });
});
