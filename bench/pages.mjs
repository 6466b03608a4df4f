// How long an index page of 20,000 files takes, in HTML and in JSON: read, and one archive chosen from it.
//
//     node bench/pages.mjs [--files 20000] [--runs 15] [--limit 150]
//
// Ends with status 1 when the median of either form is above the limit, in milliseconds.
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '20000' },
    runs: { type: 'string', default: '15' },
    limit: { type: 'string', default: '150' },
  },
});
const [fileCount, runs, limit] = [values.files, values.runs, values.limit].map(Number);

const root = fileURLToPath(new URL('..', import.meta.url));
const { readPage, select, describeFor } = await loadSources();
const files = releases(fileCount);
const forms = {
  HTML: ['text/html', Buffer.from(htmlPage(files))],
  JSON: ['application/vnd.pypi.simple.v1+json', Buffer.from(jsonPage(files))],
};
const origin = {
  url: 'https://index.example/simple/sample-pkg/',
  index: 'https://index.example/simple/',
  source: 'index',
  order: 0,
};
const request = {
  project: 'sample-pkg',
  operator: '==',
  version: '1.2.3',
  digests: undefined,
  target: describeFor('3.11:manylinux_2_28_x86_64'),
  formatControl: { noBinary: new Set(), onlyBinary: new Set() },
  preferBinary: false,
};

let isSlow = false;
console.log(`${fileCount} files a page, median of ${runs} runs (fastest to slowest), in milliseconds`);
for (const [form, [type, bytes]] of Object.entries(forms)) {
  const times = { read: [], choose: [], both: [] };
  for (let run = 0; run < runs; run += 1) {
    const started = performance.now();
    const { links } = readPage(type, bytes, origin);
    const isRead = performance.now();
    const { candidates } = select(links, request);
    const isChosen = performance.now();
    if (links.length !== fileCount || candidates.length === 0) throw new Error(`${form} was not understood`);
    times.read.push(isRead - started);
    times.choose.push(isChosen - isRead);
    times.both.push(isChosen - started);
  }
  const size = (bytes.length / 2 ** 20).toFixed(1);
  const parts = Object.entries(times).map(([name, list]) => `${name} ${spread(list)}`);
  console.log(`${form} (${size} MiB): ${parts.join(', ')}`);
  if (median(times.both) > limit) isSlow = true;
}
console.log(`peak memory of the process: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
if (isSlow) {
  console.log(`slower than ${limit} ms`);
  process.exitCode = 1;
}

/** The parsers as they are in src/, bundled. */
async function loadSources() {
  const directory = await mkdtemp(join(tmpdir(), 'peep-bench-'));
  const outfile = join(directory, 'pages.mjs');
  try {
    await build({
      absWorkingDir: root,
      stdin: {
        resolveDir: root,
        contents: `
          export { readPage } from './src/resolver/pages/read-page.ts';
          export { select } from './src/resolver/choose/select.ts';
          export { describeFor } from './src/target/describe.ts';`,
      },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20.18',
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Names as those of a project with many releases, each with wheels for many targets. */
function releases(count) {
  const pythons = ['cp39-cp39', 'cp310-cp310', 'cp311-cp311', 'cp312-cp312', 'cp313-cp313', 'cp313-cp313t'];
  const platforms = [
    'manylinux_2_17_x86_64.manylinux2014_x86_64',
    'manylinux_2_17_aarch64.manylinux2014_aarch64',
    'musllinux_1_2_x86_64',
    'macosx_10_13_x86_64',
    'macosx_11_0_arm64',
    'win_amd64',
    'win32',
  ];
  const names = [];
  for (let release = 0; names.length < count; release += 1) {
    const version = `${1 + (release >> 6)}.${(release >> 3) & 7}.${release & 7}`;
    names.push(`sample_pkg-${version}.tar.gz`);
    for (const python of pythons) {
      for (const platform of platforms) names.push(`sample_pkg-${version}-${python}-${platform}.whl`);
    }
  }
  return names.slice(0, count).map((filename) => {
    const digest = sha256(filename);
    const path = `${digest.slice(0, 2)}/${digest.slice(2, 4)}/${sha256(digest).slice(4)}`;
    return {
      filename,
      digest,
      url: `https://files.example/packages/${path}/${filename}`,
      metadata: sha256(path),
    };
  });
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

function htmlPage(entries) {
  const anchors = entries.map(
    ({ filename, digest, url, metadata }) =>
      `<a href="${url}#sha256=${digest}" data-requires-python="&gt;=3.9" ` +
      `data-dist-info-metadata="sha256=${metadata}" data-core-metadata="sha256=${metadata}">${filename}</a><br />`,
  );
  const meta = '<meta name="pypi:repository-version" content="1.4">';
  return `<!DOCTYPE html>\n<html>\n<head>\n${meta}\n</head>\n<body>\n${anchors.join('\n')}\n</body>\n</html>\n`;
}

function jsonPage(entries) {
  return JSON.stringify({
    meta: { 'api-version': '1.4' },
    name: 'sample-pkg',
    files: entries.map(({ filename, digest, url, metadata }) => ({
      'core-metadata': { sha256: metadata },
      'data-dist-info-metadata': { sha256: metadata },
      filename,
      hashes: { sha256: digest },
      provenance: null,
      'requires-python': '>=3.9',
      size: 123_456,
      'upload-time': '2026-01-01T00:00:00.000000Z',
      url,
      yanked: false,
    })),
  });
}

function median(list) {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
}

function spread(list) {
  return `${median(list).toFixed(0)} (${Math.min(...list).toFixed(0)} to ${Math.max(...list).toFixed(0)})`;
}
