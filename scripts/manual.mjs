// Writes what the shells and `man` read, from the option tables and the help texts of the program: completions into
// dist/completions, and the manual page docs/peep.1. The generators are TypeScript, in scripts/manual.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
// Below the project, so that its packages are found.
const compiled = join(root, `dist/.manual-${process.pid}.mjs`);
try {
  await build({
    absWorkingDir: root,
    entryPoints: ['scripts/manual/files.ts'],
    outfile: compiled,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const { manualFiles } = await import(pathToFileURL(compiled).href);
  for (const [path, text] of Object.entries(manualFiles())) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    console.log(path);
  }
} finally {
  await rm(compiled, { force: true });
}
