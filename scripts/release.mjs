// Makes all that a release consists of, twice, and compares the bytes: dist/release/. Ends with a failure if two builds
// differ. Arguments: platforms of the binaries (all by default), `--dirty` for a working tree with changes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sbom } from './sbom.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { dirty: { type: 'boolean' } },
});
const platforms = positionals.length === 0 ? ['all'] : positionals;
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

const changed = git('status', '--porcelain') !== '';
if (changed && !values.dirty) {
  console.error('release: the working tree has changes; commit them, or try with --dirty');
  process.exit(1);
}
const directory = mkdtempSync(join(tmpdir(), 'peep-release-'));
try {
  const first = await buildAll(join(directory, 'first'));
  const second = await buildAll(join(directory, 'second'));
  const different = [...new Set([...Object.keys(first), ...Object.keys(second)])].filter(
    (name) => first[name] !== second[name],
  );
  if (different.length > 0) throw new Error(`two builds differ: ${different.join(', ')}`);
  publish(join(directory, 'first'), first);
} catch (error) {
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** The sha256 of each file by its name. */
async function buildAll(out) {
  mkdirSync(out, { recursive: true });
  const run = (...args) =>
    execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  run('scripts/bundle.mjs');
  copyFileSync(join(root, 'dist/peep.mjs'), join(out, 'peep.mjs'));
  run('scripts/wheel.mjs', out);
  run('scripts/manual.mjs');
  run('scripts/npm-package.mjs', out);
  rmSync(join(out, 'npm'), { recursive: true });
  run('scripts/binary.mjs', ...platforms, '--out', out);
  writeFileSync(join(out, 'peep.cdx.json'), await sbom());
  writeFileSync(join(out, 'PROVENANCE.json'), provenance());
  return Object.fromEntries(
    readdirSync(out)
      .sort()
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(out, name)))
          .digest('hex'),
      ]),
  );
}

/** What somebody else needs to know to build the same bytes. */
function provenance() {
  const versionOf = (name) =>
    JSON.parse(readFileSync(join(root, `node_modules/${name}/package.json`), 'utf8')).version;
  const note = {
    commit: git('rev-parse', 'HEAD'),
    changed,
    built: 'npm ci && npm run release',
    node: process.versions.node,
    npm: execFileSync('npm', ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' }).trim(),
    esbuild: versionOf('esbuild'),
    postject: versionOf('postject'),
    typescript: versionOf('typescript'),
    runtimes: JSON.parse(readFileSync(join(root, 'scripts/runtimes.json'), 'utf8')).filter(
      ({ binary }) => binary,
    ),
  };
  return `${JSON.stringify(note, null, 2)}\n`;
}

function publish(built, digests) {
  const lines = Object.entries(digests).map(([name, sha256]) => `${sha256}  ${name}\n`);
  writeFileSync(join(built, 'SHA256SUMS'), lines.join(''));
  const release = join(root, 'dist/release');
  rmSync(release, { recursive: true, force: true });
  mkdirSync(join(release, '..'), { recursive: true });
  cpSync(built, release, { recursive: true });
  process.stdout.write(lines.join(''));
  console.log(`built twice with the same bytes: ${Object.keys(digests).length} files in dist/release`);
}
