import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluateMarker } from '../../../../src/packaging/marker.js';
import { entriesFor } from '../../../../src/requirements/entries-for.js';
import { defaultSelection } from '../../../../src/requirements/lock/selection.js';
import { describeFor } from '../../../../src/target/describe.js';
import { hex, read } from '../memory-files.js';

const release = (name: string, version: string, more = '') => `[[package]]
name = "${name}"
version = "${version}"
source = { registry = "https://index.example/simple" }
${more}sdist = { url = "https://files.example/${name}-${version}.tar.gz", hash = "sha256:${hex('a')}" }
`;
const at = (version: string) =>
  `version = "${version}", source = { registry = "https://index.example/simple" }`;

/** The conflicting extras and groups of a real lock file, in few packages. */
const conflicts = `version = 1
revision = 5
requires-python = ">=3.10"
conflicts = [[
    { package = "conf", extra = "new" },
    { package = "conf", extra = "old" },
], [
    { package = "conf", group = "ga" },
    { package = "conf", group = "gb" },
]]

[[package]]
name = "conf"
version = "0"
source = { virtual = "." }
dependencies = [{ name = "celery" }]

[package.optional-dependencies]
new = [{ name = "click", ${at('8.1.8')} }]
old = [{ name = "click", ${at('8.1.7')} }]
all = [{ name = "conf", extra = ["old"] }]

[package.dev-dependencies]
ga = [{ name = "six", ${at('1.16.0')} }]
gb = [{ name = "six", ${at('1.17.0')} }]

${release(
  'celery',
  '5.4.0',
  `dependencies = [
    { name = "click", ${at('8.1.7')}, marker = "extra == 'extra-4-conf-old' or (extra == 'group-4-conf-ga' and extra == 'group-4-conf-gb')" },
    { name = "click", ${at('8.1.8')}, marker = "extra == 'extra-4-conf-new' or extra != 'extra-4-conf-old' or (extra == 'group-4-conf-ga' and extra == 'group-4-conf-gb')" },
    { name = "six", ${at('1.16.0')}, marker = "extra == 'group-4-conf-ga'" },
    { name = "six", ${at('1.17.0')}, marker = "extra != 'group-4-conf-ga' or extra == 'group-4-conf-gb'" },
]
`,
)}
${release('click', '8.1.7')}
${release('click', '8.1.8')}
${release('six', '1.16.0')}
${release('six', '1.17.0')}
${release('unreachable', '1.0')}`;

