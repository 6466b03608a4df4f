import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { type Machine, makeMachine, peepHash } from './machine.js';

let machine: Machine;
let index: MockIndex;
beforeAll(async () => {
  machine = await makeMachine();
  index = await startMockIndex(scenario);
});
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await index?.close();
});
afterEach(() => machine.reset());

const [flask, werkzeug, requests, six] = [
  wheel({ name: 'Flask', version: '0.9' }),
  wheel({ name: 'Werkzeug', version: '0.8.3' }),
  wheel({ name: 'requests', version: '2.32.3' }),
  wheel({ name: 'six', version: '1.16.0' }),
];
const forWindows = wheel({ name: 'pywin', version: '3.0', tag: 'cp311-cp311-win_amd64' });
const scenario = {
  projects: {
    flask: [flask],
    werkzeug: [werkzeug],
    requests: [requests],
    six: [{ ...six, yanked: 'six too many' }],
    pywin: [forWindows],
    broken: [wheel({ name: 'broken', version: '1.0' })],
  },
  faults: [{ path: '/simple/broken/', status: 403 }],
};
const wrong = (letter: string) => letter.repeat(42) + 'A';

/** Status and all that was printed, as a user sees it. */
async function session(lines: readonly string[], more: readonly string[] = []): Promise<string> {
  const { status, stdout, stderr } = await machine.install(lines, [
    '-i',
    index.url,
    '--retries',
    '0',
    ...more,
  ]);
  return machine.shown(`exit ${status}\n--- stdout\n${stdout}--- stderr\n${stderr}`);
}

describe('reports of peep install, whole', () => {
  it("missing hashes, after peep's habit", async () => {
    const lines = [
      peepHash(flask),
      'Flask==0.9',
      '',
      'Werkzeug==0.8.3',
      "requests[socks]==2.32.3 ; python_version > '3'",
    ];
    expect(await session(lines)).toMatchSnapshot();
  });

  it("missing hashes, after pip's habit", async () => {
    const lines = [`Flask==0.9 --hash=sha256:${flask.sha256}`, 'Werkzeug==0.8.3', 'requests==2.32.3'];
    expect(await session(lines)).toMatchSnapshot();
  });

  it('a mismatch with one expected digest, and nothing ready to paste', async () => {
    const text = await session([`# sha256: ${wrong('R')}`, 'requests==2.32.3']);
    expect(text).toMatchSnapshot();
    expect(text).not.toContain('# sha256');
  });

  it('a mismatch with several, in either style', async () => {
    const lines = [
      ...[
        `# sha256: ${wrong('R')}`,
        `# sha256: ${wrong('S')}`,
        `# sha256: ${wrong('T')}`,
        'requests==2.32.3',
      ],
      `six==1.16.0 --hash=sha256:${'ab'.repeat(32)} --hash=sha512:${'cd'.repeat(64)}`,
    ];
    expect(await session(lines)).toMatchSnapshot();
  });

  it('malformed and refused lines, each with file, line and reason', async () => {
    machine.write('more/nested.txt', 'Flask>=0.9\n--hash=sha256:12\n');
    const lines = [
      ...['# sha256: short', 'requests==2.32.3', '-e .', 'git+https://example.org/x.git#egg=x', 'Werkzeug'],
      ...['Flask==', './directory', '-r more/nested.txt', 'six==1.* --hash=md5:00'],
    ];
    expect(await session(lines)).toMatchSnapshot();
  });

  it('what cannot be had, and why', async () => {
    const hash = peepHash(flask);
    const lines = [hash, 'nowhere==1.0', hash, 'Flask==7.0', hash, 'pywin==3.0', hash, 'broken==1.0'];
    expect(await session(lines)).toMatchSnapshot();
  });

  it('everything at once, in the order mismatched, missing, malformed, unavailable', async () => {
    const text = await session([
      ...[peepHash(flask), 'nowhere==1.0', 'Werkzeug>=0.8', 'six==1.16.0'],
      ...[`# sha256: ${wrong('R')}`, 'requests==2.32.3', peepHash(flask), 'Flask==0.9'],
    ]);
    expect(text).toMatchSnapshot();
  });

  it('a mismatch comes before what is installed already', async () => {
    const lines = [peepHash(flask), 'Flask==0.9'];
    await machine.install(lines, ['-i', index.url]);
    expect(await session([...lines, `# sha256: ${wrong('R')}`, 'requests==2.32.3'])).toMatchSnapshot();
  });

  it('prose is at most 80 columns wide, and hash lines are whole', async () => {
    const long = `project-with-${'a-very-'.repeat(14)}long-name==1.0`;
    const text = await session([
      `${long} --hash=sha256:${'ab'.repeat(32)}`,
      'six==1.16.0',
      'requests>=1',
      long,
    ]);
    const report = text.slice(text.indexOf('--- stdout'), text.indexOf('--- stderr'));
    const tooLong = report.split('\n').filter((line) => line.length > 80);
    expect(tooLong.length).toBeGreaterThan(2);
    // Only what must not be broken: names, addresses and hash lines.
    for (const line of tooLong) expect(line.trim()).toMatch(/^\S+$|^\S+ {2}\(.*\)$|^--hash/);
    expect(text).toContain(`    --hash=sha256:${six.sha256}\n`);
  });

  it('an install that goes well, and a warning for a yanked file', async () => {
    const lines = [peepHash(six), 'six==1.16.0', peepHash(flask), 'Flask==0.9'];
    const { status, stdout, stderr } = await machine.install(lines, ['-i', index.url]);
    expect(stdout).toBe('To install:\n\n    six 1.16.0\n    Flask 0.9\n\nInstalled 2 distributions.\n');
    expect(machine.shown(stderr)).toMatchSnapshot();
    expect(status).toBe(0);
  });

  it('-q says nothing but what pip and peep must', async () => {
    const { status, stdout, stderr } = await machine.install(
      [peepHash(flask), 'Flask==0.9'],
      ['-i', index.url, '-q'],
    );
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });

  it('no escape codes without a terminal, and some with FORCE_COLOR', async () => {
    const plain = await machine.install(['Flask>=1'], ['-i', 'nonsense://']);
    expect(plain.stdout + plain.stderr).not.toContain('\u001b');
    const forced = await machine.install(['Flask>=1'], ['-i', 'nonsense://'], { env: { FORCE_COLOR: '1' } });
    expect(forced.stderr).toContain('\u001b[31merror:');
  });
});

