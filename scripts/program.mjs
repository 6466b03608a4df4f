// The program as one text, for every form that peep is shipped in.
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
  },
};

/**
 * undici's `fetch`, WebSocket, mocks and caches, of which its `request` needs nothing: half of the package, which would be
 * read at each start. Whoever comes to use one of them is told by an error.
 */
const unusedOfUndici = {
  name: 'unused of undici',
  setup(build) {
    build.onResolve({ filter: /\/(?:web|mock|cache|interceptor)(?:\/|$)/ }, ({ path, importer }) =>
      /undici\/(?:index|lib\/dispatcher\/[\w-]+)\.js$/.test(importer.replaceAll('\\', '/'))
        ? { path, namespace: 'unused' }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
      contents: path.endsWith('/cachestorage')
        ? 'exports.CacheStorage = class {};'
        : `exports.extractBody = () => { throw new Error('${path} is not part of this bundle'); };`,
    }));
  },
};

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
