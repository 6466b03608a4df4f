import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sdist } from '../mock-index/sdist.js';
import { startMockIndex } from '../mock-index/server.js';
import { type BuiltArchive, wheel } from '../mock-index/wheel.js';
import { startMockRegistry } from '../registry/mock-registry.js';
import type { Finished } from '../support/run-peep.js';
import { type Machine, makeMachine } from './machine.js';

/**
 * F22: each call to the file system that a command makes fails once, in turn. The run ends with its documented status
 * and a sentence with path and cause, and what it was to write is either as before or whole.
 *
 * By default some calls of each command fail. `npm run fuzz -- --disk each` lets each of them fail once, `--disk all` in
 * every way.
 */
const extent = process.env.PEEP_FAULTS;
const everything = extent === 'all' || extent === 'each';
/** Those of the gate are quick; the others run with `npm run fuzz -- --disk each`. */
const only = new RegExp(
  process.env.PEEP_FAULTS_OF ??
    (everything ? '' : '^(?:hash|port|pin from directories|store list|vet|outdated)$'),
);
const perScenario = 4;
const preload = new URL('../support/failing-calls.mjs', import.meta.url).href;

interface Scenario {
  readonly args: readonly string[];
  /** Makes the state before the run. */
  readonly prepare: (machine: Machine) => unknown;
  /** Below the machine's directory: what the run writes. */
  readonly targets?: readonly string[];
  /** Each of them is a file by itself: one may be written where another is not. */
  readonly apart?: true;
  /** Of a run in which nothing fails; 0 by default. */
  readonly status?: number;
  readonly env?: (machine: Machine) => Record<string, string>;
}

interface Call {
  readonly key: string;
  readonly path: string;
  readonly isWriter: boolean;
}

const text = (size: number) => Array.from({ length: size / 10 }, (_, i) => `x${i} = ${i}\n`).join('');
const quill = wheel({ name: 'quill', version: '1.0', files: { 'quill.py': text(5000) } });
const quill2 = wheel({ name: 'quill', version: '2.0', files: { 'quill.py': text(6000) } });
const large = wheel({
  name: 'large',
  version: '1.0',
  files: { 'large.bin': Buffer.alloc(3 << 20, 'large') },
});
const source = sdist({ name: 'reed', version: '3.0', build: 'in-tree' });
const pip = ({ filename, sha256 }: BuiltArchive, hash = true) => {
  const [, name, version] = /^([^-]+)-([\d.]+\d)/.exec(filename) ?? [];
  return `${name}==${version}${hash ? ` --hash=sha256:${sha256}` : ''}\n`;
};

const index = await startMockIndex({
  projects: { quill: [quill, quill2], large: [large], reed: [source] },
});
const registry = await startMockRegistry({ archives: [quill] });
const machines = await Promise.all([makeMachine(), makeMachine()]);
afterAll(async () => {
  for (const machine of machines) machine[Symbol.dispose]();
  await index.close();
  await registry[Symbol.asyncDispose]();
});

const from = ['-i', index.url, '--retries', '0'];
const linux = ['--for', '3.11:manylinux_2_28_x86_64'];
const pins =
  (...lines: readonly string[]) =>
  (machine: Machine) =>
    machine.write('r.txt', lines.join(''));
async function stored(machine: Machine): Promise<void> {
  pins(pip(quill), pip(large))(machine);
  const { status, stderr } = await machine.peep(['fetch', '-r', 'r.txt', ...from, ...linux]);
  expect(status, stderr).toBe(0);
}
async function installed(machine: Machine): Promise<void> {
  await stored(machine);
  const { status, stderr } = await machine.peep(['install', '-r', 'r.txt', ...from]);
  expect(status, stderr).toBe(0);
}
const archives = (machine: Machine) => {
  for (const archive of [quill, quill2]) machine.write(archive.filename, archive.bytes);
};
const places = (machine: Machine) => {
  archives(machine);
  machine.write('page.html', `<a href="${quill2.filename}#sha256=${quill2.sha256}">x</a>`);
};

