// The sets of archives that are fetched: taken from a directory of wheels, or generated.
import { createHash, randomFillSync } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Sizes in bytes; `scale` below 1 makes a quick run. */
export function setSizes(scale) {
  return {
    small: Array.from({ length: 7 }, (_, i) => Math.round(scale * (60_000 + i * 70_000))),
    wide: Array.from({ length: 130 }, (_, i) => Math.round(scale * (200_000 + ((i * 7919) % 130) * 33_000))),
    huge: [Math.round(scale * 550_000_000)],
  };
}

/**
 * Puts a static simple index of the sets below `directory`, and a requirements file for each set. Generated wheels hold
 * the files of `contentOf(project, size)`.
 */
export async function writeSets(directory, sizes, wheelDirectory, contentOf = oneFile) {
  const { wheel } = await mockWheels(directory);
  const real = wheelDirectory === undefined ? [] : realWheels(wheelDirectory);
  const sets = {};
  for (const [name, wanted] of Object.entries(sizes)) {
    const lines = [];
    let bytes = 0;
    for (const [i, size] of wanted.entries()) {
      const archive =
        name === 'wide' && real[i] !== undefined
          ? real[i]
          : generated(wheel, `${name}${i}`, contentOf(`${name}${i}`, size));
      publish(directory, archive);
      bytes += archive.size;
      lines.push(`${archive.project}==${archive.version} --hash=sha256:${archive.sha256}\n`);
    }
    const requirements = join(directory, `${name}.txt`);
    writeFileSync(requirements, lines.join(''));
    sets[name] = { requirements, count: wanted.length, bytes };
  }
  return sets;
}

function oneFile(project, size) {
  return { [`${project}/data.bin`]: randomFillSync(Buffer.alloc(Math.max(1000, size - 1500))) };
}

function generated(wheel, project, files) {
  const { filename, bytes, sha256 } = wheel({ name: project, version: '1.0', files });
  return { project, version: '1.0', filename, bytes, sha256, size: bytes.length };
}

/** One wheel a project, so that each name has one file to choose. */
function realWheels(directory) {
  const seen = new Set();
  return readdirSync(directory)
    .sort()
    .filter((filename) =>
      /-(?:py3|py2\.py3)-none-any\.whl$|-cp311-cp311-.*x86_64\.whl$|-abi3-.*x86_64\.whl$/.test(filename),
    )
    .flatMap((filename) => {
      const [name, version] = filename.split('-');
      const project = name.toLowerCase().replace(/[-_.]+/g, '-');
      const path = join(directory, filename);
      const { size } = statSync(path);
      if (seen.has(project) || size < 100_000 || size > 12_000_000) return [];
      seen.add(project);
      return [{ project, version, filename, path, size, sha256: sha256Of(readFileSync(path)) }];
    })
    .sort((a, b) => b.size - a.size)
    .slice(0, 130);
}

function publish(directory, { project, filename, bytes, path, sha256 }) {
  const page = join(directory, 'simple', project);
  mkdirSync(page, { recursive: true });
  mkdirSync(join(directory, 'files'), { recursive: true });
  const file = join(directory, 'files', filename);
  rmSync(file, { force: true });
  if (path === undefined) writeFileSync(file, bytes);
  else symlinkSync(path, file);
  const href = `../../files/${encodeURIComponent(filename)}#sha256=${sha256}`;
  writeFileSync(
    join(page, 'index.html'),
    `<!DOCTYPE html><html><body><a href="${href}">${filename}</a></body></html>\n`,
  );
}

function sha256Of(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

async function mockWheels(directory) {
  const outfile = join(directory, 'wheel-builder.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['test/mock-index/wheel.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}
