// The program as one text, for every form that peep is shipped in.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundledPackages, licenceNotices } from './notices.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The entities package that dom-serializer brings does not say so of itself: without it, tables that nobody uses stay in. */
const noSideEffects = {
  name: 'no side effects',
  setup(build) {
    build.onResolve(
      { filter: /^entities|^dom-?(?:serializer|utils|handler)$|entities\// },
      async ({ path, pluginData, ...where }) => {
        if (pluginData === noSideEffects) return undefined;
        const found = await build.resolve(path, { ...where, pluginData: noSideEffects });
        return { ...found, sideEffects: false };
      },
    );
    build.onResolve({ filter: /^\./ }, async ({ path, pluginData, ...where }) => {
      if (pluginData === noSideEffects || !/node_modules.entities.lib/.test(where.importer)) return undefined;
      const found = await build.resolve(path, { ...where, pluginData: noSideEffects });
      return { ...found, sideEffects: false };
    });
  },
};

/** CycloneDX's library writes XML and validates too, with packages of its own; peep writes JSON. */
const withoutXml = {
  name: 'without XML',
  setup(build) {
    build.onResolve({ filter: /^\.\/(?:xml|_optPlug|__)/ }, ({ path, importer }) =>
      /node_modules.@cyclonedx/.test(importer) ? { path, namespace: 'left-out' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
    // Of the schema of SPDX the library reads the identifiers alone.
    build.onLoad({ filter: /spdx\.SNAPSHOT\.schema\.json$/ }, ({ path }) => ({
      contents: JSON.stringify({ enum: JSON.parse(readFileSync(path, 'utf8')).enum }),
      loader: 'json',
    }));
  },
};

/**
 * Parts of undici that a pool of HTTP/1.1 connections never reaches: half of the package, which would be read at each start.
 * Of its two parsers, which do the same, the one for every processor stays. Code that comes to use one of them fails with an
 * error.
 */
const unusedOfUndici = {
  name: 'unused of undici',
  setup(build) {
    const directories = /\/(?:web|mock|cache|interceptor)(?:\/|$)/;
    const files =
      /\/(?:client-h2|h2c-client|(?:balanced|round-robin)-pool|(?:env-http-|socks5-)?proxy-agent|retry-agent|(?:retry|redirect)-handler|llhttp_simd-wasm)(?:\.js)?$/;
    build.onResolve({ filter: /^\./ }, ({ path, importer }) =>
      /undici\/(?:index|lib\/dispatcher\/[\w-]+)\.js$/.test(importer.replaceAll('\\', '/')) &&
      (directories.test(path) || files.test(path))
        ? { path, namespace: 'unused' }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({ contents: stub(path) }));
  },
};

function stub(path) {
  if (path.endsWith('/cachestorage')) return 'exports.CacheStorage = class {};';
  const error = `throw new Error('${path} is not part of this bundle');`;
  // undici takes its other parser then.
  if (path.includes('llhttp_simd')) return error;
  return `exports.extractBody = () => { ${error} };`;
}

export const plugins = [noSideEffects, withoutXml, unusedOfUndici];

/**
 * CommonJS, since only that lets modules load what they need when they first run. `require`, `module` and `__program`
 * (the URL of the file that runs, or undefined) are the caller's.
 */
export async function compileProgram() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/cli.ts'],
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.18',
    // Without the parts of packages that nobody imports.
    mainFields: ['module', 'main'],
    legalComments: 'none',
    plugins,
    define: { 'import.meta.url': '__program' },
    logLevel: 'warning',
  });
  const code = outputFiles[0].text.replace(/^#!.*\n/, '').trimEnd();
  const packages = bundledPackages(Object.keys(metafile.inputs));
  return { code: inAscii(code), notices: inAscii(licenceNotices(root, packages)), packages };
}

const plainMarks = {
  '\u2019': "'",
  '\u2018': "'",
  '\u201c': '"',
  '\u201d': '"',
  '\u2013': '-',
  '\u2014': '-',
  '\u00a9': '(c)',
};

/** Node reads a text in half of the time when all of it is ASCII. Escapes mean the same in strings and regular expressions. */
function inAscii(text) {
  return text
    .split('\n')
    .map((line) => {
      // A comment may have plain marks in place of typographic ones.
      const plain = /^\s*\/\/|^[^'"`/]*$/.test(line)
        ? line.replace(/[^\x00-\x7f]/g, (c) => plainMarks[c] ?? c)
        : line;
      return plain.replace(/[^\x00-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
    })
    .join('\n');
}
