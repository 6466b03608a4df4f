import { dirname, join, sep } from 'node:path';

/** Where the parts of a wheel go that do not lie in site-packages, for the directory that one was installed to. */
export interface Scheme {
  readonly site: string;
  readonly scripts: string;
  readonly data: string;
  /** Directories that may hold a project's headers; `name` is the distribution's. */
  headers(name: string): readonly string[];
}

/**
 * The scheme around a site-packages directory, by the layout that sysconfig has for every Python: `PREFIX/lib/python3.x/
 * site-packages` (also lib64, dist-packages, Debian's `lib/python3`), `PREFIX\Lib\site-packages` on Windows. Undefined
 * for any other directory, such as one made with `--target`.
 */
export function schemeOf(site: string, platform: NodeJS.Platform): Scheme | undefined {
  const parts = site.split(sep);
  const python = parts.at(-2) ?? '';
  const windows = platform === 'win32';
  const fits = windows
    ? /^(?:lib|python\d+)$/i.test(python)
    : /^(?:python|pypy)\d/.test(python) && /^lib(?:32|64)?$/.test(parts.at(-3) ?? '');
  if (!fits || !/^(?:site|dist)-packages$/i.test(parts.at(-1) ?? '')) return undefined;
  const data = windows ? dirname(dirname(site)) : dirname(dirname(dirname(site)));
  return {
    site,
    data,
    scripts: join(data, windows ? 'Scripts' : 'bin'),
    headers: (name) =>
      windows
        ? [join(data, 'Include', name), join(data, 'include', 'site', python, name)]
        : [join(data, 'include', 'site', python, name), join(data, 'include', python, name)],
  };
}
