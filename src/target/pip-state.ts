import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readRegular } from '../files/regular-file.js';
import { systemReason } from '../text/errors.js';
import { printable } from '../text/redact.js';
import type { PipState } from './target.js';

/**
 * The pip at `path`, where `import pip` would find it. Its files are read instead of importing it: loading pip
 * takes longer than the rest of the probe.
 */
export async function findPip(path: string | undefined): Promise<PipState> {
  if (path === undefined) return { kind: 'absent' };
  if (basename(path) !== '__init__.py') {
    return broken(path, 'it is not a Python package: a directory without __init__.py, or a single file');
  }
  const location = dirname(path);
  let text: string;
  try {
    text = String(await readRegular(path, { maxBytes: 1 << 20 }));
  } catch (error) {
    return broken(path, `it cannot be read: ${systemReason(error)}`);
  }
  const version = /^__version__\s*(?::[^=\n]*)?=\s*['"]([^'"\n]+)['"]/m.exec(text)?.[1];
  if (version === undefined) return broken(path, 'it has no version');
  if (!(await exists(join(location, '__main__.py')))) return broken(location, 'its __main__.py is missing');
  // pip 10 moved its code into `_internal`.
  if (Number.parseInt(version, 10) >= 10 && !(await exists(join(location, '_internal', '__init__.py')))) {
    return broken(location, 'its package pip._internal is missing');
  }
  return { kind: 'present', version, location };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function broken(path: string, why: string): PipState {
  return { kind: 'broken', reason: `there is a pip at '${printable(path)}', but ${why}` };
}
