import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { type Machine, makeMachine, peepHash } from '../cli/machine.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { cleanEnvironment, peepPath } from '../support/run-peep.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string) => parse(readFileSync(join(root, name), 'utf8'));
const quill = wheel({ name: 'quill', version: '1.0' });

// Each test starts several Pythons.
vi.setConfig({ testTimeout: 120_000 });

let machine: Machine;
let index: MockIndex;
beforeEach(async () => {
  machine = await makeMachine();
  index = await startMockIndex({ projects: { quill: [quill] } });
  machine.write('requirements.txt', `-i ${index.url}\n${peepHash(quill)}\nquill==1.0\n`);
  mkdirSync(join(machine.work, 'tools'));
  copyFileSync(peepPath, join(machine.work, 'tools/peep.mjs'));
});
afterEach(async () => {
  machine[Symbol.dispose]();
  await index.close();
});

type Strings = Readonly<Record<string, string>>;

/** Runs a script by bash as a CI host would, in the checkout. */
async function bash(script: string, env: Strings) {
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd: machine.work,
    env: { ...cleanEnvironment(machine.directory.path), VIRTUAL_ENV: machine.venv.path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { status, output: stdout + stderr };
}

describe('action.yml', () => {
  interface Step {
    readonly id?: string;
    readonly uses?: string;
    readonly run?: string;
    readonly shell?: string;
    readonly env?: Strings;
  }
  const action = read('action.yml') as {
    readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
    readonly outputs: Readonly<Record<string, { readonly value: string }>>;
    readonly runs: { readonly using: string; readonly steps: readonly Step[] };
  };

  /** The rules of a composite action: inputs with their defaults, outputs of steps by file, the first failure ends it. */
  async function runAction(given: Strings) {
    const inputs = Object.fromEntries(
      Object.entries(action.inputs).map(([name, input]) => [name, given[name] ?? input.default ?? '']),
    );
    const outputs: Record<string, string> = {};
    const expand = (value: string) =>
      value.replace(/\$\{\{ *([\w.]+) *\}\}/g, (_, path: string) => {
        if (path.startsWith('inputs.')) return inputs[path.slice(7)] ?? '';
        return outputs[path] ?? '';
      });
    const summary = machine.directory.join('summary');
    writeFileSync(summary, '');
    let output = '';
    let status: number | null = 0;
    for (const { id = '', run, env = {}, shell } of action.runs.steps) {
      if (run === undefined) continue;
      expect(shell).toBe('bash');
      expect(run).not.toContain('${{');
      const told = machine.directory.join('output');
      writeFileSync(told, '');
      const step = await bash(run, {
        GITHUB_ACTION_PATH: root,
        GITHUB_OUTPUT: told,
        GITHUB_STEP_SUMMARY: summary,
        RUNNER_TEMP: machine.directory.join('tmp'),
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, expand(value)])),
      });
      for (const [, name, value] of readFileSync(told, 'utf8').matchAll(/^(\w+)=(.*)$/gm))
        outputs[`steps.${id}.outputs.${name}`] = value ?? '';
      output += step.output;
      status = step.status;
      if (status !== 0) break;
    }
    const report = expand(action.outputs.report?.value ?? '');
    return { status, output, outputs, report, summary: readFileSync(summary, 'utf8') };
  }

  const digest = async () => (await bash('sha256sum tools/peep.mjs', {})).output.slice(0, 64);

  it('installs, and writes the report and the summary', async () => {
    const { status, report, summary, outputs } = await runAction({ sha256: await digest() });
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['quill==1.0']);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ command: 'install', exit_code: 0 });
    expect(summary).toMatch(/^### peep install: done\n\n```text\n[\s\S]*```\n$/);
    expect(outputs['steps.check.outputs.digest']).toMatch(/^[0-9a-f]{64}$/);
    expect(existsSync(outputs['steps.check.outputs.store'] ?? '')).toBe(true);
  });

  it('stops before peep runs if its copy is another one', async () => {
    for (const sha256 of ['', '0'.repeat(64)]) {
      const { status, output } = await runAction({ sha256 });
      expect(output).toMatch(/^::error.*sha256/m);
      expect(status).toBe(1);
    }
    expect(machine.installed()).toEqual([]);
  });

  it('checks, and fails with what is missing in the summary', async () => {
    machine.write('other.txt', `-i ${index.url}\nquill==1.0\n`);
    const sha256 = await digest();
    expect((await runAction({ sha256, command: 'check' })).status).toBe(0);
    const { status, summary } = await runAction({
      sha256,
      command: 'check',
      requirements: 'requirements.txt other.txt',
    });
    expect(status).toBe(1);
    expect(summary).toMatch(/^### peep pin: exit status 1\n/);
    expect(summary).toContain(`--hash=sha256:${quill.sha256}`);
  });

  it('takes inputs as words and never as code', async () => {
    machine.write('$(touch pwned)`touch pwned`.txt', '');
    const sha256 = await digest();
    await runAction({
      sha256,
      requirements: '$(touch${IFS}pwned) ;touch pwned',
      arguments: '$(touch pwned) `touch pwned`',
    });
    await runAction({ sha256, command: '$(touch pwned)' });
    expect(existsSync(join(machine.work, 'pwned'))).toBe(false);
  });

  it('pins the action that it uses by commit', () => {
    const uses = action.runs.steps.flatMap((step) => step.uses ?? []);
    for (const each of uses) expect(each).toMatch(/@[0-9a-f]{40}$/);
    expect(uses).toHaveLength(1);
  });
});

