import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { Scenario } from '../mock-index/scenario.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';

const pins = [
  { name: 'quill', version: '1.0' },
  { name: 'inkpot', version: '2.0' },
].map((spec) => ({ ...spec, ...wheel(spec) }));
const projects = Object.fromEntries(pins.map((each) => [each.name, [each]]));

const good = await startMockIndex({ projects });
afterAll(() => good.close());

/** What the first index is like, beside one that has everything. */
const kinds: Readonly<Record<string, Scenario>> = {
  'has no such projects': { projects: {} },
  'lacks the files that its pages list': { projects, faults: [{ path: /^\/files/, status: 404 }] },
  'refuses its files': { projects, faults: [{ path: /^\/files/, status: 403 }] },
  'lies about its files': { projects, faults: [{ path: /^\/files/, wrongByteAt: 40 }] },
  'answers its pages with an error': { projects, faults: [{ path: /^\/simple/, status: 503 }] },
};

type Way = (first: string) => {
  readonly file: string;
  readonly text: string;
  readonly args: readonly string[];
};

/** Where the archives may be: on pages of two indexes, or at URLs of a lock file and on pages. */
const ways: Readonly<Record<string, Way>> = {
  'of two indexes': (first) => ({
    file: 'requirements.txt',
    text: pins.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`).join(''),
    args: ['-i', first, '--extra-index-url', good.url],
  }),
  'of a uv.lock and an index': (first) => ({
    file: 'uv.lock',
    text: [
      'version = 1\nrequires-python = ">=3.10"\n[[package]]\nname = "example"\nversion = "0"',
      'source = { virtual = "." }\ndependencies = [{ name = "quill" }, { name = "inkpot" }]',
      ...pins.map(
        ({ name, version, filename, sha256 }) =>
          `[[package]]\nname = "${name}"\nversion = "${version}"\nsource = { registry = "${first}" }\n` +
          `wheels = [{ url = "${new URL(first).origin}/files/${name}/${filename}", hash = "sha256:${sha256}" }]`,
      ),
    ].join('\n'),
    // pip.conf's index: one of the command line would stand in for the lock file's.
    args: [],
  }),
};

async function outcome(way: Way, first: string) {
  using directory = tempDirectory();
  const { file, text, args } = way(first);
  writeFileSync(directory.join(file), text);
  writeFileSync(directory.join('pip.conf'), `[global]\nindex-url = ${good.url}\n`);
  const more = ['--for', '3.11:any', '--retries', '0', '--report', '-'];
  const { status, stdout, stderr } = await runPeep(['fetch', '-r', file, ...args, ...more], {
    cwd: directory.path,
    env: { PIP_CONFIG_FILE: directory.join('pip.conf') },
  });
  rmSync(directory.join(file));
  const { requirements } = JSON.parse(stdout) as {
    requirements: { name: string; status: string; archive: { sha256: string } }[];
  };
  return {
    status,
    stderr,
    found: requirements.map((each) => [each.name, each.status, each.archive?.sha256]),
  };
}

const verified = pins.map(({ name, sha256 }) => [name, 'verified', sha256]);

/** Files that an index was asked for more than once. */
function askedAgain({ requests }: Pick<MockIndex, 'requests'>, from = 0): string[] {
  const paths = requests.slice(from).flatMap(({ path }) => (path.startsWith('/files/') ? [path] : []));
  return paths.filter((path, i) => paths.indexOf(path) !== i);
}

describe.each(Object.entries(ways))('the pinned bytes decide, %s', (_, way) => {
  it.each(Object.entries(kinds))('where the first %s', async (_, scenario) => {
    await using first = await startMockIndex(scenario);
    const before = good.requests.length;
    const { status, stderr, found } = await outcome(way, first.url);
    expect(found, stderr).toEqual(verified);
    expect(status).toBe(0);
    expect(askedAgain(first)).toEqual([]);
    expect(askedAgain(good, before)).toEqual([]);
  });

  it('where the first is down', async () => {
    const first = await startMockIndex({ projects });
    await first.close();
    const { status, found, stderr } = await outcome(way, first.url);
    expect(found, stderr).toEqual(verified);
    expect(status).toBe(0);
  });
});
