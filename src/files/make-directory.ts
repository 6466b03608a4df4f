import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '../text/errors.js';

/**
 * Creates a directory and its missing parents. Node's own `recursive` option never returns below a directory such
 * as /proc, where no directory can be created. Synchronous, because a thread of Node takes longer than the call.
 * Throws system errors.
 */
export function makeDirectory(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const parent = dirname(path);
    switch (systemCode(error)) {
      case 'EEXIST':
        // True for a file of that name too: opening a path below it fails later.
        return;
      case 'ENOENT':
        if (parent === path) throw error;
        makeDirectory(parent, mode);
        // Try once more only: the directory may not be creatable.
        makeLast(path, mode);
        return;
      default:
        throw error;
    }
  }
}

function makeLast(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}
