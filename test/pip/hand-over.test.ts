import { execFileSync, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Spawn } from '../../src/files/run-program.js';
import type { BuildSource, BuildWheel } from '../../src/install/build/types.js';
import { type InstallRequest, installArchives } from '../../src/install/install-archives.js';
import { sdist as buildSdist } from '../mock-index/sdist.js';
import { sample } from '../support/sample.js';
import { archiveSource } from '../unit/install/verified.js';
import { backendModule, sdist, wheel, wheelName } from './archives.js';
import { buildSource, toInstall, withBuilt } from './builds.js';
import { type Environment, makeEnvironment, type RealPip, realPips } from './environments.js';
import { named } from './named.js';

const all = await realPips();

/** Modules that would run if the working directory or PYTHONPATH were imported from. */
const planted = ['pip', 'json', 'setuptools', 'runpy', 'os', 'tinybackend', 'sitecustomize', 'encodings'];

let temp: string;
let directory: string;
let index: Server;
let requests: string[];
let indexUrl: string;

beforeAll(async () => {
  index = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => index.listen(0, '127.0.0.1', resolve));
  indexUrl = `http://127.0.0.1:${(index.address() as AddressInfo).port}`;
});
afterAll(() => index.close());

beforeEach(async () => {
  requests = [];
  directory = await mkdtemp(join(tmpdir(), 'peep directory '));
  for (const name of planted) await writeFile(join(directory, `${name}.py`), plantedModule(name));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const plantedModule = (name: string) =>
  `open(${JSON.stringify(join(directory, `IMPORTED-${name}`))}, 'w').close()\nraise SystemExit('planted')\n`;

/** All that a machine may have lying around to steer pip elsewhere. */
async function hostileSurroundings(environment: Environment): Promise<Record<string, string>> {
  const decoys = join(directory, 'decoys');
  await mkdir(join(directory, 'xdg', 'pip'), { recursive: true });
  await mkdir(join(directory, 'home', '.pip'), { recursive: true });
  await mkdir(decoys);
  await writeFile(
    join(decoys, wheelName('alpha', '1.0')),
    wheel('alpha', '1.0', { 'alpha.py': 'VALUE = "decoy"' }),
  );
  const config = `[global]\nindex-url = ${indexUrl}/conf/\nfind-links = ${decoys}\ntarget = ${join(directory, 'elsewhere')}\nno-binary = :all:\nuser = true\nroot = ${directory}\n`;
  await writeFile(join(directory, 'xdg', 'pip', 'pip.conf'), config);
  await writeFile(join(directory, 'home', '.pip', 'pip.conf'), config);
  await writeFile(join(environment.path, 'pip.conf'), config);
  return {
    HOME: join(directory, 'home'),
    XDG_CONFIG_DIRS: join(directory, 'xdg'),
    PYTHONPATH: directory,
    PYTHONSTARTUP: join(directory, 'os.py'),
    PIP_INDEX_URL: `${indexUrl}/env/`,
    PIP_EXTRA_INDEX_URL: `${indexUrl}/extra/`,
    PIP_FIND_LINKS: decoys,
    PIP_TARGET: join(directory, 'elsewhere'),
    PIP_NO_BINARY: ':all:',
    PIP_CONSTRAINT: join(directory, 'none.txt'),
    PIP_REQUIREMENT: join(directory, 'none.txt'),
  };
}

const alpha = () => wheel('alpha', '1.0', { 'alpha.py': 'VALUE = "pinned"' }, ['not-there']);
const backend = () => wheel('tinybackend', '1.0', { 'tinybackend.py': backendModule }, ['helper>=1']);
const helper = () => wheel('helper', '1.0', { 'helper.py': '' });

const compress = (program: string, bytes: Buffer) => execFileSync(program, ['-c'], { input: bytes });

const zipOf = (name: string) =>
  buildSdist({
    ...{ name, version: '1.0', format: 'zip', build: 'none', files: {} },
    pyproject: '[build-system]\nrequires = ["tinybackend"]\nbuild-backend = "tinybackend"\n',
  }).bytes;

/** What `sdist`s need to be built. */
const buildRequirements = async (): Promise<BuildWheel[]> => [
  {
    archive: await archiveSource(wheelName('tinybackend', '1.0'), backend()),
    ...named('tinybackend', '1.0'),
  },
  { archive: await archiveSource(wheelName('helper', '1.0'), helper()), ...named('helper', '1.0') },
];

async function request(
  environment: Environment,
  changes: Partial<InstallRequest> = {},
): Promise<InstallRequest> {
  return {
    pip: { python: environment.python, version: environment.pip, foreignTarget: undefined },
    archives: [await toInstall('alpha', '1.0', alpha(), wheelName('alpha', '1.0'))],
    passThrough: [],
    reinstall: false,
    verbosity: 0,
    color: false,
    env: { ...process.env },
    platform: process.platform,
    temp,
    uid: process.getuid?.(),
    stdout: 'inherit',
    terminal: false,
    ...changes,
  };
}

/** Builds what is to be built, then installs, with pip's output kept. */
async function install(request: InstallRequest, sources: readonly BuildSource[] = []) {
  let output = '';
  const kept: Spawn = (command, argv, options) => {
    const child = spawn(command, argv, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    return child;
  };
  const requirements = await buildRequirements();
  return withBuilt(request, kept, sources, requirements, async (built, asked) => {
    const archives = [...request.archives, ...built] as InstallRequest['archives'];
    const end = await installArchives(
      { ...request, archives },
      { spawn: kept, signals: process, tell: () => undefined },
    );
    return { ...end, output, asked };
  });
}

describe.skipIf(all.length === 0)('the hand-over to real pips', () => {
  describe.each(sample(all, ({ pip }) => pip.join('.')))('$label', (real: RealPip) => {
    let environment: Environment;
    beforeAll(async () => {
      environment = await makeEnvironment(real);
    });
    afterAll(() => environment.remove());
    beforeEach(async () => {
      // On Python 2, pip itself cannot build below a path that is not ASCII.
      temp = await mkdtemp(join(tmpdir(), real.python.series[0] === 2 ? 'peep temp ' : 'peep temp ü '));
    });
    afterEach(() => rm(temp, { recursive: true, force: true }));

    test('installs a wheel and builds a source archive, shut in (P5)', async () => {
      const surroundings = await hostileSurroundings(environment);
      const end = await install(
        await request(environment, {
          env: { ...process.env, ...surroundings },
          archives: [
            await toInstall('alpha', '1.0', alpha(), wheelName('alpha', '1.0')),
            // Installed next to the build that uses another version of it.
            await toInstall(
              'tinybackend',
              '9.0',
              wheel('tinybackend', '9.0', { 'tinybackend.py': 'raise SystemExit("not the pinned one")' }),
              wheelName('tinybackend', '9.0'),
            ),
          ],
        }),
        [
          await buildSource('beta', sdist('beta', '2.0'), { filename: 'beta-2.0.tar.gz' }),
          // What only the build tells.
          await buildSource('delta', sdist('delta', '0.1'), {
            filename: '0123abcd.tar.gz',
            project: undefined,
          }),
        ],
      );
      expect(end.output).toContain('Successfully installed');
      expect(end.status).toBe(0);
      await rm(join(environment.path, 'pip.conf'));
      const frozen = await environment.freeze();
      expect(frozen).toEqual(['alpha==1.0', 'beta==2.0', 'delta==0.1', 'tinybackend==9.0']);
      expect(await environment.run('-c', 'import alpha, beta; print(alpha.VALUE)')).toBe('pinned\n');
      expect((await readdir(directory)).filter((name) => name.startsWith('IMPORTED'))).toEqual([]);
      expect(await readdir(directory)).not.toContain('elsewhere');
      expect(await readdir(temp)).toEqual([]);
      expect(requests).toEqual([]);
    });

    test('refuses a wheel that was swapped in staging', async () => {
      const wrapper = join(directory, 'python');
      const evil = join(directory, 'evil.whl');
      await writeFile(evil, wheel('alpha', '1.0', { 'alpha.py': 'VALUE = "evil"' }));
      await writeFile(
        wrapper,
        `#!/bin/sh\nfor f in '${temp}'/peep-install-*/archives/*.whl; do chmod u+w "$f"; cat '${evil}' > "$f"; done\nexec '${environment.python}' "$@"\n`,
      );
      await chmod(wrapper, 0o755);
      const end = await install(
        await request(environment, {
          pip: { python: wrapper, version: environment.pip, foreignTarget: undefined },
          reinstall: true,
        }),
      );
      expect(end.output).toContain('DO NOT MATCH THE HASHES');
      expect(end.status).toBe(1);
      expect(await readdir(temp)).toEqual([]);
    });

    test('asks back ends in environments of verified files alone, and builds what an index names oddly', async () => {
      const dynamic = [`ghost @ ${indexUrl}/files/ghost-1.0.zip`, 'other>=1; python_version>="2"'];
      const packed: readonly [string, string, Buffer][] = [
        ['asking', 'asking-1.0.tar.gz', sdist('asking', '1.0', { DYNAMIC: dynamic.join('\n') })],
        ['dashed', 'dashed-1.0-1.tar.gz', sdist('dashed', '1.0.post1')],
        ['candidate', 'candidate-1.0-rc1.tgz', sdist('candidate', '1.0rc1')],
        ['plain', 'plain-1.0.tar', gunzipSync(sdist('plain', '1.0'))],
        ['squeezed', 'squeezed-1.0.tar.bz2', compress('bzip2', gunzipSync(sdist('squeezed', '1.0')))],
        // Python 2 has no xz.
        ...(real.python.series[0] < 3
          ? []
          : [
              ['tight', 'tight-1.0.tar.xz', compress('xz', gunzipSync(sdist('tight', '1.0')))] as [
                string,
                string,
                Buffer,
              ],
            ]),
        ['zipped', 'zipped-1.0.zip', zipOf('zipped')],
      ];
      const sources = await Promise.all(
        packed.map(([name, filename, bytes]) => buildSource(name, bytes, { filename })),
      );
      const first = await toInstall('alpha', '1.0', alpha(), wheelName('alpha', '1.0'));
      const end = await install(
        await request(environment, {
          env: { ...process.env, HTTP_PROXY: indexUrl, http_proxy: indexUrl },
          archives: [first],
          reinstall: true,
        }),
        sources,
      );
      expect(end.status, end.output).toBe(0);
      expect(end.asked).toEqual([dynamic, ...packed.slice(1).map(() => [])]);
      const frozen = await environment.freeze();
      for (const { name, specifier } of [
        ...packed.map(([name, filename]) => ({
          name,
          specifier:
            { 'dashed-1.0-1.tar.gz': '1.0.post1', 'candidate-1.0-rc1.tgz': '1.0rc1' }[filename] ?? '1.0',
        })),
      ])
        expect(frozen).toContain(`${name}==${specifier}`);
      expect(await readdir(temp)).toEqual([]);
      expect(requests).toEqual([]);
    });
  });
});

test.skipIf(all.length > 0)('real pips: skipped, as no Python with pip was found', () => {});
