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
        // True for a file of that name too; opening something below it fails with an error.
        return;
      case 'ENOENT':
        if (parent === path) throw error;
        await makeDirectory(parent, mode);
        // Try once more only: the directory may not be creatable.
        await mkdir(path, { mode }).catch((again: unknown) => {
          if (systemCode(again) !== 'EEXIST') throw again;
        });
        return;
      default:
        throw error;
    }
  }
}
