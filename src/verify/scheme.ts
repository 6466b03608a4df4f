import { dirname, join, sep } from 'node:path';
import { pythonName } from '../packaging/python-names.js';

const versioned = new RegExp(`^${pythonName}\\d`);

/** The paths for the parts of a wheel, relative to one site-packages directory. */
export interface Scheme {
  readonly site: string;
  readonly scripts: string;
  readonly data: string;
  /** Directories with a subdirectory for each project's headers. */
  readonly headers: readonly [string, ...string[]];
}

/**
 * The scheme of a site-packages directory, by the layouts of sysconfig: `PREFIX/lib/python3.x/site-packages` (also
 * lib64, dist-packages, Debian's `lib/python3`), `PREFIX\Lib\site-packages` on Windows. Undefined for any other
 * directory, such as one of `--target`.
 */
export function schemeOf(site: string, platform: NodeJS.Platform): Scheme | undefined {
  const parts = site.split(sep);
  const python = parts.at(-2) ?? '';
  const windows = platform === 'win32';
  const fits = windows
    ? /^(?:lib|python\d+)$/i.test(python)
    : versioned.test(python) && /^lib(?:32|64)?$/.test(parts.at(-3) ?? '');
  if (!fits || !/^(?:site|dist)-packages$/i.test(parts.at(-1) ?? '')) return undefined;
  const data = windows ? dirname(dirname(site)) : dirname(dirname(dirname(site)));
  const include = join(data, windows ? 'Include' : 'include');
  return {
    site,
    data,
    scripts: join(data, windows ? 'Scripts' : 'bin'),
    headers: windows
      ? [include, join(data, 'include', 'site', python)]
      : [join(include, 'site', python), join(include, python)],
  };
}

/** The scheme of `pip install --target DIRECTORY`: modules and data share it. `python`: for example `python3.11`. */
export function targetScheme(directory: string, python: string): Scheme {
  const include = join(directory, 'include');
  return {
    site: directory,
    data: directory,
    scripts: join(directory, 'bin'),
    headers: [join(include, 'site', python), join(include, python), join(include, 'python')],
  };
}
