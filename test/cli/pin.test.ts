import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FileSpec, Scenario } from '../mock-index/scenario.js';
import { sdist } from '../mock-index/sdist.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';

const quill = wheel({ name: 'quill', version: '1.0' });
const source = sdist({ name: 'quill', version: '1.0' });
const other = wheel({ name: 'quill', version: '1.0', files: { 'quill/evil.py': 'pwn()' } });
const newer = wheel({ name: 'quill', version: '1.1' });
const linux = wheel({ name: 'inkpot', version: '2.0', tag: 'cp311-cp311-manylinux_2_17_x86_64' });
const windows = wheel({ name: 'inkpot', version: '2.0', tag: 'cp312-cp312-win_amd64' });

const line = ({ sha256 }: { sha256: string }) =>
  `# sha256: ${Buffer.from(sha256, 'hex').toString('base64url')}`;
const hash = ({ sha256 }: { sha256: string }) => `--hash=sha256:${sha256}`;
/** A line of a file that had no hashes. */
const pinned = (requirement: string, ...archives: { sha256: string }[]) =>
  `${[requirement, ...archives.map((each) => `    ${hash(each)}`)].join(' \\\n')}\n`;
const stray = '--hash=sha256:'.padEnd(78, '0');
const forLinux = ['--for', '3.11:manylinux_2_28_x86_64'];
const forWindows = ['--for', '3.12:win_amd64'];

/** Runs `peep pin -r r.txt` in a directory of its own, with an index and without any Python; tells what the file is then. */
async function pin(text: string, projects: Scenario['projects'], ...args: readonly string[]) {
  using directory = tempDirectory();
  await using index = await startMockIndex({ projects: projects ?? {} });
  writeFileSync(directory.join('r.txt'), text);
  const run = await runPeep(['pin', '-r', 'r.txt', '-i', index.url, ...args], {
    cwd: directory.path,
    env: { PATH: directory.path },
  });
  return {
    ...run,
    stderr: run.stderr.replaceAll(index.origin, 'ORIGIN'),
    stdout: run.stdout.replaceAll(index.origin, 'ORIGIN'),
    file: readFileSync(directory.join('r.txt'), 'utf8'),
    files: readdirSync(directory.path).sort(),
    requests: index.requests.map(({ path }) => path),
  };
}

