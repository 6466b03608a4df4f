import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { regularTextSync } from '../files/regular-file.js';
import { virtualenvDigests } from './virtualenv-digests.js';

/**
 * True if Python runs the file at `path` at each start: `.pth` files, `sitecustomize` and `usercustomize` in any
 * spelling, and packages of these names.
 */
export function isStartUpFile(path: string, sites: readonly string[]): boolean {
  const site = sites.find((each) => path.startsWith(each + sep));
  if (site === undefined) return false;
  const [first = '', ...rest] = path.slice(site.length + 1).split(sep);
  return (rest.length === 0 && /\.pth$/i.test(first)) || /^(?:site|user)customize(?:\.|$)/i.test(first);
}

/** The text of setuptools' distutils-precedence.pth, from version 49 on. */
const distutilsHook =
  /^import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os\.environ\.get\(var, '(?:local|stdlib)'\) == 'local'; enabled and __import__\('_distutils_hack'\)(?:\.add_shim\(\))?;?\s*$/;

/** A description of a start-up file that is unchanged from a known tool; undefined for any other. */
export function knownStartUpFile(path: string): string | undefined {
  const text = smallText(path);
  if (basename(path) === 'distutils-precedence.pth' && distutilsHook.test(text)) return text.trim();
  if (basename(path) === '_virtualenv.pth' && text.trim() === 'import _virtualenv') {
    return isVirtualenvModule(`${dirname(path)}${sep}_virtualenv.py`) ? text.trim() : undefined;
  }
  return undefined;
}

/** `_virtualenv.py` from virtualenv and uv, which put it into each environment. */
export function isVirtualenvModule(path: string): boolean {
  if (basename(path) !== '_virtualenv.py') return false;
  const text = smallText(path).replaceAll('\r\n', '\n');
  return virtualenvDigests.has(createHash('sha256').update(text).digest('hex'));
}

/** virtualenv writes an empty file for each distribution that it installs: `pip-26.2.virtualenv`. */
export function isVirtualenvMark(path: string): boolean {
  if (!/^(?:pip|setuptools|wheel)-[^-]+\.virtualenv$/.test(basename(path))) return false;
  return lstatSync(path, { throwIfNoEntry: false })?.size === 0;
}

function smallText(path: string): string {
  return regularTextSync(path, 64 << 10) ?? '';
}
