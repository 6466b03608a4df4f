// Writes dist/peep.mjs: all of peep in one file, the same bytes for the same sources (contract section 9).
import { createHash } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = `${root}dist/peep.mjs`;

await build({
  absWorkingDir: root,
  entryPoints: ['src/cli.ts'],
  outfile,
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
await chmod(outfile, 0o755);
console.log(
  `${createHash('sha256')
    .update(await readFile(outfile))
    .digest('hex')}  dist/peep.mjs`,
);
