// Bundles peep and everything it needs into dist/peep.mjs, one file that runs without node_modules. Two builds of
// one commit give the same bytes; the last line printed is their sha256.
import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileProgram } from './program.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = `${root}${process.argv[2] ?? 'dist/peep.mjs'}`;
// Written beside its place and moved there: who runs it meanwhile gets the whole of one build or of the other.
const temp = `${outfile}.${process.pid}`;

const { code, notices } = await compileProgram();
const contents = `#!/usr/bin/env node
// peep, bundled by esbuild with the packages that are named at the end, as CommonJS.
import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
const module = { exports: {} };
const __program = import.meta.url;
${code}
${notices}
`;
await mkdir(`${root}dist`, { recursive: true });
try {
  await writeFile(temp, contents);
  await chmod(temp, 0o755);
  await rename(temp, outfile);
} finally {
  await rm(temp, { force: true });
}
console.log(`${createHash('sha256').update(contents).digest('hex')}  dist/${basename(outfile)}`);