describe('peep pin', () => {
  it('shows a diff, writes nothing, and tells what there is to vet', async () => {
    const file: FileSpec = { ...quill, uploadTime: '2026-01-02T03:04:05Z', yanked: 'breaks\u001b[2J' };
    const run = await pin(
      'quill==1.0\n',
      { quill: { files: [file], status: { status: 'quarantined', reason: 'malware?' } } },
      ...forLinux,
      ...['--accept-status', 'quill'],
    );
    expect(run.status).toBe(0);
    expect(run.stdout).toBe(
      `--- r.txt\n+++ r.txt\n@@ -1,1 +1,2 @@\n-quill==1.0\n+quill==1.0 \\\n+    ${hash(quill)}\n`,
    );
    expect(run.file).toBe('quill==1.0\n');
    expect(run.stderr).toContain('warning: quill is quarantined, says ORIGIN/simple/: malware?');
    expect(run.stderr).toMatch(
      /to pin: quill-1\.0-py3-none-any\.whl \(\d+ B, uploaded\s+2026-01-02T03:04:05Z,\s+YANKED: breaks\\u\{1b\}\[2J\)/,
    );
    expect(run.stderr).toContain('from ORIGIN/simple/:\n  to pin: ');
    expect(run.stderr).toContain('run again with --write');
  });

  it('pins the others where a line is editable, a directory or a lost file, and names it; a false marker skips it', async () => {
    const skipped = '-e file:///home/me/mine ; python_version < "3"\n';
    const bad =
      '-e ./mine\n-e git+https://h.example/x.git#egg=x\nhere @ file:///home/me/mine\nroot @ file:///\n' +
      'lost @ file:///home/me/lost-1.0.tar.gz\n';
    const run = await pin(`${skipped}${bad}quill==1.0\n`, { quill: [quill] }, ...forLinux, '--write');
    expect(run.file).toBe(`${skipped}${bad}${pinned('quill==1.0', quill)}`);
    expect(run.status).toBe(1);
    for (const number of [2, 3, 4, 5, 6]) expect(run.stdout).toContain(`(r.txt, line ${number})`);
    expect(run.stdout + run.stderr).not.toContain('(r.txt, line 1)');
  });

  it('adds a hash for each target, and those of all archives with --all', async () => {
    const projects = { inkpot: [windows, linux] };
    const both = await pin('inkpot==2.0\n', projects, ...forLinux, ...forWindows, '--write');
    expect(both.file).toBe(pinned('inkpot==2.0', linux, windows));
    const peep = await pin('inkpot==2.0\n', projects, ...forLinux, '--style', 'peep', '--write');
    expect(peep.file).toBe(`${line(linux)}\ninkpot==2.0\n`);
    const all = await pin('inkpot==2.0\n', projects, '--all', '--style', 'pip', '--write');
    expect(all.status).toBe(0);
    expect([hash(linux), hash(windows)].every((option) => all.file.includes(option))).toBe(true);
    const more = await pin(`inkpot==2.0 ${hash(linux)}\n`, projects, ...forLinux, ...forWindows, '--write');
    expect(more.file).toBe(`inkpot==2.0 ${hash(linux)} ${hash(windows)}\n`);
  });

  it('is content with a hash that an archive for the target has', async () => {
    const run = await pin(`quill==1.0 ${hash(source)}\n`, { quill: [quill, source] }, ...forLinux, '--check');
    expect(run).toMatchObject({ status: 0, stdout: '' });
    expect(run.stderr).toContain('nothing to change');
  });

  it('downloads an archive once, from the first look to the install', async () => {
    using directory = tempDirectory();
    await using index = await startMockIndex({ projects: { quill: [quill] } });
    writeFileSync(directory.join('r.txt'), 'quill==1.0\n');
    const options = { cwd: directory.path, home: directory.join('home'), env: { PATH: directory.path } };
    const runs = [['pin'], ['pin', '--write'], ['pin', '--check'], ['fetch'], ['fetch', '--offline']];
    for (const [command = '', ...args] of runs) {
      const run = await runPeep([command, '-r', 'r.txt', '-i', index.url, ...forLinux, ...args], options);
      expect(run.stderr + run.status).toMatch(/0$/);
    }
    expect(index.requests.filter(({ path }) => path.endsWith('.whl'))).toHaveLength(1);
  });

  it('keeps nothing that its policies or its look inside refuse', async () => {
    const broken = wheel({ name: 'quill', version: '1.0', files: { '../evil.py': '' } });
    for (const [file, ...args] of [[{ ...quill, yanked: 'bad' }], [broken], [quill, '--min-age', '7d']] as [
      FileSpec,
      ...string[],
    ][]) {
      using directory = tempDirectory();
      await using index = await startMockIndex({ projects: { quill: [file] } });
      writeFileSync(directory.join('r.txt'), 'quill==1.0\n');
      const options = { cwd: directory.path, home: directory.join('home'), env: { PATH: directory.path } };
      const run = await runPeep(['pin', '-r', 'r.txt', '-i', index.url, ...forLinux, ...args], options);
      expect(run.status).toBe(1);
      expect(run.stdout).not.toContain('@@');
      const store = directory.join('home/cache/v1');
      const kept = existsSync(store) ? readdirSync(store, { recursive: true, encoding: 'utf8' }) : [];
      expect(kept.filter((path) => path.endsWith('.whl'))).toEqual([]);
    }
  });

  it('pins nothing that an install refuses for its Python, though the index says nothing of it', async () => {
    const young = wheel({ name: 'inkpot', version: '2.0', requiresPython: '>=3.12' });
    const projects = { inkpot: [young], quill: [quill] };
    const run = await pin('inkpot==2.0\nquill==1.0\n', projects, ...forLinux, '--write');
    expect(run.status).toBe(1);
    expect(run.file).toBe('inkpot==2.0\nquill==1.0\n');
    expect(run.stdout.replace(/\s+/g, ' ')).toContain(
      "'inkpot-2.0-py3-none-any.whl' needs Python >=3.12, but the target is",
    );
    const fitting = await pin('inkpot==2.0\n', projects, ...forWindows, '--write');
    expect(fitting.file).toBe(pinned('inkpot==2.0', young));
  });

  it('--check exits with 1 when something would change', async () => {
    const run = await pin('quill==1.0\n', { quill: [quill] }, ...forLinux, '--check');
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('r.txt would change');
    expect(run.file).toBe('quill==1.0\n');
  });

  it.each([
    ['an archive that was replaced', [{ ...other, filename: quill.filename }], forLinux],
    ['one whose index says nothing', [{ ...other, filename: quill.filename, hashes: 'none' }], forLinux],
    [
      'one whose page still tells the old digest',
      [{ ...quill, served: other.bytes, size: 'none' }],
      forLinux,
    ],
    ['one of several with --all', [{ ...other, filename: quill.filename }, source], ['--all']],
  ] as const)('proposes nothing for %s', async (_, files, args) => {
    const text = `quill==1.0 ${hash(quill)}\n`;
    const run = await pin(text, { quill: files as readonly FileSpec[] }, ...args, '--write');
    expect(run).toMatchObject({ status: 1, file: text });
    // Where the page tells the old digest, --all hashes and compares with the page first.
    expect(run.stdout).toContain('DO NOT MATCH THE HASHES');
    expect(run.stdout).toContain('Nothing was written.');
    expect(run.stdout).not.toContain('@@');
    expect(run.stdout).not.toContain('--hash');
  });

  it('proposes nothing while one of the hashes matches nothing, for another target either', async () => {
    const text = `inkpot==2.0 ${hash(windows)} ${stray}\n`;
    const lacking = await pin(text, { inkpot: [windows, linux] }, ...forLinux, '--write');
    expect(lacking).toMatchObject({ status: 1, file: text });
    expect(lacking.stdout).toContain('FREAK OUT');
    const content = await pin(text, { inkpot: [windows, linux] }, ...forWindows, '--write');
    expect(content).toMatchObject({ status: 0, file: text, stdout: '' });
    expect(content.stderr).toContain('the indexes no longer have an archive for sha256:0000');
  });

  it.each([
    ['bytes', { ...quill, served: other.bytes.subarray(0, quill.bytes.length), size: 'none' }],
    ['size', { ...quill, hashes: 'none', size: quill.bytes.length + 1 }],
  ] as const)('refuses an archive whose %s are not what its index says', async (_, file) => {
    const run = await pin('quill==1.0\n', { quill: [file as FileSpec] }, ...forLinux, '--write');
    expect(run).toMatchObject({ status: 1, file: 'quill==1.0\n' });
    expect(run.stdout).not.toContain('@@');
  });

  describe('two indexes with files of one name', () => {
    const unsaid = (archive: typeof quill): FileSpec => ({
      ...archive,
      filename: quill.filename,
      hashes: 'none',
    });
    it.each<[string, FileSpec, FileSpec, 0 | 1]>([
      ['that advertise other digests', quill, { ...other, filename: quill.filename }, 1],
      ['of which the first advertises none and has changed it', unsaid(other), quill, 1],
      ['of which the second advertises none and has changed it', quill, unsaid(other), 1],
      ['that advertise none and have other bytes', unsaid(quill), unsaid(other), 1],
      ['that advertise none and have the same bytes', unsaid(quill), unsaid(quill), 0],
      ['of which one advertises the digest of both', unsaid(quill), quill, 0],
    ])('%s', async (_, first, second, status) => {
      await using extra = await startMockIndex({ projects: { quill: [second] } });
      for (const scope of [forLinux, ['--all']]) {
        const options = [...scope, '--write', '--extra-index-url', extra.url];
        const run = await pin('quill==1.0\n', { quill: [first] }, ...options);
        expect(run).toMatchObject({
          status,
          file: status === 0 ? pinned('quill==1.0', quill) : 'quill==1.0\n',
        });
        if (status === 0) continue;
        const said = run.stdout.replace(/\s+/g, ' ');
        expect(said).toContain('offered more than once, with different digests');
        for (const { sha256 } of [quill, other]) expect(said).toContain(`sha256:${sha256}`);
        for (const place of ['ORIGIN/simple/', extra.url]) expect(said).toContain(`at '${place}'`);
      }
    });
  });

  it('writes nothing at all when one pin failed', async () => {
    const text = 'quill==1.0\nnowhere==1.0\n# sha256: bad\nnib==1\nflask>=1\n';
    const run = await pin(text, { quill: [quill] }, ...forLinux, '--write');
    expect(run).toMatchObject({
      status: 1,
      file: text,
      files: ['home', 'r.txt'].filter((name) => run.files.includes(name)),
    });
    expect(run.stdout).toContain('nowhere==1.0  (r.txt, line 2)');
    expect(run.stdout).toContain('nib==1  (r.txt, line 4)');
    expect(run.stdout).toContain('flask>=1  (r.txt, line 5)');
    expect(run.stdout).toContain(`+${line(quill)}`);
  });

  it('--upgrade moves one, several or all pins to the newest that they may have', async () => {
    const at = (version: string, uploadTime: string, more: Partial<FileSpec> = {}) => ({
      ...wheel({ name: 'quill', version }),
      uploadTime,
      ...more,
    });
    const projects = {
      quill: [
        at('1.0', '2026-01-01T00:00:00Z'),
        at('1.2', '2026-01-02T00:00:00Z'),
        at('1.3', '2026-01-03T00:00:00Z', { yanked: true }),
        at('1.4', '2026-01-03T00:00:00Z', { requiresPython: '>=3.14' }),
        at('2.0', '2999-01-01T00:00:00Z'),
        at('3.0rc1', '2026-01-03T00:00:00Z'),
      ],
      inkpot: [linux, wheel({ name: 'inkpot', version: '2.5' })],
    };
    const text = `quill==1.0 ${hash(quill)}\ninkpot==2.0 ${hash(linux)}  # kept\n`;
    const versions = (file: string) => file.match(/==[\w.]+/g)?.join(' ');
    const run = (...args: readonly string[]) => pin(text, projects, ...forLinux, '--write', ...args);
    const all = await run('--upgrade');
    expect(all).toMatchObject({ status: 0 });
    expect(versions(all.file)).toBe('==2.0 ==2.5');
    expect(all.file).toContain('# kept');
    expect(versions((await run('--upgrade', 'quill', '--min-age', '1d')).file)).toBe('==1.2 ==2.0');
    expect(versions((await run('--upgrade', 'quill==1.2', 'Inkpot')).file)).toBe('==1.2 ==2.5');
    const none = await pin(all.file, projects, ...forLinux, '--write', '--upgrade', 'quill');
    expect(none.stderr).toContain('quill==2.0: no newer version is allowed');
    expect(none).toMatchObject({ status: 0, file: all.file });
    const open = await pin(`${all.file}nib\n`, projects, ...forLinux, '--check', '--upgrade');
    expect(open).toMatchObject({ status: 1, stdout: expect.stringContaining('nib') });
    const unknown = await run('--upgrade', 'nib');
    expect(unknown).toMatchObject({ status: 1, file: text });
    expect(unknown.stderr).toContain("cannot move a pin to 'nib': no line pins it");
  });

  it('replaces the hashes of the old version after an edit by hand', async () => {
    const edited = `# why\nquill==1.1 ${hash(quill)}\n`;
    const known = await pin(edited, { quill: [quill, newer] }, ...forLinux, '--write');
    expect(known).toMatchObject({ status: 0, file: `# why\nquill==1.1 ${hash(newer)}\n` });
    expect(known.stderr).toContain('its hashes are those of quill 1.0');
    // The version is read in the archive: a name that another version has is no proof.
    const renamed = { ...other, filename: 'quill-0.9-py3-none-any.whl' };
    for (const files of [[newer], [newer, renamed], [{ ...quill, served: other.bytes }, newer]]) {
      const run = await pin(
        `quill==1.1 ${files.includes(renamed) ? hash(other) : hash(quill)}\n`,
        { quill: files },
        ...[...forLinux, '--write'],
      );
      expect(run).toMatchObject({ status: 1 });
      expect(run.stdout).toContain('FREAK OUT');
    }
    const bound = wheel({ name: 'quill', version: '1.0', requiresPython: '>=3.8' });
    const ofPython = await pin(
      `quill==1.1 ${hash(bound)}\n`,
      { quill: [bound, newer] },
      ...forLinux,
      '--write',
    );
    expect(ofPython).toMatchObject({ status: 0, file: `quill==1.1 ${hash(newer)}\n` });
    const half = await pin(`quill==1.1 ${hash(quill)} ${stray}\n`, { quill: [quill, newer] }, ...forLinux);
    expect(half).toMatchObject({ status: 1 });
  });

  it('--upgrade moves one pin, and looks at no other', async () => {
    const text = `${line(quill)}\nquill==1.0\ninkpot==2.0\n`;
    const projects = { quill: [quill, newer], inkpot: [linux] };
    const run = await pin(text, projects, ...forLinux, '--upgrade', 'Quill==1.1', '--write');
    expect(run).toMatchObject({ status: 0, file: `${line(newer)}\nquill==1.1\ninkpot==2.0\n` });
    expect(run.requests.filter((path) => path.includes('inkpot'))).toEqual([]);
  });

  it.each([
    ['nothing pins', 'nib==1', 'no line pins it'],
    ['lines pin differently', 'quill==1.1', 'several lines pin different versions'],
  ])('refuses to move what %s', async (_, upgrade, why) => {
    const text = 'quill==1.0 ; python_version < "3"\nquill==0.9 ; python_version > "3"\n';
    const run = await pin(text, { quill: [quill, newer] }, ...forLinux, '--upgrade', upgrade, '--write');
    expect(run).toMatchObject({ status: 1, file: text });
    expect(run.stderr).toContain(why);
  });

  it('does not pass over a pin that shall move and that no target wants', async () => {
    const text = 'quill==1.0 ; sys_platform == "win32"\n';
    const run = await pin(text, { quill: [newer] }, ...forLinux, '--upgrade', 'quill==1.1', '--write');
    expect(run).toMatchObject({ status: 1, file: text });
    expect(run.stdout.replace(/\s+/g, ' ')).toContain('is false for 3.11:manylinux_2_28_x86_64');
  });

  it('shows no password that stands beside a change', async () => {
    const text =
      '-i https://ada:secret@index.example/simple\n--extra-index-url https://${U}:${P}@x.example/\nquill==1.0\n';
    using directory = tempDirectory();
    await using index = await startMockIndex({ projects: { quill: [quill] } });
    writeFileSync(
      directory.join('r.txt'),
      text.replace('-i https', '# https').replace(/^--extra.*$/m, '# https://${U}:${P}@x.example/'),
    );
    const run = await runPeep(['pin', '-r', 'r.txt', '-i', index.url, ...forLinux], { cwd: directory.path });
    expect(run.stdout).toContain(' # https://****@index.example/simple\n # https://${U}:${P}@x.example/\n');
  });

  it('shows no part of a password that is not encoded, and no control character of a name or a line', async () => {
    using directory = tempDirectory();
    await using index = await startMockIndex({ projects: { quill: [quill] } });
    const name = 'r\n+evil==6\u001b[2J.txt';
    const urls = [
      'https://ada:p@SECRET@a.example/',
      'https:ada:p/SECRET@b.example/ https://ada:SECRET@c.example',
    ];
    writeFileSync(directory.join(name), `# ${urls.join('\n# ')}\nquill==1.0 # \u202enote\n`);
    const run = await runPeep(['pin', '-r', name, '-i', index.url, ...forLinux], { cwd: directory.path });
    expect(run.status).toBe(0);
    // The quotes, and what they double, are those of diffs.
    const shown = String.raw`r\\u{a}+evil==6\\u{1b}[2J.txt`;
    expect(run.stdout).toContain(`--- "${shown}"\n+++ "${shown}"\n`);
    expect(run.stdout).toContain(
      ' # https://****@a.example/\n # https:****@b.example/ https://****@c.example\n',
    );
    expect(run.stdout).toContain(`+quill==1.0 ${hash(quill)} # \\u{202e}note\n`);
    expect(run.stdout + run.stderr).not.toMatch(/SECRET|^\+evil|\u001b/m);
  });

  it('keeps the mode of a file, and the link that leads to it', async () => {
    using directory = tempDirectory();
    await using index = await startMockIndex({ projects: { quill: [quill] } });
    writeFileSync(directory.join('real.txt'), 'quill==1.0\n');
    chmodSync(directory.join('real.txt'), 0o640);
    symlinkSync('real.txt', directory.join('r.txt'));
    const run = await runPeep(['pin', '-r', 'r.txt', '-i', index.url, ...forLinux, '--write'], {
      cwd: directory.path,
    });
    expect(run.status).toBe(0);
    expect(lstatSync(directory.join('r.txt')).isSymbolicLink()).toBe(true);
    expect(statSync(directory.join('real.txt')).mode & 0o777).toBe(0o640);
    expect(readFileSync(directory.join('real.txt'), 'utf8')).toBe(pinned('quill==1.0', quill));
  });

  it('refuses a file on the web that would change', async () => {
    using directory = tempDirectory();
    await using index = await startMockIndex({
      projects: { quill: [quill] },
      routes: { '/r.txt': { body: 'quill==1.0\n' } },
    });
    const args = ['pin', '-r', `${index.origin}/r.txt`, '-i', index.url, ...forLinux, '--write'];
    const run = await runPeep(args, { cwd: directory.path });
    expect(run.status).toBe(1);
    expect(run.stdout.replaceAll(/\s+/g, ' ')).toContain('was read from a URL');
  });

  it('reports as JSON on stdout, with the diff on stderr', async () => {
    const run = await pin('quill==1.0\n', { quill: [quill] }, ...forLinux, '--report', '-');
    const { command, requirements } = JSON.parse(run.stdout);
    expect(command).toBe('pin');
    expect(requirements).toMatchObject([{ status: 'missing', got: `sha256:${quill.sha256}` }]);
    expect(run.stderr).toContain(`+    ${hash(quill)}`);
  });

  it('keeps what it proved in the store, so that --offline is content', async () => {
    using directory = tempDirectory();
    await using index = await startMockIndex({ projects: { quill: [quill] } });
    writeFileSync(directory.join('r.txt'), `${line(quill)}\nquill==1.0\n`);
    const args = [
      'pin',
      '-r',
      'r.txt',
      '-i',
      index.url,
      ...forLinux,
      '--check',
      '--cache-dir',
      directory.join('c'),
    ];
    expect((await runPeep(args, { cwd: directory.path })).status).toBe(0);
    const asked = index.requests.length;
    expect((await runPeep([...args, '--offline'], { cwd: directory.path })).status).toBe(0);
    expect(index.requests.length).toBe(asked);
  });

  it.each([
    [['--write', '--check'], 'cannot be combined'],
    [['--style', 'hashin'], 'neither peep nor pip'],
    [['--all', ...forLinux], 'cannot be combined with a target'],
    [['--upgrade', 'quill>1'], 'is neither NAME nor NAME==VERSION'],
    [['quill'], "does not take the argument 'quill'"],
  ])('refuses %j', async (args, why) => {
    const run = await pin('quill==1.0\n', {}, ...args);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(why);
  });
});
