// Makes the npm package: program, library with its types, documents and man page, and no dependency to install. Writes
// dist/npm and packs it into dist/peep-X.tgz; the last line printed is its sha256. Arguments: the directory to write to.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundledPackages, licenceNotices } from './notices.mjs';
import { plugins } from './program.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = resolve(process.argv[2] ?? join(root, 'dist'));
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const home = join(target, 'npm');

rmSync(home, { recursive: true, force: true });
mkdirSync(home, { recursive: true });
await writeCode();
writeTypes();
for (const name of ['README.md', 'SECURITY.md', 'LICENSE']) copyFileSync(join(root, name), join(home, name));
for (const name of readdirSync(join(root, 'docs')))
  if (/\.(?:md|json|1)$/.test(name) && !name.startsWith('bench'))
    cpSync(join(root, 'docs', name), join(home, 'docs', name));
cpSync(join(root, 'dist/completions'), join(home, 'completions'), { recursive: true });
writeFileSync(join(home, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
pack();

/**
 * Program and library share their modules, and each command loads its own. They are minified, to be small; the program
 * to read is dist/peep.mjs, made of the same source.
 */
async function writeCode() {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { peep: 'src/cli.ts', index: 'src/api/index.ts' },
    outdir: join(home, 'lib'),
    chunkNames: '[name]-[hash]',
    splitting: true,
    minify: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    legalComments: 'none',
    plugins,
    // CommonJS packages ask for Node's modules by require().
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    metafile: true,
    logLevel: 'warning',
  });
  const notices = licenceNotices(root, bundledPackages(Object.keys(metafile.inputs)));
  writeFileSync(join(home, 'LICENSES.txt'), `${notices.replace(/^\/\*! |\n\*\/$/g, '')}\n`);
  chmodSync(join(home, 'lib/peep.js'), 0o755);
}

/** The declarations that the library's own refer to. */
function writeTypes() {
  const all = join(target, '.types');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = ['-p', join(root, 'tsconfig.build.json'), '--emitDeclarationOnly', '--outDir', all];
  execFileSync(process.execPath, [tsc, ...args], { stdio: 'inherit' });
  const copied = new Set();
  const copy = (path) => {
    if (copied.has(path)) return;
    copied.add(path);
    const text = readFileSync(path, 'utf8');
    const place = join(home, 'types', relative(all, path));
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
    for (const [, next] of text.matchAll(/["'](\.[^"']+)\.js["']/g))
      copy(join(dirname(path), `${next}.d.ts`));
  };
  copy(join(all, 'api/index.d.ts'));
  rmSync(all, { recursive: true });
}

function manifest() {
  const { name, version, description, keywords, license, engines } = own;
  return {
    ...{ name, version, description, keywords, license, type: 'module', engines },
    man: ['docs/peep.1'],
    bin: { peep: 'lib/peep.js' },
    exports: {
      '.': { types: './types/api/index.d.ts', import: './lib/index.js' },
      './package.json': './package.json',
    },
  };
}

function pack() {
  const told = execFileSync('npm', ['pack', '--json', '--pack-destination', target], {
    cwd: home,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // npm 11 and older list the packages; newer ones name them.
  const listed = JSON.parse(told);
  const { filename, size } = Object.values(listed)[0];
  const sha256 = createHash('sha256')
    .update(readFileSync(join(target, filename)))
    .digest('hex');
  console.log(`${Math.ceil(size / 1000)} kB packed`);
  console.log(`${sha256}  ${filename}`);
}
