import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '../text/errors.js';

/**
 * Makes a directory and those above it that are missing. Node's own `recursive` never ends where a directory can hold none,
 * such as below /proc. Synchronous: Node's threads take longer than the call. Throws what the system says.
 */
export function makeDirectory(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const parent = dirname(path);
    switch (systemCode(error)) {
      case 'EEXIST':
        // Returns true also for a file of that name; opening a path below it fails later.
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
