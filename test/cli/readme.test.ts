import { expect, it } from 'vitest';
import { wheel } from '../mock-index/wheel.js';
import { type Block, blocksOf } from './guide.js';
import { sharedMachine } from './machine.js';

const { machine, index } = await sharedMachine();

const jinja2 = wheel({ name: 'jinja2', version: '3.1.6', requiresDist: ['markupsafe>=2'] });
const tampered = wheel({ name: 'jinja2', version: '3.1.6', files: { 'jinja2/__init__.py': 'evil = 1\n' } });
const markupsafe = wheel({ name: 'markupsafe', version: '3.0.3' });
const [session, warning] = blocksOf('README.md').filter(({ language }) => language === 'console') as [
  Block,
  Block,
];

/** The commands of a block, each with the lines that are shown below it. */
function steps({ body }: Block): { readonly argv: readonly string[]; readonly shown: readonly string[] }[] {
  return body
    .split(/^\$ /m)
    .filter((part) => part !== '')
    .map((part) => {
      const [command = '', ...shown] = part.split('\n');
      return { argv: command.split(' '), shown: shown.filter((line) => line !== '') };
    });
}

/** Without what differs from index to index: digests, addresses. */
function alike(text: string): string[] {
  const digests = /(?<![\w-])(?:[\w-]{43}|[0-9a-f]{64})(?![\w-])/g;
  const plain = text.replaceAll(digests, 'DIGEST').replaceAll(/http:\S+/g, 'URL');
  return plain.split('\n').map((line) => line.trimEnd());
}

/** Runs a command of the README, and looks for each line that it shows. */
async function expectShown(argv: readonly string[], shown: readonly string[]): Promise<number | null> {
  expect(argv[0]).toBe('peep');
  const { status, stdout, stderr } = await machine.peep(argv.slice(1), {
    env: { PIP_INDEX_URL: index.url },
  });
  expect(alike(stdout + stderr)).toEqual(expect.arrayContaining(alike(shown.join('\n'))));
  return status;
}

it('the session of the README goes as it shows', async () => {
  index.serve({ projects: { jinja2: [jinja2], markupsafe: [markupsafe] } });
  const [cat, ...commands] = steps(session);
  expect(cat?.argv).toEqual(['cat', 'requirements.txt']);
  machine.write('requirements.txt', `${cat?.shown.join('\n')}\n`);
  const statuses: (number | null)[] = [];
  for (const { argv, shown } of commands) statuses.push(await expectShown(argv, shown));
  expect(statuses).toEqual([1, 0, 0]);
  expect(machine.installed()).toEqual(['jinja2==3.1.6', 'markupsafe==3.0.3']);

  const pinned = machine.read('requirements.txt');
  machine.reset();
  machine.write('requirements.txt', pinned);
  index.serve({
    projects: { jinja2: [{ bytes: tampered.bytes, filename: tampered.filename }], markupsafe: [markupsafe] },
  });
  const [install] = steps(warning);
  expect(await expectShown(install?.argv ?? [], install?.shown ?? [])).toBe(1);
  expect(machine.installed()).toEqual([]);
});
