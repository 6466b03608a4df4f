// Writes dist/peep.mjs: all of peep in one file, the same bytes for the same sources (contract section 9).
import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = `${root}dist/peep.mjs`;
// Written beside its place and moved there: who runs it meanwhile gets the whole of one build or of the other.
const temp = `${outfile}.${process.pid}`;

const result = await build({
  absWorkingDir: root,
  entryPoints: ['src/cli.ts'],
  outfile,
  write: false,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.18',
  charset: 'utf8',
  legalComments: 'eof',
  // CommonJS dependencies call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
const [file] = result.outputFiles;
await mkdir(`${root}dist`, { recursive: true });
try {
  await writeFile(temp, file.contents);
  await chmod(temp, 0o755);
  await rename(temp, outfile);
} finally {
  await rm(temp, { force: true });
}
console.log(`${createHash('sha256').update(file.contents).digest('hex')}  dist/peep.mjs`);
