import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startProxy } from '../mock-index/proxy.js';
import { startMockIndex } from '../mock-index/server.js';
import { makeCertificates } from '../mock-index/tls.js';
import { wheel } from '../mock-index/wheel.js';
import { hasRegistry, startRegistry, user, whyNoRegistry } from '../registry/docker-registry.js';
import { cleanEnvironment, peepPath, runPeep } from '../support/run-peep.js';
import { github, newTestAuthority } from '../support/sigstore/authority.js';
import { tempDirectory } from '../support/temp-directory.js';
import { type Block, blocksOf, callsOf, guides, isShell, isSpared, scriptOf } from './guide.js';
import { type Machine, makeMachine, peepHash } from './machine.js';

const quill = wheel({ name: 'quill', version: '1.0', files: { 'quill.py': 'ink = 1\n' } });
const newer = wheel({ name: 'quill', version: '1.1', files: { 'quill.py': 'ink = 2\n' } });
const inkpot = wheel({ name: 'inkpot', version: '2.0', tag: 'py3-none-win_amd64' });
const builder = wheel({ name: 'builder', version: '3.0' });
const projects = { quill: [quill, newer], inkpot: [inkpot], builder: [builder] };

/** What the guides take to be there. Each block finds these as they are here. */
const files: Readonly<Record<string, string | Uint8Array>> = {
  'requirements.txt': `${peepHash(quill)}
quill==1.0
inkpot==2.0 ; sys_platform == "win32" --hash=sha256:${inkpot.sha256}
`,
  'build.txt': `builder==3.0 --hash=sha256:${builder.sha256}\n`,
  'new.txt': 'quill==1.1\n',
  'pylock.toml': `lock-version = "1.0"
created-by = "test"
[[packages]]
name = "quill"
version = "1.0"
[[packages.wheels]]
name = "${quill.filename}"
url = "INDEXfiles/quill/${quill.filename}"
hashes = { sha256 = "${quill.sha256}" }
`,
  'uv.lock': `version = 1
requires-python = ">=3.6"
[[package]]
name = "example"
version = "0"
source = { virtual = "." }
dependencies = [{ name = "quill" }]
[[package]]
name = "quill"
version = "1.0"
source = { registry = "INDEX" }
wheels = [{ url = "INDEXfiles/quill/${quill.filename}", hash = "sha256:${quill.sha256}" }]
`,
  [`vetted/${quill.filename}`]: quill.bytes,
};

type Variables = Readonly<Record<string, string>>;

const execute = promisify(execFile);
const system = '/usr/local/bin:/usr/bin:/bin';

