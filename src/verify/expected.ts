import { join } from 'node:path';
import type { WheelFile } from '../archive/wheel/files.js';
import { type ScriptEntryPoint, scriptEntryPoints } from '../packaging/entry-points.js';
import type { Scheme } from './scheme.js';

export interface NamedFile {
  /** As in the archive. */
  readonly name: string;
}

/** The facts about a wheel that decide the paths of its files. */
export interface ListedWheel<F extends NamedFile> {
  /** `name-version`, as in `name-version.dist-info`. */
  readonly stem: string;
  readonly files: readonly F[];
  readonly entryPoints: string;
}

/** A file that an installed wheel wrote somewhere. */
export interface ExpectedFile<F extends NamedFile = WheelFile> {
  /** Absolute, the most likely path first: headers may be in one of several directories. */
  readonly places: readonly [string, ...string[]];
  readonly proof:
    | { readonly kind: 'content'; readonly file: F }
    /** A script whose first line the installer may have replaced. */
    | { readonly kind: 'script'; readonly file: F }
    | { readonly kind: 'wrapper'; readonly entryPoint: ScriptEntryPoint }
    /** Written by the installer, with its own contents. */
    | { readonly kind: 'presence' };
  /** True for a file that only some installers write. */
  readonly optional?: true;
}

/** The Python and the environment into which a wheel was installed. */
export interface InstallModel {
  readonly scheme: Scheme;
  readonly platform: NodeJS.Platform;
  readonly pythonVersion: readonly [major: number, minor: number, ...unknown[]];
  /**
   * Possible spellings of the project in its header directory, the most likely first: pip uses the spelling of the
   * requirement.
   */
  readonly headerNames: readonly string[];
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
 * The path of each file of a wheel after installation (binary distribution format, "Installing a wheel"). The
 * installer rewrites RECORD, and does not install its signatures.
 */
export function expectedFiles<F extends NamedFile>(
  wheel: ListedWheel<F>,
  model: InstallModel,
): ExpectedFile<F>[] {
  const { scheme } = model;
  const distInfo = `${wheel.stem}.dist-info/`;
  const expected: ExpectedFile<F>[] = [];
  const names = new Set(wheel.files.map((file) => file.name));
  for (const file of wheel.files) {
    // Some wheels contain byte-compiled files; pip compiles them again.
    const source = compiledFrom(file.name);
    if (source !== undefined && names.has(source)) continue;
    const content = { kind: 'content', file } as const;
    if (file.name === `${distInfo}RECORD`) {
      expected.push({ places: [join(scheme.site, file.name)], proof: { kind: 'presence' } });
      continue;
    }
    // In any spelling: the inspection rules refuse a directory that belongs to another wheel.
    const slash = file.name.indexOf('/');
    if (slash < 0 || !file.name.slice(0, slash).endsWith('.data')) {
      expected.push({ places: [join(scheme.site, file.name)], proof: content });
    } else {
      const [kind = '', ...rest] = file.name.slice(slash + 1).split('/');
      const [first, ...more] = dataPlaces(kind, join(...rest), model);
      if (first === undefined) continue;
      expected.push({
        places: [first, ...more],
        proof: kind === 'scripts' ? { kind: 'script', file } : content,
      });
    }
  }
  return [...expected, ...wrappers(wheel, model)];
}

function dataPlaces(kind: string, path: string, { scheme, headerNames }: InstallModel): readonly string[] {
  switch (kind) {
    case 'purelib':
    case 'platlib':
      return [join(scheme.site, path)];
    case 'scripts':
      return [join(scheme.scripts, path)];
    case 'data':
      return [join(scheme.data, path)];
    case 'headers':
      return scheme.headers.flatMap((directory) => headerNames.map((name) => join(directory, name, path)));
    default:
      return [];
  }
}

function wrappers(
  { entryPoints }: { readonly entryPoints: string },
  model: InstallModel,
): ExpectedFile<never>[] {
  return scriptEntryPoints(entryPoints)
    .flatMap((entryPoint) => versioned(entryPoint, model.pythonVersion))
    .map(({ entryPoint, ...rest }) => {
      const { scripts } = model.scheme;
      return model.platform === 'win32'
        ? { places: [join(scripts, `${entryPoint.name}.exe`)], proof: { kind: 'presence' }, ...rest }
        : { places: [join(scripts, entryPoint.name)], proof: { kind: 'wrapper', entryPoint }, ...rest };
    });
}

/**
 * pip removes the Python version from the names of pip's and setuptools' own scripts, which comes from the Python
 * that built the wheel, and adds the version of the target; other installers keep the names.
 */
function versioned(
  entryPoint: ScriptEntryPoint,
  [major, minor]: InstallModel['pythonVersion'],
): { readonly entryPoint: ScriptEntryPoint; readonly optional?: true }[] {
  const tool = /^(pip|easy_install)(?:-?\d[\d.]*)?$/.exec(entryPoint.name)?.[1];
  if (tool === undefined) return [{ entryPoint }];
  const names = [`${tool}${major}`, `${tool}${major}.${minor}`, `${tool}-${major}.${minor}`];
  const others = entryPoint.name === tool ? names : [entryPoint.name];
  return [
    ...(entryPoint.name === tool ? [{ entryPoint }] : []),
    ...others.map((name) => ({ entryPoint: { ...entryPoint, name }, optional: true as const })),
  ];
}

/**
 * The source of a byte-compiled file: for `directory/__pycache__/name.tag.pyc` (PEP 3147), and for Python 2 for
 * `name.pyc` beside it. Undefined for any other path.
 */
export function compiledFrom(path: string, pythonMajor = 3): string | undefined {
  if (pythonMajor < 3) return /\.py[co]$/.test(path) ? path.slice(0, -1) : undefined;
  const parts = /^(.*[/\\])?__pycache__[/\\]([^/\\]+?)\.[\w-]+(?:\.opt-\w+)?\.pyc$/.exec(path);
  return parts === null ? undefined : `${parts[1] ?? ''}${parts[2]}.py`;
}