const scenarios: Readonly<Record<string, Scenario>> = {
  hash: {
    args: ['hash', quill.filename, quill2.filename, '--report', 'report.json'],
    prepare: archives,
    targets: ['work/report.json'],
  },
  port: {
    args: ['port', 'r.txt', '--report', 'report.json'],
    prepare: (machine) => {
      machine.write('more.txt', pip(large));
      pins('-r more.txt\n', pip(quill))(machine);
    },
    targets: ['work/report.json'],
  },
  'pin --write': {
    args: ['pin', '-r', 'r.txt', '--write', ...from, ...linux],
    prepare: (machine) => {
      machine.write('more.txt', pip(large, false));
      pins('-r more.txt\n', pip(quill, false))(machine);
    },
    targets: ['work'],
  },
  'pin from directories': {
    args: ['pin', '-r', 'r.txt', '--write', '--no-index', '-f', '.', '-f', 'page.html', ...linux],
    prepare: (machine) => {
      places(machine);
      pins(pip(quill, false))(machine);
    },
    targets: ['work/r.txt'],
  },
  fetch: {
    args: ['fetch', '-r', 'r.txt', '--memory-budget', '1M', ...from, ...linux],
    prepare: pins(pip(quill), pip(large), pip(source)),
  },
  'fetch from the store': {
    args: ['fetch', '-r', 'r.txt', '--strict', '--memory-budget', '1M', ...from, ...linux],
    prepare: stored,
  },
  'fetch of what is stored': { args: ['fetch', '-r', 'r.txt', ...from, ...linux], prepare: stored },
  'fetch from directories': {
    args: ['fetch', '-r', 'r.txt', '--no-index', '-f', 'page.html', '-f', '.', ...linux],
    prepare: (machine) => {
      places(machine);
      pins(pip(quill2))(machine);
    },
  },
  'fetch --dest': {
    args: ['fetch', '-r', 'r.txt', '--dest', 'dest', '--layout', 'simple', ...from, ...linux],
    prepare: async (machine) => {
      pins(pip(quill2))(machine);
      await machine.peep(['fetch', '-r', 'r.txt', '--dest', 'dest', '--layout', 'simple', ...from, ...linux]);
      pins(pip(quill), pip(large))(machine);
    },
    targets: ['work/dest'],
  },
  'fetch with report and SBOM': {
    args: ['fetch', '-r', 'r.txt', '--report', 'report.json', '--sbom', 'sbom.json', ...from, ...linux],
    prepare: (machine) => {
      pins(pip(quill))(machine);
      for (const name of ['report.json', 'sbom.json'])
        machine.write(name, `{"of": "${'before '.repeat(9)}"}\n`);
    },
    targets: ['work/report.json', 'work/sbom.json'],
    apart: true,
  },
  'store list': { args: ['store', 'list'], prepare: stored },
  'store verify': { args: ['store', 'verify'], prepare: stored },
  'store prune': { args: ['store', 'prune', '--max-size', '0'], prepare: stored },
  'store push': {
    args: ['store', 'push', '-r', 'r.txt', `oci://${registry.host}/team/python`, ...from, ...linux],
    prepare: (machine) => pins(pip(quill))(machine),
    status: 1,
  },
  vet: {
    args: ['vet', quill.filename, '--html', 'page.html'],
    prepare: archives,
    targets: ['work/page.html'],
  },
  diff: {
    args: ['diff', quill.filename, quill2.filename, '--html', 'page.html', '--report', 'report.json'],
    prepare: archives,
    targets: ['work/page.html', 'work/report.json'],
    apart: true,
    status: 1,
  },
  'vet of an archive of the index': { args: ['vet', 'quill==1.0', ...from, ...linux], prepare: () => {} },
  'diff of archives of the index': {
    args: ['diff', 'quill==1.0', 'quill==2.0', ...from, ...linux],
    prepare: () => {},
    status: 1,
  },
  outdated: {
    args: ['outdated', '-r', 'r.txt', '--report', 'report.json', ...from, ...linux],
    prepare: pins(pip(quill)),
    targets: ['work/report.json'],
  },
  install: {
    args: ['install', '-r', 'r.txt', ...from],
    prepare: pins(pip(quill), pip(large)),
    targets: ['site'],
  },
  'install by uv': {
    args: ['install', '-r', 'r.txt', '--installer', 'uv', ...from],
    prepare: (machine) => {
      pins(pip(quill), pip(large))(machine);
      machine.write('programs/uv', unpacking(machine));
      chmodSync(join(machine.work, 'programs/uv'), 0o755);
    },
    env: ({ work }) => ({ PATH: join(work, 'programs') + delimiter + process.env.PATH }),
    targets: ['site'],
  },
  'install of a source archive': {
    args: ['install', '-r', 'r.txt', ...from],
    prepare: pins(pip(source)),
    targets: ['site'],
  },
  verify: { args: ['verify', '-r', 'r.txt', ...from], prepare: installed },
  'verify --fix': {
    args: ['verify', '-r', 'r.txt', '--fix', '--yes', ...from],
    prepare: async (machine) => {
      await installed(machine);
      writeFileSync(join(machine.venv.sitePackages, 'quill.py'), 'changed\n');
      writeFileSync(join(machine.venv.sitePackages, 'added.py'), 'added\n');
    },
    targets: ['site'],
  },
};

