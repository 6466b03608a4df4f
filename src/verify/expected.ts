import { join } from 'node:path';
import type { WheelFile, WheelFiles } from '../archive/wheel/files.js';
import { type ScriptEntryPoint, scriptEntryPoints } from '../packaging/entry-points.js';
import type { Scheme } from './scheme.js';

/** A file that an installed wheel has put somewhere. */
export interface ExpectedFile {
  /** Absolute, the likely place first: headers go to one of several. */
  readonly places: readonly [string, ...string[]];
  readonly proof:
    | { readonly kind: 'content'; readonly file: WheelFile }
    /** A script whose first line the installer may have written anew. */
    | { readonly kind: 'script'; readonly file: WheelFile }
    | { readonly kind: 'wrapper'; readonly entryPoint: ScriptEntryPoint }
    /** Written by the installer, with contents of its own. */
    | { readonly kind: 'presence' };
}

/** Files of the metadata directory that installers write (PEP 376, 610, 627 and uv's own). */
export const installerFiles: ReadonlySet<string> = new Set([
  'INSTALLER',
  'REQUESTED',
  'RECORD',
  'direct_url.json',
  'uv_cache.json',
]);

/**
 * Where each file of a wheel lies when it is installed with `scheme` (binary distribution format, "Installing a
 * wheel"). RECORD is written anew by the installer; its signatures are left out.
 */
export function expectedFiles(wheel: WheelFiles, scheme: Scheme, platform: NodeJS.Platform): ExpectedFile[] {
  const distInfo = `${wheel.stem}.dist-info/`;
  const data = `${wheel.stem}.data/`;
  const [name = ''] = wheel.stem.split('-');
  const expected: ExpectedFile[] = [];
  const names = new Set(wheel.files.map((file) => file.name));
  for (const file of wheel.files) {
    // Some wheels bring byte-compiled files along; pip compiles them anew.
    const source = compiledFrom(file.name);
    if (source !== undefined && names.has(source)) continue;
    const content = { kind: 'content', file } as const;
    if (file.name === `${distInfo}RECORD`) {
      expected.push({ places: [join(scheme.site, file.name)], proof: { kind: 'presence' } });
    } else if (!file.name.startsWith(data)) {
      expected.push({ places: [join(scheme.site, file.name)], proof: content });
    } else {
      const [kind = '', ...rest] = file.name.slice(data.length).split('/');
      const [first, ...more] = dataPlaces(kind, join(...rest), name, scheme);
      if (first === undefined) continue;
      expected.push({
        places: [first, ...more],
        proof: kind === 'scripts' ? { kind: 'script', file } : content,
      });
    }
  }
  return [...expected, ...wrappers(wheel, scheme, platform)];
}

function dataPlaces(kind: string, path: string, name: string, scheme: Scheme): readonly string[] {
  switch (kind) {
    case 'purelib':
    case 'platlib':
      return [join(scheme.site, path)];
    case 'scripts':
      return [join(scheme.scripts, path)];
    case 'data':
      return [join(scheme.data, path)];
    case 'headers':
      return scheme.headers(name).map((directory) => join(directory, path));
    default:
      return [];
  }
}

function wrappers(
  { entryPoints }: WheelFiles,
  { scripts }: Scheme,
  platform: NodeJS.Platform,
): ExpectedFile[] {
  return (
    scriptEntryPoints(entryPoints)
      // pip's own wheel has names for the Python that it was built with, which pip replaces.
      .filter(({ name, module }) => !(module.startsWith('pip.') && /\d\.\d/.test(name)))
      .map((entryPoint) =>
        platform === 'win32'
          ? { places: [join(scripts, `${entryPoint.name}.exe`)], proof: { kind: 'presence' } }
          : { places: [join(scripts, entryPoint.name)], proof: { kind: 'wrapper', entryPoint } },
      )
  );
}

/** PEP 3147: the source of `directory/__pycache__/name.tag.pyc`; undefined for any other path. */
export function compiledFrom(path: string): string | undefined {
  const parts = /^(.*[/\\])?__pycache__[/\\]([^/\\]+?)\.[\w-]+(?:\.opt-\w+)?\.pyc$/.exec(path);
  return parts === null ? undefined : `${parts[1] ?? ''}${parts[2]}.py`;
}
