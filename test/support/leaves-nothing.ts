import { readdirSync } from 'node:fs';
import { afterAll, expect } from 'vitest';

/** Tests write in directories of their own: an archive in the working directory is one that some test dropped. */
const archives = () => readdirSync('.').filter((name) => /\.(?:whl|zip|tgz|tar\.\w+)$/.test(name));
const before = new Set(archives());

afterAll(() => {
  expect(archives().filter((name) => !before.has(name))).toEqual([]);
});
