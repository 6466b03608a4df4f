// Bundles peep and everything it needs into dist/peep.mjs, one file that runs without node_modules. Two builds of
// one commit give the same bytes; the last line printed is their sha256.
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { bundledPackages, licenceNotices } from './notices.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = `${root}${process.argv[2] ?? 'dist/peep.mjs'}`;
// Written beside its place and moved there: who runs it meanwhile gets the whole of one build or of the other.
const temp = `${outfile}.${process.pid}`;

const { chunks, inputs } = await compile();
const contents = await assemble(chunks, licenceNotices(root, bundledPackages(inputs)));
await mkdir(`${root}dist`, { recursive: true });
try {
  await writeFile(temp, contents);
  await chmod(temp, 0o755);
  await rename(temp, outfile);
} finally {
  await rm(temp, { force: true });
}
console.log(`${createHash('sha256').update(contents).digest('hex')}  dist/${basename(outfile)}`);

/** The program as modules that load one another when they are needed: what one command does not use is not read. */
async function compile() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { cli: 'src/cli.ts' },
    outdir: 'dist',
    chunkNames: '[name]-[hash]',
    splitting: true,
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    legalComments: 'none',
    define: { 'import.meta.url': '__program' },
    logLevel: 'warning',
  });
  const chunks = await Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const { code } = await transform(text.replace(/^#!.*/, ''), {
        format: 'cjs',
        platform: 'node',
        target: 'node20.18',
        supported: { 'dynamic-import': false },
        legalComments: 'none',
      });
      return { name: `./${basename(path)}`, code };
    }),
  );
  return { chunks: chunks.sort((a, b) => (a.name < b.name ? -1 : 1)), inputs: Object.keys(metafile.inputs) };
}

/**
 * One file of them all. The chunks that every start needs are functions; each other one lies in a comment until it is
 * asked for, so that Node does not spend time on reading it. Lines keep their numbers: a stack trace is true.
 */
async function assemble(all, notices) {
  const first = startingChunks(all);
  let text = '';
  const write = (more) => {
    text += `${more.trimEnd()}\n`;
  };
  write('#!/usr/bin/env node');
  write(
    '// peep, bundled with the packages named below. Modules that not every run needs stand in comments; the',
  );
  write('// loader compiles one, from this file and at its own lines, when it is first asked for.');
  write(await readFile(`${root}scripts/bundle-loader.js`, 'utf8'));
  for (const { name, code } of all.filter(({ name }) => first.has(name)))
    write(`__chunks.set('${name}', function (exports, require, module) {\n${code}\n});`);
  const places = {};
  for (const { name, code } of all.filter(({ name }) => !first.has(name))) {
    // The end of a comment inside of it is written apart, and put together again by the loader.
    if (code.includes('*~/')) throw new Error(`'*~/' in ${name}: choose another way to write it`);
    const written = code.replaceAll('*/', '*~/').trimEnd();
    write(`/*@@ ${name}`);
    places[name] = [Buffer.byteLength(text), Buffer.byteLength(written), text.split('\n').length - 1];
    write(`${written}\n@@*/`);
  }
  write("await __load('./cli.js').ended;");
  write(notices);
  write(`//@@ ${JSON.stringify(places)}`);
  return text;
}

/** cli.js, and what it needs before it runs. */
function startingChunks(all) {
  const byName = new Map(all.map((chunk) => [chunk.name, chunk]));
  const found = new Set();
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    // Static ones alone begin a line: `import()` has become a require() inside a function.
    const code = byName.get(name)?.code ?? '';
    for (const [, next] of code.matchAll(/^(?:var \S+ = |__toESM\()*require\("(\.\/[^"]+)"\)/gm)) visit(next);
  };
  visit('./cli.js');
  return found;
}