async function chosen(text: string, selection: object, target = '3.10:manylinux_2_28_x86_64') {
  const requirements = await read(
    { 'uv.lock': text },
    { entries: ['uv.lock'], selection: { ...defaultSelection, ...selection } },
  );
  const { environment } = describeFor(target);
  return (await entriesFor(requirements, environment)).flatMap((entry) => {
    if (entry.kind === 'refused') return [`refused ${entry.line.requirement}`];
    const { pin } = entry;
    const skipped =
      pin.locked === 'no' || (pin.marker !== undefined && !evaluateMarker(pin.marker, environment));
    return skipped ? [] : [pin.requirement.replace(/ @ .*\//, ' @ ')];
  });
}

describe('a uv.lock', () => {
  it.each([
    [{}, ['celery==5.4.0', 'click==8.1.8', 'six==1.17.0']],
    [{ extras: ['old'] }, ['celery==5.4.0', 'click==8.1.7', 'six==1.17.0']],
    [{ extras: ['new'], groups: ['gb'] }, ['celery==5.4.0', 'click==8.1.8', 'six==1.17.0']],
    [{ groups: ['ga'] }, ['celery==5.4.0', 'click==8.1.8', 'six==1.16.0']],
    // An extra that another extra of the project itself asks for is active as well.
    [{ extras: ['all'] }, ['celery==5.4.0', 'click==8.1.7', 'six==1.17.0']],
  ])('chooses by conflicting extras and groups: %j', async (selection, expected) => {
    expect(await chosen(conflicts, selection)).toEqual(expected);
  });

  it.each([
    [{ extras: ['old', 'new'] }, /extra 'new' of 'conf' and extra 'old' of 'conf' conflict/],
    [{ allExtras: true }, /conflict/],
    [{ groups: ['ga', 'gb'] }, /group 'ga' of 'conf' and group 'gb' of 'conf' conflict/],
    [{ extras: ['other'] }, /has no extra 'other'/],
    [{ groups: ['other'] }, /has no group 'other'/],
    [{ packages: ['six'] }, /has no package 'six'/],
  ])('refuses %j', async (selection, message) => {
    await expect(chosen(conflicts, selection)).rejects.toMatchObject({
      code: 'LOCK_SELECTION',
      message: expect.stringMatching(message),
    });
  });

  it('is taken whole where everything is asked for, but for what cannot be reached', async () => {
    const { entries } = await read(
      { 'uv.lock': conflicts },
      { entries: ['uv.lock'], selection: { ...defaultSelection, everything: true } },
    );
    expect(entries.map((entry) => (entry.kind === 'pin' ? entry.pin.requirement : ''))).toEqual([
      'celery==5.4.0',
      'click==8.1.7',
      'click==8.1.8',
      'six==1.16.0',
      'six==1.17.0',
    ]);
  });

  it('names its default groups itself, or in the pyproject.toml beside it', async () => {
    const text = conflicts.replace(
      'source = { virtual = "." }',
      'source = { virtual = "." }\ndefault-groups = ["ga"]',
    );
    expect(await chosen(text, {})).toContain('six==1.16.0');
    const beside = await read(
      { 'uv.lock': conflicts, 'pyproject.toml': '[tool.uv]\ndefault-groups = ["ga"]\n' },
      { entries: ['uv.lock'] },
    );
    const pins = await entriesFor(beside, describeFor('3.10:any').environment);
    const six = pins.flatMap((entry) =>
      entry.kind === 'pin' && entry.pin.source.project === 'six' ? [entry.pin] : [],
    );
    expect(six.map(({ requirement, locked }) => [requirement, locked])).toEqual([
      ['six==1.16.0', undefined],
      ['six==1.17.0', 'no'],
    ]);
  });
});

/** Real files; they lie beside the repository, and are not in it. */
const real = new URL('../../../../../shared/locks/', import.meta.url);

/** What `uv export` 0.13.9 gave for Python 3.10 on Linux, with its `-e ./member` as peep refuses it. */
const exported = [
  [
    {},
    [
      'blinker==1.9.0',
      'docopt==0.6.2',
      'iniconfig',
      'markupsafe==3.0.4',
      'refused member==0.3',
      'packaging==26.4',
      'pluggy==1.7.0',
      'six==1.17.0',
      'vine==5.1.0',
    ],
  ],
  [
    { noDev: true },
    [
      'blinker==1.9.0',
      'docopt==0.6.2',
      'iniconfig',
      'markupsafe==3.0.4',
      'refused member==0.3',
      'pluggy==1.7.0',
      'six==1.17.0',
      'vine==5.1.0',
    ],
  ],
  [{ packages: ['member'] }, ['vine==5.1.0']],
] as const;

describe.skipIf(!existsSync(real))('real lock files of uv (skipped without ../shared/locks)', () => {
  it.each(exported)('of a workspace with sources of every kind: %j', async (selection, expected) => {
    const text = readFileSync(new URL('uv-0.13.9.sources.uv.lock', real), 'utf8');
    const names = (await chosen(text, selection)).map((requirement) => requirement.replace(/ @ .*/, ''));
    expect(names).toEqual(expected);
  });

  it.each(['uv-0.13.9.revision5.uv.lock', 'uv-0.5.0.norevision.uv.lock'])('%s', async (file) => {
    const text = readFileSync(new URL(file, real), 'utf8');
    const names = await chosen(text, { allExtras: true }, '3.13:win_amd64');
    expect(names).toEqual([
      ...['blinker==1.9.0', 'click==8.1.8', 'colorama==0.4.6', 'docopt==0.6.2', 'iniconfig==2.0.0'],
      ...['itsdangerous @ itsdangerous-2.2.0-py3-none-any.whl', 'refused localpkg==0.1.0'],
    ]);
  });
});
