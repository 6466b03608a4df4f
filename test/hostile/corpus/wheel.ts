import { distInfo, recordLine, wheel } from '../projects.js';
import type { ZipMember } from '../zip-builder.js';
import type { Case } from './case.js';

const good = () => wheel();
const add = (...members: ZipMember[]) => wheel({ add: members });
const file = (name: string, content = 'x'): ZipMember => ({ name, content });
const data = (path: string) => add(file(`demo-1.0.data/${path}`));
const scripts = (text: string) => wheel({ entryPoints: `[console_scripts]\n${text}\n` });
const metadata = (text: string) => wheel({ metadata: text });
const wheelFile = (text: string) => wheel({ wheel: text });
const fields = 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n';
const record = (change: (lines: string[]) => string[]) =>
  wheel({ record: (lines) => `${change(lines).join('\n')}\n` });

export const wheelCases: readonly Case[] = [
  {
    rule: 'wheel-dist-info',
    what: 'no metadata directory',
    hostile: () => wheel({ distInfo: 'demo-1.0.info' }),
    inside: good,
  },
  {
    rule: 'wheel-dist-info',
    what: 'two metadata directories',
    hostile: () => add(file('other-1.0.dist-info/METADATA')),
    inside: () => add(file('demo/other-1.0.dist-info/METADATA')),
  },
  {
    rule: 'wheel-dist-info',
    what: 'a second metadata directory in capitals',
    hostile: () => add(file('other-1.0.DIST-INFO/METADATA')),
    inside: good,
  },
  {
    rule: 'wheel-dist-info',
    what: 'the ending in capitals',
    hostile: () => wheel({ distInfo: 'demo-1.0.DIST-INFO' }),
    inside: good,
  },
  {
    rule: 'wheel-dist-info-name',
    what: 'the directory of another project',
    hostile: () => wheel({ distInfo: 'requests-1.0.dist-info' }),
    inside: () => wheel({ distInfo: 'Demo-1.0.0.dist-info' }),
  },
  {
    rule: 'wheel-dist-info-name',
    what: 'the directory of another version',
    hostile: () => wheel({ distInfo: 'demo-1.1.dist-info' }),
    inside: good,
  },
  {
    rule: 'wheel-file-missing',
    what: 'no METADATA',
    hostile: () => wheel({ metadata: undefined }),
    inside: good,
  },
  { rule: 'wheel-file-missing', what: 'no WHEEL', hostile: () => wheel({ wheel: undefined }), inside: good },
  {
    rule: 'wheel-file-missing',
    what: 'no RECORD',
    hostile: () => wheel({ record: undefined }),
    inside: good,
  },
  {
    rule: 'wheel-metadata',
    what: 'no Name',
    hostile: () => metadata('Version: 1.0\n'),
    inside: () => metadata('Name: demo\nVersion: 1.0\n'),
  },
  {
    rule: 'wheel-metadata',
    what: 'two names',
    hostile: () => metadata('Name: demo\nName: requests\nVersion: 1.0\n'),
    inside: () => metadata('Name: demo\nVersion: 1.0\n\nName: requests\n'),
  },
  {
    rule: 'wheel-metadata',
    what: 'two versions',
    hostile: () => metadata('Name: demo\nVersion: 1.0\nversion: 2.0\n'),
    inside: () => metadata('Name: demo\nVersion: 1.0\nSummary: a\n  Version: 2.0\n'),
  },
  {
    rule: 'wheel-project',
    what: 'another project in METADATA',
    hostile: () => metadata('Name: requests\nVersion: 1.0\n'),
    inside: () => metadata('Name: DEMO\nVersion: 1.0\n'),
  },
  {
    rule: 'wheel-project',
    what: 'another project in the pin',
    hostile: () => wheel({ expected: { project: 'requests' as never } }),
    inside: () => wheel({ expected: { project: 'demo' as never } }),
  },
  {
    rule: 'wheel-version',
    what: 'another version in METADATA',
    hostile: () => metadata('Name: demo\nVersion: 2.0\n'),
    inside: () => metadata('Name: demo\nVersion: 1.0.0\n'),
  },
  {
    rule: 'wheel-version',
    what: 'another version in the file name',
    hostile: () => wheel({ filename: 'demo-1.1-py3-none-any.whl' }),
    inside: () => wheel({ filename: 'demo-1.0.0-py3-none-any.whl' }),
  },
  {
    rule: 'wheel-version',
    what: 'another version in the pin',
    hostile: () => wheel({ expected: { version: '1.0.1' } }),
    inside: () => wheel({ expected: { version: '1' } }),
  },
  {
    rule: 'wheel-version',
    what: 'a local version that the pin does not have',
    hostile: () => wheel({ expected: { version: '1.0+cpu' } }),
    inside: good,
  },
  {
    rule: 'wheel-version',
    what: 'another local version than the pin gives',
    hostile: () =>
      wheel({
        filename: 'demo-1.0+cpu-py3-none-any.whl',
        distInfo: 'demo-1.0+cpu.dist-info',
        metadata: 'Name: demo\nVersion: 1.0+cpu\n',
        expected: { version: '1.0+gpu' },
      }),
    inside: () =>
      wheel({
        filename: 'demo-1.0+cpu-py3-none-any.whl',
        distInfo: 'demo-1.0+cpu.dist-info',
        metadata: 'Name: demo\nVersion: 1.0+cpu\n',
        expected: { version: '1.0' },
      }),
  },
  {
    rule: 'wheel-format',
    what: 'wheel format 2',
    hostile: () => wheelFile('Wheel-Version: 2.0\nTag: py3-none-any\n'),
    inside: () => wheelFile(fields),
  },
  {
    rule: 'wheel-format',
    what: 'no Wheel-Version',
    hostile: () => wheelFile('Tag: py3-none-any\n'),
    inside: () => wheelFile(fields),
  },
  {
    rule: 'wheel-format-minor',
    what: 'wheel format 1.9',
    hostile: () => wheelFile(fields.replace('1.0', '1.9')),
    inside: () => wheelFile(fields),
  },
  {
    rule: 'wheel-tags',
    what: 'other tags in WHEEL than in the file name',
    hostile: () => wheelFile(fields.replace('py3-none', 'cp311-cp311')),
    inside: () => wheel({ filename: 'demo-1.0-py2.py3-none-any.whl', wheel: `${fields}Tag: py2-none-any\n` }),
  },
  {
    rule: 'wheel-encoding',
    what: 'METADATA in Latin-1',
    hostile: () => wheel({ metadata: Buffer.from('Name: demo\nVersion: 1.0\nAuthor: caf\xe9\n', 'latin1') }),
    inside: () => metadata('Name: demo\nVersion: 1.0\nAuthor: café\n'),
  },
  {
    rule: 'wheel-encoding',
    what: 'entry points in Latin-1',
    hostile: () => wheel({ entryPoints: Buffer.from('[console_scripts]\ncaf\xe9 = demo:main\n', 'latin1') }),
    inside: () => scripts('café = demo:main'),
  },
  {
    rule: 'wheel-metadata',
    what: 'a line that Python passes over and others stop at',
    hostile: () => metadata('Name: demo\nVersion: 1.0\nFrom x\nRequires-Dist: evil\n'),
    inside: () => metadata('Name: demo\nVersion: 1.0\nFromage: x\nRequires-Dist: evil\n'),
  },
  {
    rule: 'wheel-metadata',
    what: 'a field without a name',
    hostile: () => metadata('Name: demo\nVersion: 1.0\n: x\nRequires-Dist: evil\n'),
    inside: () => metadata('Name: demo\nVersion: 1.0\nX:\nRequires-Dist: evil\n'),
  },
  {
    rule: 'wheel-metadata',
    what: 'a byte order mark, which hides the first field from Python',
    hostile: () => metadata('\ufeffName: demo\nVersion: 1.0\n'),
    inside: () => metadata('Name: demo\nVersion: 1.0\nSummary: \ufeffx\n'),
  },
  {
    rule: 'wheel-metadata',
    what: 'a line separator in a requirement',
    hostile: () => metadata('Name: demo\nVersion: 1.0\nRequires-Dist: a\x85Requires-Dist: evil\n'),
    inside: () => metadata('Name: demo\nVersion: 1.0\nDescription: a\x0cb\n'),
  },
  // RECORD
  {
    rule: 'wheel-record-malformed',
    what: 'a line separator, where pip ends a line and a CSV reader does not',
    hostile: () =>
      record((lines) => [`${lines[0]}`.replace(/,(\d+)$/, '\u2028../../evil,,$1'), ...lines.slice(1)]),
    inside: good,
  },
  {
    rule: 'wheel-record-malformed',
    what: 'a carriage return alone',
    hostile: () => record((lines) => [`${lines[0]}\rdemo/x,,`, ...lines.slice(1)]),
    inside: () => record((lines) => lines.map((line) => `${line}\r`)),
  },
  {
    rule: 'wheel-record-malformed',
    what: 'a line of four cells',
    hostile: () => record((lines) => [...lines, 'a,b,c,d']),
    inside: () => wheel({ add: [file('demo/a,b')] }),
  },
  {
    rule: 'wheel-record-malformed',
    what: 'a quote without an end',
    hostile: () => record((lines) => [...lines, '"demo/x,,']),
    inside: () => wheel({ add: [file('demo/a "b"')], members: (all) => all }),
  },
  {
    rule: 'wheel-record-malformed',
    what: 'text behind a quoted cell',
    hostile: () => record((lines) => ['"demo/__init__.py"x,,', ...lines.slice(1)]),
    inside: () => record(([head, ...rest]) => [head!.replace(/^[^,]*/, '"$&"'), ...rest]),
  },
  {
    rule: 'wheel-record-malformed',
    what: 'a size that is not a number',
    hostile: () => record((lines) => ['demo/__init__.py,,-1', ...lines.slice(1)]),
    inside: good,
  },
  {
    rule: 'wheel-record-unlisted',
    what: 'a file that RECORD does not list',
    hostile: () => record((lines) => lines.slice(1)),
    inside: () => wheel({ members: (all) => [...all, file(`${distInfo}/RECORD.jws`)] }),
  },
  {
    rule: 'wheel-record-absent',
    what: 'RECORD lists a file that is not there',
    hostile: () => record((lines) => [...lines, recordLine(file('demo/gone.py'))]),
    inside: good,
  },
  {
    rule: 'wheel-record-absent',
    what: 'RECORD spells a path in another way',
    hostile: () => record(([head, ...rest]) => [`./${head}`, ...rest]),
    inside: good,
  },
  {
    rule: 'wheel-record-duplicate',
    what: 'two hashes for one file',
    hostile: () => record((lines) => [...lines, recordLine(file('demo/__init__.py', 'other'))]),
    inside: good,
  },
  {
    rule: 'wheel-record-repeated',
    what: 'the same line twice',
    hostile: () => record((lines) => [...lines, lines[0]!]),
    inside: good,
  },
  {
    rule: 'wheel-record-directory',
    what: 'RECORD lists a directory',
    hostile: () =>
      wheel({ add: [{ name: 'demo/sub/' }], record: (lines) => [...lines, 'demo/sub/,,'].join('\n') }),
    inside: () => add({ name: 'demo/sub/' }),
  },
  {
    rule: 'wheel-record-unhashed',
    what: 'a file without a hash',
    hostile: () => record((lines) => ['demo/__init__.py,,14', ...lines.slice(1)]),
    inside: () => record(([head, ...rest]) => [head!.replace(/,\d+$/, ','), ...rest]),
  },
  {
    rule: 'wheel-record-weak',
    what: 'an md5 hash',
    hostile: () => record((lines) => ['demo/__init__.py,md5=AAAAAAAAAAAAAAAAAAAAAA,14', ...lines.slice(1)]),
    inside: good,
  },
  {
    rule: 'wheel-record-spelling',
    what: 'a hash in hex',
    hostile: () =>
      record(([head, ...rest]) => [
        head!.replace(
          /sha256=([^,]*)/,
          (_, text) => `sha256=${Buffer.from(text, 'base64url').toString('hex')}`,
        ),
        ...rest,
      ]),
    inside: good,
  },
  {
    rule: 'wheel-record-spelling',
    what: 'a padded hash',
    hostile: () => record(([head, ...rest]) => [head!.replace(/,14$/, '=,14'), ...rest]),
    inside: good,
  },
  {
    rule: 'wheel-record-size',
    what: 'a wrong size',
    hostile: () => record(([head, ...rest]) => [head!.replace(/,14$/, ',15'), ...rest]),
    inside: good,
  },
  {
    rule: 'wheel-record-hash',
    what: 'a wrong hash',
    hostile: () => record(([head, ...rest]) => [head!.replace(/sha256=./, 'sha256=A'), ...rest]),
    inside: good,
  },
  // data directories
  {
    rule: 'wheel-data-name',
    what: 'the data directory of another project',
    hostile: () => add(file('requests-1.0.data/scripts/x')),
    inside: () => data('scripts/x'),
  },
  {
    rule: 'wheel-data-name',
    what: 'a data directory without a version',
    hostile: () => add(file('demo.data/x')),
    inside: () => add(file('demo/demo.data/x')),
  },
  {
    rule: 'wheel-data-spelling',
    what: 'a data directory spelled otherwise',
    hostile: () => add(file('Demo-1.0.0.data/scripts/x')),
    inside: () => data('scripts/x'),
  },
  {
    rule: 'wheel-data-scheme',
    what: 'an unknown scheme',
    hostile: () => data('stdlib/os.py'),
    inside: () => data('data/share/os.py'),
  },
  {
    rule: 'wheel-data-scheme',
    what: 'a file without a scheme',
    hostile: () => data('evil.py'),
    inside: () => data('headers/demo.h'),
  },
  {
    rule: 'wheel-data-collision',
    what: 'a file of purelib over one of the root',
    hostile: () => data('purelib/demo/__init__.py'),
    inside: () => data('purelib/demo/other.py'),
  },
  {
    rule: 'wheel-data-collision',
    what: 'purelib against platlib, in another case',
    hostile: () => add(file('demo-1.0.data/purelib/a.py'), file('demo-1.0.data/platlib/A.py')),
    inside: () => add(file('demo-1.0.data/purelib/a.py'), file('demo-1.0.data/platlib/b.py')),
  },
  {
    rule: 'wheel-data-dist-info',
    what: 'the metadata of another distribution planted',
    hostile: () => data('purelib/requests-9.dist-info/METADATA'),
    inside: () => data('purelib/demo/requests-9.dist-info/METADATA'),
  },
  {
    rule: 'wheel-data-dist-info',
    what: 'the metadata of another distribution, by way of the prefix',
    hostile: () => data('data/lib/python3.11/site-packages/requests-9.dist-info/METADATA'),
    inside: () => data('data/share/site-packages/requests-9.dist-info/METADATA'),
  },
  {
    rule: 'wheel-data-collision',
    what: 'a file of the wheel again, by way of the prefix',
    hostile: () => data('data/lib64/python3.13t/site-packages/demo/__init__.py'),
    inside: () => data('data/lib64/python3.13t/site-packages/demo/more.py'),
  },
  {
    rule: 'wheel-data-environment',
    what: 'the file that makes a virtual environment',
    hostile: () => data('data/pyvenv.cfg'),
    inside: () => data('data/etc/pyvenv.cfg'),
  },
  {
    rule: 'wheel-data-environment',
    what: 'a script that people source',
    hostile: () => data('data/bin/activate.fish'),
    inside: () => data('data/share/activate.fish'),
  },
  {
    rule: 'wheel-data-environment',
    what: 'a script that people source, in the directory of Windows',
    hostile: () => data('data/Scripts/Activate.ps1'),
    inside: () => data('data/bin/activate-global-python-argcomplete'),
  },
  // scripts
  {
    rule: 'wheel-entry-points',
    what: 'a line before any section',
    hostile: () => wheel({ entryPoints: 'demo = demo:main\n' }),
    inside: () => wheel({ entryPoints: '# a comment\n[console_scripts]\ndemo = demo:main\n' }),
  },
  {
    rule: 'wheel-entry-points',
    what: 'a script without an object',
    hostile: () => scripts('demo'),
    inside: () => scripts('demo = demo:main'),
  },
  {
    rule: 'wheel-entry-points',
    what: 'text behind a section header',
    hostile: () => wheel({ entryPoints: '[console_scripts] x\ndemo = demo:main\n' }),
    inside: () => wheel({ entryPoints: '[demo.plugins]\nx\n' }),
  },
  {
    rule: 'wheel-entry-points',
    what: 'a header in two brackets, which Python strips both',
    hostile: () => wheel({ entryPoints: '[[console_scripts]]\npython3 = demo:main\n' }),
    inside: () => wheel({ entryPoints: '[demo.console_scripts]\npython3 = demo:main\n' }),
  },
  {
    rule: 'wheel-entry-points',
    what: 'a bracket that opens in front of a script',
    hostile: () => scripts('[python3 = demo:main'),
    inside: () => scripts('demo = demo:main [extra]'),
  },
  {
    rule: 'wheel-entry-points',
    what: 'a header behind a character that Python takes for a space',
    hostile: () => wheel({ entryPoints: '[demo]\n\x1f[console_scripts]\npython3 = demo:main\n' }),
    inside: () => wheel({ entryPoints: '[demo]\r\n[console_scripts] \r\ndemo = demo:main\r\n' }),
  },
  {
    rule: 'wheel-entry-points',
    what: 'a byte order mark in front of what is a header for some',
    hostile: () => scripts('demo = demo:main\n\ufeff[other = demo:main [x]\npython3 = demo:main'),
    inside: () => scripts('démo = demo:main'),
  },
  {
    rule: 'wheel-entry-points',
    what: 'an indented header, which ConfigParser joins to the line before',
    hostile: () =>
      wheel({ entryPoints: '[console_scripts]\ndemo = demo:main\n [demo]\npython3 = demo:main\n' }),
    inside: () =>
      wheel({ entryPoints: '[console_scripts]\n  demo = demo:main\n[demo]\npython3 = demo:main\n' }),
  },
  {
    rule: 'wheel-entry-points',
    what: 'a line that is a comment to some and a script to others',
    hostile: () => scripts(';demo = demo:main'),
    inside: () => wheel({ entryPoints: '[demo]\n; x\n[console_scripts]\n# x\ndemo = demo:main\n' }),
  },
  {
    rule: 'wheel-entry-points',
    what: 'a second entry behind what is not an object',
    hostile: () => scripts('demo = !! other = demo:main'),
    inside: () => scripts('demo = demo:main [a]'),
  },
  {
    rule: 'wheel-script-name',
    what: 'a climbing name behind a semicolon',
    hostile: () => scripts(';/../../x = demo:main'),
    inside: () => scripts('x = demo:main'),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'an interpreter behind a semicolon',
    hostile: () => scripts(';python3 = demo:main'),
    inside: () => scripts('xpython3 = demo:main'),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'an interpreter behind another word, where distlib finds it',
    hostile: () => scripts('a python3 = demo:main'),
    inside: () => scripts('a python3x = demo:main'),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'an interpreter behind the first equals sign',
    hostile: () => scripts('x = !! python3 = demo:main'),
    inside: () => scripts('x = demo:main'),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'an interpreter with a space in it, which old pips take out',
    hostile: () => scripts('py thon3 = demo:main'),
    inside: () => scripts('py thon3x = demo:main'),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'an interpreter behind a letter that Python 2 knows not',
    hostile: () => scripts('épython3 = demo:main'),
    inside: () => scripts('épython3x = demo:main'),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'an interpreter in the section that ConfigParser gives to all',
    hostile: () =>
      wheel({ entryPoints: '[DEFAULT]\npython3 = demo:main\n[console_scripts]\nx = demo:main\n' }),
    inside: () => wheel({ entryPoints: '[defaults]\npython3 = demo:main\n' }),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'an ending of Python, which distlib makes .exe on Windows',
    hostile: () => scripts('python.pyx = demo:main'),
    inside: () => scripts('python.px = demo:main'),
  },
  {
    rule: 'wheel-entry-point-object',
    what: 'code in place of an object',
    hostile: () => scripts('demo = os; evil()'),
    inside: () => scripts('demo = demo.cli:App.main [extra]'),
  },
  {
    rule: 'wheel-script-name',
    what: 'an entry point that climbs',
    hostile: () => scripts('../../evil = demo:main'),
    inside: () => scripts('..evil = demo:main'),
  },
  {
    rule: 'wheel-script-name',
    what: 'an absolute entry point',
    hostile: () => scripts('/usr/bin/evil = demo:main'),
    inside: () => scripts('usr-bin-evil = demo:main'),
  },
  {
    rule: 'wheel-script-name',
    what: 'an entry point that climbs on Windows',
    hostile: () => scripts('..\\evil = demo:main'),
    inside: () => scripts('evil = demo:main'),
  },
  {
    rule: 'wheel-script-name',
    what: 'an entry point without a name',
    hostile: () => scripts('= demo:main'),
    inside: () => scripts('d = demo:main'),
  },
  {
    rule: 'wheel-script-name',
    what: 'a name that old ConfigParsers split at a colon',
    hostile: () => scripts('../evil: x = demo:main'),
    inside: () => scripts('fine: x = demo:main'),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'an entry point named python',
    hostile: () => scripts('python = demo:main'),
    inside: () => scripts('python-grpc-tools-protoc = demo:main'),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'an entry point named python3.11',
    hostile: () => scripts('python3.11 = demo:main'),
    inside: () => scripts('python3.11x = demo:main'),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'a free-threaded interpreter',
    hostile: () => scripts('python3.13t = demo:main'),
    inside: () => scripts('pythontest = demo:main'),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'pythonw.exe among the gui scripts',
    hostile: () => wheel({ entryPoints: '[gui_scripts]\nPythonW.exe = demo:main\n' }),
    inside: () => wheel({ entryPoints: '[gui_scripts]\npythonwin = demo:main\n' }),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'a trailing dot that Windows drops',
    hostile: () => scripts('python3. = demo:main'),
    inside: () => scripts('python3-x. = demo:main'),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'a script file named python3',
    hostile: () => data('scripts/python3'),
    inside: () => data('scripts/ipython3'),
  },
  {
    rule: 'wheel-script-interpreter',
    what: 'an interpreter by way of the data scheme',
    hostile: () => data('data/bin/python'),
    inside: () => data('data/share/python'),
  },
  {
    rule: 'wheel-script-repeated',
    what: 'two scripts of one name',
    hostile: () => scripts('demo = demo:main\nDemo = demo:other'),
    inside: () => scripts('demo = demo:main\ndemo2 = demo:other'),
  },
];