/** A uv that unpacks the wheels of its staging. */
function unpacking({ venv }: Machine): string {
  const unpack = `'${venv.path}/bin/python' -I -m zipfile -e "$wheel" '${venv.sitePackages}'`;
  return `#!/bin/sh\n[ "$1" = --version ] && { echo "uv 0.13.9"; exit 0; }\nfor wheel in archives/*.whl; do ${unpack} || exit 2; done\n`;
}

describe('a call to the file system that fails', { timeout: everything ? 7_200_000 : 300_000 }, () => {
  const names = Object.entries(scenarios).filter(([name]) => only.test(name));
  it.each(names)('%s', async (name, scenario) => {
    const [first] = machines as [Machine, ...Machine[]];
    const states = await Promise.all(machines.map((machine) => prepared(machine, scenario)));
    const log = first.directory.join('calls');
    writeFileSync(log, '');
    states[0]?.restore();
    const before = contentOf(first, scenario);
    const sound = await run(first, scenario, { PEEP_TEST_CALLS: log });
    const after = contentOf(first, scenario);
    expect(sound.status, sound.stderr).toBe(scenario.status ?? 0);
    const faults = chosenFaults(callsIn(log));
    const found: string[] = [];
    let failed = 0;
    const queue = faults.values();
    await Promise.all(
      machines.map(async (machine, i) => {
        for (const { call, code } of queue) {
          states[i]?.restore();
          const hits = machine.directory.join('hits');
          rmSync(hits, { force: true });
          const once = code === 'EIO' || code === 'EBUSY';
          const ended = await run(machine, scenario, {
            PEEP_TEST_FAIL: JSON.stringify({ key: call.key, code, once, log: hits }),
          });
          // Which calls a run makes depends a little on what answers first.
          if (!existsSync(hits)) continue;
          failed += 1;
          const path = readFileSync(hits, 'utf8').split('\n')[0] ?? '';
          const problems = problemsOf({
            ...{ ended, path, sound, before, after, code, apart: scenario.apart === true },
            now: contentOf(machine, scenario),
            root: machine.directory.path,
          });
          for (const problem of problems)
            found.push(`${name}: ${code} at ${call.key}: ${problem}\n${machine.shown(ended.stderr)}`);
          if (everything)
            console.log(
              `${name} | ${code} at ${call.key} | status ${ended.status} | ${machine.shown(ended.stderr)}`,
            );
        }
      }),
    );
    expect(found.join('\n')).toBe('');
    expect(failed).toBeGreaterThan(faults.length / 2);
  });
});

function run(machine: Machine, scenario: Scenario, env: Record<string, string>): Promise<Finished> {
  const own = { NODE_OPTIONS: `--import=${preload}`, PEEP_TEST_ROOT: machine.directory.path };
  return machine.peep(scenario.args, { env: { ...own, ...scenario.env?.(machine), ...env } });
}

function callsIn(log: string): Call[] {
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  const calls = lines.map((line) => JSON.parse(line) as Call);
  return [...new Map(calls.map((call) => [call.key, call])).values()];
}

/** Every call in each way, or a few of them, spread over the run: the same ones each time. */
function chosenFaults(calls: readonly Call[]): { readonly call: Call; readonly code: string }[] {
  const codesOf = ({ isWriter }: Call) =>
    isWriter ? ['ENOSPC', 'EROFS', 'EACCES', 'EIO', 'EBUSY'] : ['EACCES', 'EIO', 'EBUSY'];
  if (extent === 'all') return calls.flatMap((call) => codesOf(call).map((code) => ({ call, code })));
  const count = Math.min(extent === 'each' ? calls.length : perScenario, calls.length);
  const places = Array.from({ length: count }, (_, i) => Math.floor((i * calls.length) / count));
  return places.map((place, i) => {
    const call = calls[place] as Call;
    const codes = codesOf(call);
    return { call, code: codes[i % codes.length] as string };
  });
}

