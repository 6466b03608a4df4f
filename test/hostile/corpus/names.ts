import { sdist, wheel } from '../projects.js';
import { pax, paxRecord } from '../tar-builder.js';
import type { ZipMember } from '../zip-builder.js';
import type { Case } from './case.js';

const withFile = (name: string | Buffer, more: Partial<ZipMember> = {}) =>
  wheel({
    add: [{ name, content: 'x', ...more }],
    record: (lines) => lines.filter((line) => !line.startsWith(',') && !/[\r\n]/.test(line)).join('\n'),
  });
const inTar = (name: string) =>
  sdist({ before: [], add: [pax([paxRecord('path', name)]), { name: 'x', content: 'x' }] });
const withFiles = (...names: string[]) =>
  wheel({ add: names.map((name) => ({ name, content: name.endsWith('/') ? '' : 'x' })) });
const tarFiles = (...names: string[]) =>
  sdist({ add: names.map((name) => ({ name: `demo-1.0/${name}`, content: name.endsWith('/') ? '' : 'x' })) });

export const nameCases: readonly Case[] = [
  {
    rule: 'name-empty',
    what: 'a ZIP entry without a name',
    hostile: () => withFile(''),
    inside: () => withFile('x'),
  },
  {
    rule: 'name-encoding',
    what: 'a ZIP name in Latin-1',
    hostile: () => withFile(Buffer.from('demo/caf\xe9.txt', 'latin1')),
    inside: () => withFile('demo/café.txt'),
  },
  {
    rule: 'name-encoding',
    what: 'a tar name in Latin-1',
    hostile: () => sdist({ add: [{ name: Buffer.from('demo-1.0/caf\xe9.txt', 'latin1'), content: 'x' }] }),
    inside: () => tarFiles('café.txt'),
  },
  {
    rule: 'name-control',
    what: 'a NUL in a ZIP name, where some readers cut it',
    hostile: () => withFile('demo/a.py\0.txt'),
    inside: () => withFile('demo/a.py.txt'),
  },
  {
    rule: 'name-control',
    what: 'an escape sequence in a tar name',
    hostile: () => inTar('demo-1.0/\u001b[2J'),
    inside: () => inTar('demo-1.0/[2J'),
  },
  {
    rule: 'name-control',
    what: 'a line feed in a ZIP name',
    hostile: () => withFile('demo/a\nb'),
    inside: () => withFile('demo/a b'),
  },
  {
    rule: 'name-control',
    what: 'a line separator in a ZIP name, which some readers end a line at',
    hostile: () => withFile('demo/a\u2028b'),
    inside: () => withFile('demo/a\u2027b'),
  },
  {
    rule: 'name-control',
    what: 'a next line of C1 in a ZIP name',
    hostile: () => withFile('demo/a\u0085b'),
    inside: () => withFile('demo/a\u00a1b'),
  },
  {
    rule: 'name-backslash',
    what: 'a ZIP name that climbs on Windows',
    hostile: () => withFile('demo\\..\\..\\evil.py'),
    inside: () => withFile('demo/evil.py'),
  },
  {
    rule: 'name-backslash',
    what: 'a tar name with a backslash',
    hostile: () => tarFiles('a\\b'),
    inside: () => tarFiles('a/b'),
  },
  {
    rule: 'name-absolute',
    what: 'an absolute ZIP name',
    hostile: () => withFile('/etc/evil'),
    inside: () => withFile('etc/evil'),
  },
  {
    rule: 'name-absolute',
    what: 'a UNC name',
    hostile: () => withFile('//server/share'),
    inside: () => withFile('server/share'),
  },
  {
    rule: 'name-absolute',
    what: 'an absolute tar name',
    hostile: () => inTar('/demo-1.0/evil'),
    inside: () => inTar('demo-1.0/evil'),
  },
  {
    rule: 'name-drive',
    what: 'a drive letter',
    hostile: () => withFile('C:evil.py'),
    inside: () => withFile('C/evil.py'),
  },
  {
    rule: 'name-parent',
    what: "'..' at the front of a ZIP name",
    hostile: () => withFile('../evil.py'),
    inside: () => withFile('..evil.py'),
  },
  {
    rule: 'name-parent',
    what: "'..' in the middle that stays inside",
    hostile: () => withFile('demo/sub/../evil.py'),
    inside: () => withFile('demo/sub/...evil.py'),
  },
  {
    rule: 'name-parent',
    what: "'..' in a tar name",
    hostile: () => inTar('demo-1.0/../../evil'),
    inside: () => inTar('demo-1.0/..evil'),
  },
  {
    rule: 'name-dot',
    what: "a '.' component",
    hostile: () => withFile('demo/./evil.py'),
    inside: () => withFile('demo/.evil.py'),
  },
  {
    rule: 'name-dot',
    what: 'an empty component',
    hostile: () => withFile('demo//evil.py'),
    inside: () => withFile('demo/evil.py'),
  },
  {
    rule: 'name-dot',
    what: 'a tar whose names begin with ./',
    hostile: () => sdist({ root: './demo-1.0' }),
    inside: () => sdist(),
  },
  {
    rule: 'name-long',
    what: 'a component that no file system takes',
    hostile: () => withFile(`demo/${'a'.repeat(256)}`),
    inside: () => withFile(`demo/${'a'.repeat(255)}`),
  },
  {
    rule: 'name-duplicate',
    what: 'two ZIP entries of one name',
    hostile: () =>
      wheel({ members: (members) => [...members, { name: 'demo/__init__.py', content: 'evil' }] }),
    inside: () => withFiles('demo/__init__2.py'),
  },
  {
    rule: 'name-duplicate',
    what: 'two tar entries of one name',
    hostile: () => tarFiles('setup.cfg', 'setup.cfg'),
    inside: () => tarFiles('setup.cfg', 'setup2.cfg'),
  },
  {
    rule: 'name-case',
    what: 'names that differ in case',
    hostile: () => withFiles('demo/Data.TXT'),
    inside: () => withFiles('demo/Data2.TXT'),
  },
  {
    rule: 'name-case',
    what: 'names that differ in composition (NFC, NFD)',
    hostile: () => withFiles('demo/caf\u00e9', 'demo/cafe\u0301'),
    inside: () => withFiles('demo/caf\u00e9', 'demo/cafe'),
  },
  {
    rule: 'name-case',
    what: 'names that only full case folding makes equal',
    hostile: () => withFiles('demo/stra\u00dfe', 'demo/STRASSE'),
    inside: () => withFiles('demo/stra\u00dfe', 'demo/STRASE'),
  },
  {
    rule: 'sdist-name-case',
    what: 'tar names that differ in case',
    hostile: () => tarFiles('Readme', 'README'),
    inside: () => tarFiles('Readme', 'README.txt'),
  },
  {
    rule: 'name-file-directory',
    what: 'a file where another entry needs a directory',
    hostile: () => withFiles('demo/sub', 'demo/sub/a.py'),
    inside: () => withFiles('demo/sub/', 'demo/sub/a.py'),
  },
  {
    rule: 'name-file-directory',
    what: 'a directory entry over a file, after case folding',
    hostile: () => withFiles('demo/DATA.txt/'),
    inside: () => withFiles('demo/DATA/'),
  },
  {
    rule: 'name-file-directory',
    what: 'a tar file that is a directory for another',
    hostile: () => tarFiles('a/b', 'a'),
    inside: () => tarFiles('a/b', 'c'),
  },
  {
    rule: 'name-directory-case',
    what: 'directories that differ in case',
    hostile: () => withFiles('demo/Sub/a.py', 'demo/sub/b.py'),
    inside: () => withFiles('demo/sub/a.py', 'demo/sub/b.py'),
  },
  {
    rule: 'name-windows',
    what: 'a name that Windows keeps for a device',
    hostile: () => withFiles('demo/aux.py'),
    inside: () => withFiles('demo/auxiliary.py'),
  },
  {
    rule: 'name-windows',
    what: 'a trailing dot',
    hostile: () => withFiles('demo/directory./a.py'),
    inside: () => withFiles('demo/.directory/a.py'),
  },
  {
    rule: 'name-windows',
    what: 'an alternate data stream',
    hostile: () => withFiles('demo/a.py:stream'),
    inside: () => withFiles('demo/a.py;stream'),
  },
  {
    rule: 'name-bidi',
    what: 'a name that reads backwards',
    hostile: () => withFiles('demo/\u202eyp.exe'),
    inside: () => withFiles('demo/yp.exe'),
  },
];
