// Parts of the project's own TypeScript, bundled, for the benchmarks.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Imports a module that is written down here, such as `export { x } from './src/x.ts'`. */
export async function loadSource(contents) {
  const directory = mkdtempSync(join(tmpdir(), 'peep-bench-'));
  const outfile = join(directory, 'source.mjs');
  const banner = {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  };
  try {
    await build({
      ...{ absWorkingDir: root, stdin: { resolveDir: root, contents }, outfile, bundle: true, banner },
      ...{ platform: 'node', format: 'esm', target: 'node20.18', logLevel: 'warning' },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
