import { describe, expect, it } from 'vitest';
import { wheel } from '../mock-index/wheel.js';
import { sharedMachine } from './machine.js';

const { machine, index } = await sharedMachine();
const quill = wheel({ name: 'quill', version: '1.0' });
const inkpot = wheel({ name: 'inkpot', version: '2.0', tag: 'py3-none-win_amd64' });

const lock = (url: string) => `version = 1
requires-python = ">=3.6"

[[package]]
name = "example"
version = "0"
source = { editable = "." }
dependencies = [{ name = "inkpot", marker = "sys_platform == 'win32'" }, { name = "quill" }, { name = "member" }]

[[package]]
name = "member"
version = "0.3"
source = { editable = "member" }

${[quill, inkpot]
  .map(
    ({ filename, sha256 }) => `[[package]]
name = "${filename.split('-')[0]}"
version = "${filename.split('-')[1]}"
source = { registry = "${url}" }
wheels = [{ url = "${new URL(url).origin}/files/${filename.split('-')[0]}/${filename}", hash = "sha256:${sha256}" }]
`,
  )
  .join('\n')}`;

const target = ['--for', '3.11:manylinux_2_28_x86_64'];

describe('peep over a uv.lock', () => {
  it('refuses what has no archive, verifies the rest, and leaves it out with --skip-local', async () => {
    index.serve({ projects: { quill: [quill], inkpot: [inkpot] } });
    machine.write('uv.lock', lock(index.url));
    const args = ['fetch', '-r', 'uv.lock', ...target, '--report', 'report.json'];
    const refused = await machine.peep(args);
    expect(refused.status).toBe(1);
    expect(refused.stdout).toContain('member==0.3  (uv.lock, line 10)');
    const statuses = () =>
      (
        JSON.parse(machine.read('report.json')) as {
          requirements: { name: string; version: string; status: string }[];
        }
      ).requirements.map(({ name, version, status }) => [name, version, status]);
    expect(statuses()).toEqual([
      ['member', '0.3', 'refused'],
      ['quill', '1.0', 'verified'],
      ['inkpot', '2.0', 'skipped'],
    ]);
    const { status } = await machine.peep([...args, '--skip-local']);
    expect(status).toBe(0);
    expect(statuses()).toEqual([
      ['quill', '1.0', 'verified'],
      ['inkpot', '2.0', 'skipped'],
    ]);
  });

  it('pin --check proves it, and --write leaves it to uv', async () => {
    index.serve({ projects: { quill: [quill], inkpot: [inkpot] } });
    machine.write('uv.lock', lock(index.url));
    const checked = await machine.peep(['pin', '--check', '-r', 'uv.lock', '--skip-local', ...target]);
    expect(checked.stderr).toContain('nothing to change');
    expect(checked.status).toBe(0);
    const written = await machine.peep(['pin', '--write', '-r', 'uv.lock', '--skip-local', ...target]);
    expect(written.stderr).toContain("'uv.lock' is a lock file, which peep pin does not change");
    expect(written.stderr).toContain('uv lock');
    expect(written.status).toBe(1);
  });

  it('parts of a lock file need a lock file', async () => {
    machine.write('requirements.txt', 'quill==1.0\n');
    const { status, stderr } = await machine.peep([
      'fetch',
      '-r',
      'requirements.txt',
      '--extra',
      'x',
      ...target,
    ]);
    expect(stderr).toContain('name parts of a lock file');
    expect(status).toBe(2);
  });
});