/** Keeps a copy of what the preparation made, and puts it back before each run. */
async function prepared(machine: Machine, scenario: Scenario): Promise<{ restore(): void }> {
  machine.reset();
  const kept = machine.directory.join('kept');
  rmSync(kept, { recursive: true, force: true });
  const own = new Set(readdirSync(machine.venv.sitePackages));
  await scenario.prepare(machine);
  mkdirSync(kept);
  for (const name of ['work', 'cache'])
    if (existsSync(machine.directory.join(name)))
      cpSync(machine.directory.join(name), join(kept, name), { recursive: true });
  for (const name of readdirSync(machine.venv.sitePackages))
    if (!own.has(name))
      cpSync(join(machine.venv.sitePackages, name), join(kept, 'site', name), { recursive: true });
  return {
    restore() {
      machine.reset();
      for (const name of ['work', 'cache'])
        if (existsSync(join(kept, name)))
          cpSync(join(kept, name), machine.directory.join(name), { recursive: true });
      if (existsSync(join(kept, 'site')))
        cpSync(join(kept, 'site'), machine.venv.sitePackages, { recursive: true });
      rmSync(machine.directory.join('tmp'), { recursive: true, force: true });
      mkdirSync(machine.directory.join('tmp'));
    },
  };
}

/** What the run is about to write, by path below the machine's directory; of the environment, what peep put there. */
function contentOf({ directory, venv, installed }: Machine, { targets = [] }: Scenario): Map<string, string> {
  const found = new Map<string, string>();
  const enter = (path: string, shown: string): void => {
    if (!existsSync(path)) return;
    try {
      for (const name of readdirSync(path)) enter(join(path, name), join(shown, name));
    } catch {
      found.set(shown, readFileSync(path, 'latin1').replaceAll(/"(?:date|time|timestamp)[^\n]*/g, ''));
    }
  };
  for (const target of targets) {
    if (target !== 'site') enter(directory.join(target), target);
    else {
      found.set('site', installed().join());
      for (const name of ['quill.py', 'large.bin', 'added.py', 'reed.py'])
        enter(join(venv.sitePackages, name), `site/${name}`);
    }
  }
  return found;
}

interface Observation {
  readonly ended: Finished;
  /** Of the call that failed. */
  readonly path: string;
  readonly code: string;
  readonly sound: Finished;
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
  readonly now: ReadonlyMap<string, string>;
  readonly root: string;
  readonly apart: boolean;
}

const causes: Readonly<Record<string, RegExp>> = {
  EACCES: /permission denied|EACCES/,
  EBUSY: /another program uses it|EBUSY/,
  EIO: /the disk reports an error|EIO/,
  ENOSPC: /the disk is full|ENOSPC/,
  EROFS: /the file system is read-only|EROFS/,
};

function problemsOf({ ended, path, code, sound, before, after, now, root, apart }: Observation): string[] {
  const { status, stderr, stdout } = ended;
  const problems: string[] = [];
  if (status !== 0 && status !== 1) problems.push(`it ends with status ${status}`);
  if (/bug in peep|internal error|\n {4}at /.test(stderr)) problems.push('it shows a stack trace');
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  const isOld = (name: string) => now.get(name) === before.get(name);
  const isNew = (name: string) => now.get(name) === after.get(name);
  if (status === 0 && sound.status === 0) {
    const missing = changed.filter((name) => !isNew(name));
    if (missing.length > 0) problems.push(`it succeeds without ${missing}`);
    if (stdout !== sound.stdout) problems.push(`it succeeds and prints ${stdout}`);
  } else if (status !== sound.status || stderr !== sound.stderr) {
    const told = stderr + stdout;
    if (!causes[code]?.test(told)) problems.push('it does not say why');
    // A file that is written beside its place has a name that nobody knows: `.r.txt.…`, `.peep-…`.
    const place = /^\.(.*?)\.?[0-9a-f]{8}-\d+-/.exec(basename(path))?.[1] ?? '';
    const besides = place.startsWith('peep') ? [...changed].map((name) => basename(name)) : [place];
    const above: string[] = [];
    for (let at = path; at.length > root.length; at = dirname(at)) above.push(at);
    const spellings = [path, ...above, basename(path), ...besides].filter((each) => each.length > 4);
    if (!spellings.some((each) => told.includes(each))) problems.push(`it does not name ${path}`);
  }
  for (const name of new Set([...changed, ...now.keys()]))
    if (!isOld(name) && !isNew(name)) problems.push(`${name} is neither as before nor whole`);
  const [old, fresh] = [changed.filter(isOld), changed.filter((name) => !isOld(name) && isNew(name))];
  if (
    status !== 0 &&
    !apart &&
    old.length > 0 &&
    fresh.length > 0 &&
    !fresh.every((name) => stderr.includes(basename(name)))
  )
    problems.push(`it does not tell that ${fresh} changed and ${old} did not`);
  if (
    status !== 0 &&
    fresh.length > 0 &&
    old.length === 0 &&
    !/\b(?:wrote|written|installed|changed|removed)\b/.test(stderr)
  )
    problems.push('it fails after everything was written, and does not tell');
  return problems;
}