/** Runs the commands of a block as a user of the machine would, with peep on PATH and the environment activated. */
async function runBlock(block: Block, machine: Machine, index: string, env: Variables): Promise<void> {
  const bin = machine.directory.join('bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'peep'), `#!/bin/sh\nexec '${process.execPath}' '${peepPath}' "$@"\n`);
  chmodSync(join(bin, 'peep'), 0o755);
  mkdirSync(machine.directory.join('peep/dist'), { recursive: true });
  cpSync(peepPath, machine.directory.join('peep/dist/peep.mjs'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(machine.work, name)), { recursive: true });
    const text = typeof content === 'string' ? content.replaceAll('INDEX', index) : content;
    writeFileSync(join(machine.work, name), text);
  }
  const home = cleanEnvironment(machine.directory.path);
  const path = [bin, dirname(machine.venv.python), dirname(process.execPath), system].join(':');
  const script = scriptOf(block);
  try {
    // bash takes a socket on stdin for a remote login, and would read the start-up files of this machine.
    await execute('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
      cwd: machine.work,
      // Nothing of the pip.conf of this machine.
      env: { ...home, PIP_CONFIG_FILE: devNull, VIRTUAL_ENV: machine.venv.path, PATH: path, ...env },
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${block.guide}, line ${block.line}:\n${script}\n${stdout}${stderr}`, { cause: error });
  }
}

const all = guides().flatMap(blocksOf);
const toRun = all.filter((block) => !isSpared(block) && (isShell(block) || scriptOf(block) !== ''));
const runIn = (guide: string): Block[] => toRun.filter((block) => block.guide === guide);
/** Guides that need more than a machine and an index: their tests are below. */
const special = ['docs/air-gap.md', 'docs/private-indexes.md', 'docs/fleet.md'];

describe('the blocks of the guides', () => {
  it('are marked, where they cannot be run, with what they need or why they are shown', () => {
    const marks = all.filter(({ mark }) => mark !== undefined);
    expect(
      marks.filter(({ mark }) => !['needs', 'shown', 'file', 'with'].includes(mark?.kind ?? '')),
    ).toEqual([]);
    // Another word for the language would hide a block from the tests.
    expect(all.filter((block) => isShell(block) && !/^(sh|console)$/.test(block.language))).toEqual([]);
    expect(all.filter(({ language }) => language === '')).toEqual([]);
    expect(toRun.filter((block) => scriptOf(block).trim() === '')).toEqual([]);
  });

  it('name only options that the help of the command has', async () => {
    const helps = new Map<string, string>();
    const unknown: string[] = [];
    for (const block of all) {
      for (const [command = '', ...args] of callsOf(scriptOf(block))) {
        if (!/^(install|fetch|hash|pin|port|verify|diff|store)$/.test(command)) continue;
        const help = helps.get(command) ?? (await runPeep(['help', command])).stdout;
        helps.set(command, help);
        for (const [option] of args.join(' ').matchAll(/(?<=^| )--?[a-zA-Z][\w-]*/g))
          if (!new RegExp(`(^|[\\s,])${option}(?![\\w-])`, 'm').test(help))
            unknown.push(`${block.guide}, line ${block.line}: peep ${command} ${option}`);
      }
    }
    expect(unknown).toEqual([]);
  });
});

describe('what the guides tell to type', () => {
  const guidesToRun = [...new Set(toRun.map(({ guide }) => guide))].filter(
    (guide) => !special.includes(guide),
  );

  it.for(guidesToRun)('does what it says: %s', { timeout: 120_000 }, async (guide) => {
    await using index = await startMockIndex({ projects });
    using machine = await makeMachine();
    machine.withoutLog();
    const origin = new URL('/', index.url).href;
    for (const block of runIn(guide)) await runBlock(block, machine, origin, { PIP_INDEX_URL: index.url });
  });

  it('leads across the air gap: docs/air-gap.md', { timeout: 120_000 }, async () => {
    await using index = await startMockIndex({ projects });
    using connected = await makeMachine();
    using isolated = await makeMachine();
    const blocks = runIn('docs/air-gap.md');
    expect(blocks.every(({ machine }) => machine === 'connected' || machine === 'isolated')).toBe(true);
    const origin = new URL('/', index.url).href;
    for (const block of blocks.filter(({ machine }) => machine === 'connected'))
      await runBlock(block, connected, origin, { PIP_INDEX_URL: index.url });
    cpSync(join(connected.work, 'outbox'), join(isolated.work, 'outbox'), { recursive: true });
    const asked = index.requests.length;
    for (const block of blocks.filter(({ machine }) => machine === 'isolated'))
      await runBlock(block, isolated, origin, {});
    expect(await isolated.venv.run('-c', 'import quill; print(quill.ink)')).toBe('1\n');
    expect(index.requests.length).toBe(asked);
  });

  it('shares a registry: docs/fleet.md', { timeout: 180_000 }, async (context) => {
    if (!hasRegistry) return context.skip(whyNoRegistry);
    const hasSkopeo = spawnSync('skopeo', ['--version'], { stdio: 'ignore' }).status === 0;
    if (!hasSkopeo)
      console.warn('skipped: there is no skopeo on PATH, which docs/fleet.md crosses the air gap with');
    const authority = newTestAuthority();
    const proof = authority.provenance({ ...quill, identity: github('example/quill') });
    const proven = { ...quill, json: { provenance: '/integrity/quill' } };
    await using index = await startMockIndex({
      projects: { ...projects, quill: [proven, newer] },
      routes: { '/integrity/quill': { body: JSON.stringify(proof) } },
    });
    await using registry = await startRegistry({ auth: { kind: 'htpasswd' } });
    await using inside = await startRegistry({ auth: { kind: 'htpasswd' } });
    using builder = await makeMachine();
    using worker = await makeMachine();
    using isolated = await makeMachine();
    const machines: Readonly<Record<string, Machine>> = { builder, worker, inside: isolated };
    for (const machine of Object.values(machines)) writeLogin(machine, [registry.host, inside.host]);
    // The registry of the guide is started as the guide says, but for its port.
    const [settings] = blocksOf('docs/fleet.md').filter(({ mark }) => mark?.kind === 'file');
    await using asWritten = await startRegistry({ written: settings?.body ?? '' });
    expect(asWritten.host).toMatch(/^127\.0\.0\.1:/);

    const asked: number[] = [];
    for (const block of runIn('docs/fleet.md').filter(({ machine }) => machine !== 'registry')) {
      const machine = machines[block.machine];
      if (machine === undefined) throw new Error(`docs/fleet.md, line ${block.line}: for which machine?`);
      if (block.mark?.kind === 'with' && !hasSkopeo) continue;
      if (machine === isolated)
        cpSync(join(builder.work, 'outbox'), join(isolated.work, 'outbox'), { recursive: true });
      const { host } = machine === isolated ? inside : registry;
      const before = index.requests.length;
      if (machine === worker) worker.reset();
      machine.write('root.json', JSON.stringify(authority.trustedRoot));
      const body = block.body.replaceAll('localhost:5000', host);
      await runBlock({ ...block, body }, machine, index.url, {
        PIP_INDEX_URL: index.url,
        REGISTRY_AUTH_FILE: machine.directory.join('home/.docker/config.json'),
        PEEP_TRUSTED_ROOT: join(machine.work, 'root.json'),
      });
      if (machine !== builder) asked.push(index.requests.length - before);
    }
    expect(await worker.venv.run('-c', 'print(1)')).toBe('1\n');
    expect(asked).toEqual(asked.map(() => 0));
    expect(asked).toHaveLength(hasSkopeo ? 5 : 4);
    if (hasSkopeo) expect(await isolated.venv.run('-c', 'import quill; print(quill.ink)')).toBe('1\n');
  });

  it('works with an index that asks for credentials: docs/private-indexes.md', {
    timeout: 120_000,
  }, async (context) => {
    using certificates = tempDirectory();
    const made = await makeCertificates(certificates.path, ['index.example', 'mirror.example']);
    if (made === undefined) return context.skip('there is no openssl');
    const auth = { user: 'ci', password: 'swordfish' };
    // Names that do not resolve: a proxy leads each of them to the index of its scheme.
    await using index = await startMockIndex({ projects, auth, links: 'relative', tls: made });
    await using plain = await startMockIndex({ projects, links: 'relative' });
    await using toIndex = await startProxy({ forwardTo: new URL(index.url).host });
    await using toPlain = await startProxy({ forwardTo: new URL(plain.url).host });
    using machine = await makeMachine();
    const blocks = blocksOf('docs/private-indexes.md');
    const written = blocks.filter(({ mark }) => mark?.kind === 'file');
    for (const block of runIn('docs/private-indexes.md')) {
      machine.reset();
      rmSync(machine.directory.join('home'), { recursive: true, force: true });
      for (const { mark, body } of written) machine.write(mark?.text ?? '', `${body}\n`);
      writeKeyring(machine);
      cpSync(made.caPath, join(machine.work, 'company-ca.pem'));
      const before = [index, plain].map(({ requests }) => requests.length);
      await runBlock(block, machine, index.url, {
        HTTPS_PROXY: toIndex.url,
        HTTP_PROXY: toPlain.url,
        SSL_CERT_FILE: made.caPath,
      });
      const served = [index, plain].flatMap(({ requests }, i) => requests.slice(before[i]));
      expect(
        served.filter(({ path, status }) => path.startsWith('/files/quill/') && status === 200),
        `${block.guide}, line ${block.line}`,
      ).not.toEqual([]);
    }
    const others = [...index.requests, ...plain.requests].filter(
      ({ headers }) => headers.host !== 'index.example',
    );
    expect(others.map(({ headers }) => headers.host)).toContain('mirror.example');
    expect(others.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });
});

/** What `docker login` leaves. */
function writeLogin(machine: Machine, hosts: readonly string[]): void {
  const auth = Buffer.from(`${user.username}:${user.password}`).toString('base64');
  mkdirSync(machine.directory.join('home/.docker'), { recursive: true });
  const auths = Object.fromEntries(hosts.map((host) => [host, { auth }]));
  writeFileSync(machine.directory.join('home/.docker/config.json'), JSON.stringify({ auths }));
}

/** A keyring that knows one password. */
function writeKeyring(machine: Machine): void {
  mkdirSync(machine.directory.join('bin'), { recursive: true });
  writeFileSync(
    machine.directory.join('bin/keyring'),
    `#!/bin/sh
[ "$*" = 'get https://index.example/simple/ ci' ] && echo swordfish
`,
  );
  chmodSync(machine.directory.join('bin/keyring'), 0o755);
}
