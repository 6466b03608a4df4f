import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wheel } from '../mock-index/wheel.js';
import { peepHash, sharedMachine } from './machine.js';

const { machine, index } = await sharedMachine();

const good = wheel({ name: 'useless', version: '1.0' });
const evil = wheel({
  name: 'useless',
  version: '1.0',
  files: { 'useless/__init__.py': "__version__ = 'evil'\n" },
});

describe("pip's settings that lead to another file of the same name and version (P5)", () => {
  function plant(): string {
    machine.write(`evil/${evil.filename}`, evil.bytes);
    return `${machine.work}/evil`;
  }
  async function installsTheGoodOne(
    env: Record<string, string>,
    more: readonly string[] = [],
  ): Promise<void> {
    index.serve({ projects: { useless: [good] } });
    const { status, stdout, stderr } = await machine.install([peepHash(good), 'useless==1.0'], more, { env });
    expect(stdout + stderr).not.toContain('FREAK OUT');
    expect(status).toBe(0);
    expect(await machine.venv.run('-c', 'import useless; print(useless.__version__)')).toBe('1.0\n');
  }

  it('PIP_FIND_LINKS', async () => {
    await installsTheGoodOne({ PIP_FIND_LINKS: plant() }, ['-i', index.url]);
  });

  it('pip.conf of the user, with its index and its find-links', async () => {
    const directory = plant();
    const config = machine.write(
      'pip.conf',
      `[global]\nindex-url = ${index.url}\nfind-links = ${directory}\n[install]\nuser = yes\ntarget = ${machine.work}/elsewhere\n`,
    );
    await installsTheGoodOne({ PIP_CONFIG_FILE: config });
    expect(machine.installed()).toEqual(['useless==1.0']);
  });

  it("pip.conf of the environment and of the user's home, and distutils' own files", async () => {
    const elsewhere = `[install]\ntarget = ${machine.work}/elsewhere\nno-deps = no\n[global]\n`;
    const config = `${elsewhere}index-url = ${index.url}\nfind-links = ${plant()}\n`;
    const files = [
      join(machine.venv.path, 'pip.conf'),
      machine.directory.join('home', '.config', 'pip', 'pip.conf'),
      machine.directory.join('home', '.pip', 'pip.conf'),
    ];
    for (const file of files) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, config);
    }
    writeFileSync(
      machine.directory.join('home', '.pydistutils.cfg'),
      `[install]\nprefix=${machine.work}/elsewhere\n`,
    );
    try {
      await installsTheGoodOne({});
      expect(machine.installed()).toEqual(['useless==1.0']);
      expect(existsSync(`${machine.work}/elsewhere`)).toBe(false);
    } finally {
      for (const file of files) rmSync(file);
    }
  });

  it('PIP_CONFIG_FILE, PIP_TARGET, PIP_NO_BINARY, PIP_CONSTRAINT, PIP_REQUIREMENT for the pip that peep starts', async () => {
    const other = machine.write('other.txt', `useless==1.0 --hash=sha256:${evil.sha256}\n`);
    await installsTheGoodOne(
      {
        PIP_FIND_LINKS: plant(),
        PIP_TARGET: `${machine.work}/elsewhere`,
        PIP_REQUIREMENT: other,
        PIP_CONSTRAINT: other,
        PIP_INDEX_URL: index.url,
        PIP_REQUIRE_VIRTUALENV: '1',
      },
      [],
    );
    expect(machine.installed()).toEqual(['useless==1.0']);
  });

  it('a pip, a sitecustomize and a module of the standard library in the working directory and on PYTHONPATH are not imported', async () => {
    const trap = "import sys\nsys.exit('trapped')\n";
    for (const name of ['pip.py', 'sitecustomize.py', 'json.py', 'ssl.py', 'usercustomize.py']) {
      machine.write(name, trap);
      machine.write(`path/${name}`, trap);
    }
    await installsTheGoodOne(
      { PYTHONPATH: `${machine.work}/path`, PYTHONSTARTUP: `${machine.work}/pip.py` },
      ['-i', index.url],
    );
  });
});

describe('where the index is named', () => {
  it.each([
    ['the command line', (url: string) => ({ more: ['-i', url] })],
    ['the file', (url: string) => ({ lines: [`--index-url=${url}`] })],
    ['PIP_INDEX_URL', (url: string) => ({ env: { PIP_INDEX_URL: url } })],
    [
      'the file before the command line',
      (url: string) => ({ lines: [`-i ${url}`], more: ['-i', 'http://127.0.0.1:9/simple/'] }),
    ],
    [
      'the command line before PIP_INDEX_URL',
      (url: string) => ({ more: ['-i', url], env: { PIP_INDEX_URL: 'http://127.0.0.1:9/simple/' } }),
    ],
  ] as const)('%s', async (_, where) => {
    index.serve({ projects: { useless: [good] } });
    const {
      lines = [],
      more = [],
      env = {},
    } = where(index.url) as {
      lines?: string[];
      more?: string[];
      env?: Record<string, string>;
    };
    const all = [...lines, peepHash(good), 'useless==1.0'];
    const { status } = await machine.install(all, ['--dry-run', ...more], { env });
    expect(status).toBe(0);
  });
});
