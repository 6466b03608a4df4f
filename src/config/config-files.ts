import { readFile, stat } from 'node:fs/promises';
import type { PipConfigFiles } from './pip-config.js';

/** pip's configuration files on this machine's disk. */
export const pipConfigFiles: PipConfigFiles = {
  readFile: (path) => readFile(path),
  isDirectory: (path) =>
    stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    ),
};
