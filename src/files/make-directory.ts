import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../text/errors.js';

/**
 * Makes a directory and those above it that are missing. Node's own `recursive` never ends where a directory can hold none,
 * such as below /proc. Throws what the system says.
 */
export async function makeDirectory(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const parent = dirname(path);
    switch (systemCode(error)) {
      case 'EEXIST':
        // Also for a file of that name: who opens something in it is told.
        return;
      case 'ENOENT':
        if (parent === path) throw error;
        await makeDirectory(parent, mode);
        // Once more, and no further: it may be that nothing can be made here.
        await mkdir(path, { mode }).catch((again: unknown) => {
          if (systemCode(again) !== 'EEXIST') throw again;
        });
        return;
      default:
        throw error;
    }
  }
}