it('each hook for pre-commit passes good files and fails bad ones', async () => {
  const hooks = read('.pre-commit-hooks.yaml') as {
    id: string;
    entry: string;
    files: string;
    language: string;
  }[];
  expect(hooks.map(({ id }) => id)).toEqual(['peep-pin-check', 'peep-port-check']);
  machine.write('requirements-dev.txt', `-i ${index.url}\n${peepHash(quill)}\nquill==1.0\n`);
  const bad: Readonly<Record<string, string>> = {
    'peep-pin-check': `-i ${index.url}\nquill==1.0\n`,
    'peep-port-check': '# sha256: nonsense\nquill==1.0\n',
  };
  for (const { id, entry, files, language } of hooks) {
    expect(language).toBe('system');
    const matching = ['requirements.txt', 'a/requirements-dev.txt', 'setup.py'].filter((name) =>
      new RegExp(files).test(name),
    );
    expect(matching).toEqual(['requirements.txt', 'a/requirements-dev.txt']);
    // pre-commit puts the names of changed files behind the entry.
    expect(await bash(`${entry} requirements.txt requirements-dev.txt`, {}), id).toMatchObject({ status: 0 });
    machine.write('requirements-bad.txt', bad[id] ?? '');
    expect((await bash(`${entry} requirements.txt requirements-bad.txt`, {})).status, id).toBe(1);
  }
});

it('the GitLab template checks peep, then installs', async () => {
  const { '.peep': job } = read('templates/gitlab-ci.yml');
  const variables: Record<string, string> = { CI_PROJECT_DIR: machine.work };
  for (const [name, value] of Object.entries(job.variables as Strings))
    variables[name] = value.replace('$CI_PROJECT_DIR', machine.work);
  const script = (job.before_script as string[]).join('\n');
  await bash('cd tools && sha256sum peep.mjs > peep.mjs.sha256', {});
  expect(await bash(script, variables)).toMatchObject({ status: 0 });
  expect(machine.installed()).toEqual(['quill==1.0']);
  expect(existsSync(join(machine.work, job.cache.paths[0]))).toBe(true);
  expect(existsSync(join(machine.work, job.artifacts.paths[0]))).toBe(true);

  machine.write('tools/peep.mjs', 'process.exit(0)');
  expect((await bash(script, variables)).status).toBe(1);
});

it("the Dockerfile's commands build the environment, and its last stage copies nothing else", async () => {
  const instructions = readFileSync(join(root, 'templates/Dockerfile'), 'utf8')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter(Boolean);
  const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM')));
  expect(last.filter((line) => /^(COPY|RUN|ADD)/.test(line))).toEqual([
    'COPY --from=build /opt/venv /opt/venv',
  ]);

  const venv = machine.directory.join('image/opt/venv');
  const cache = machine.directory.join('image/var/cache/peep');
  mkdirSync(dirname(venv), { recursive: true });
  const runs = instructions.flatMap(
    (line) => /^RUN (?:--mount=type=cache,target=\/var\/cache\/peep )?(.*)$/.exec(line)?.[1] ?? [],
  );
  expect(runs).toHaveLength(2);
  // `peep` and `python` as the image has them.
  const script = `peep() { '${process.execPath}' '${peepPath}' "$@"; }\npython() { python3 "$@"; }\n${runs.join('\n')}`;
  const inImage = script.replaceAll('/opt/venv', venv).replaceAll('/var/cache/peep', cache);
  expect(await bash(inImage, { VIRTUAL_ENV: '' })).toMatchObject({ status: 0 });
  expect((await bash(`'${venv}/bin/python' -c 'import quill; print(quill.__version__)'`, {})).output).toBe(
    '1.0\n',
  );
  expect(existsSync(join(cache, 'v1'))).toBe(true);
}, 180_000);