describe('--report', () => {
  const lines = [
    ...[peepHash(flask), 'Flask==0.9', `# sha256: ${wrong('R')}`, 'requests==2.32.3', 'Werkzeug==0.8.3'],
    ...['six>=1', 'nowhere==1.0', "pywin==3.0 ; sys_platform == 'win32'"],
  ];

  it('-: JSON on stdout, and the human report on stderr', async () => {
    const { status, stdout, stderr } = await machine.install(lines, ['-i', index.url, '--report', '-']);
    expect(status).toBe(1);
    expect(stderr).toContain('FREAK OUT');
    const { target, ...report } = JSON.parse(stdout);
    expect(target).toMatch(/^CPython 3\.\d+ on /);
    const order = 'name version requirement file line status expected archive got reason provenance';
    for (const requirement of report.requirements) expect(Object.keys(requirement).join(' ')).toBe(order);
    expect(JSON.parse(machine.shown(JSON.stringify(report)))).toMatchSnapshot();
  });

  it("a file, with what was installed; pip's output stays where it is", async () => {
    const good = [peepHash(flask), 'Flask==0.9'];
    const { status, stdout } = await machine.install(good, ['-i', index.url, '--report', 'out.json']);
    expect(status).toBe(0);
    expect(stdout).toContain('Installed 1 distribution.\n');
    const report = JSON.parse(readFileSync(`${machine.work}/out.json`, 'utf8'));
    expect(report).toMatchObject({ version: 1, command: 'install', exit_code: 0 });
    expect(report.requirements).toMatchObject([
      {
        name: 'flask',
        version: '0.9',
        requirement: 'Flask==0.9',
        file: 'requirements.txt',
        line: 2,
        status: 'installed',
        expected: [`sha256:${flask.sha256}`],
        archive: {
          filename: flask.filename,
          size: flask.bytes.length,
          sha256: flask.sha256,
          source: 'index',
        },
        got: null,
        reason: null,
      },
    ]);
    const again = await machine.install(good, ['--report', '-', '--force-reinstall']);
    expect(JSON.parse(again.stdout).requirements[0].archive).toMatchObject({ source: 'store', url: null });
    expect(again.stderr).toContain('Installed 1 distribution.\n');
    const satisfied = await machine.install(good, ['--report', '-']);
    expect(JSON.parse(satisfied.stdout).requirements[0]).toMatchObject({
      status: 'satisfied',
      archive: null,
    });
    const unhashed = await machine.install(['Flask==0.9']);
    expect(unhashed.status).toBe(0);
    expect(unhashed.stderr).toContain(
      'warning: Flask==0.9 has no hash; it is accepted because it is already installed',
    );
  });

  it('what runs only with something that nobody pinned is told', async () => {
    const needy = wheel({ name: 'needy', version: '1.0', requiresDist: ['Flask>=1', 'six'] });
    await using other = await startMockIndex({ projects: { needy: [needy], flask: [flask] } });
    const pins = [peepHash(needy), 'needy==1.0', peepHash(flask), 'Flask==0.9'];
    const { status, stderr } = await machine.install(pins, ['-i', other.url]);
    expect(status).toBe(0);
    expect(stderr).toContain('warning: needy needs Flask>=1, but 0.9 is installed\n');
    expect(stderr).toContain('warning: needy needs six, which is neither pinned nor installed\n');
    expect(stderr).toContain('hint: peep installs only what is pinned');
  });

  it('--dry-run chooses from pages alone', async () => {
    const before = index.requests.length;
    const good = [peepHash(flask), 'Flask==0.9', 'Werkzeug==0.8.3'];
    const { stdout, stderr } = await machine.install(good, ['-i', index.url, '--dry-run', '--report', '-']);
    const report = JSON.parse(stdout);
    expect(stderr).toContain('warning: 1 requirement has no hash: Werkzeug==0.8.3');
    expect(stderr).toContain(`    Flask==0.9  ${flask.filename}  (`);
    expect(
      report.requirements.map((each: { archive: { filename: string } }) => each.archive.filename),
    ).toEqual([flask.filename, werkzeug.filename]);
    expect(
      index.requests
        .slice(before)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['/simple/flask/', '/simple/werkzeug/']);
    expect(machine.installed()).toEqual([]);
  });

  it('where it cannot be written: said, exit 1', async () => {
    const { status, stderr } = await machine.install(['Flask>=1'], ['--report', 'no/such/directory.json']);
    expect(status).toBe(1);
    expect(stderr).toContain(
      "cannot write the report to 'no/such/directory.json': its directory does not exist",
    );
  });
});
