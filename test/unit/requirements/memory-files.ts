import { resolve } from 'node:path';
import type { Pin, RefusedLine, RequirementEntry } from '../../../src/requirements/pin.js';
import {
  type Requirements,
  type RequirementsFiles,
  type RequirementsSource,
  readRequirements,
} from '../../../src/requirements/read/read-requirements.js';
import type { PeepError } from '../../../src/text/errors.js';

export const cwd = resolve('/work-directory');

/** Files by path relative to `cwd`, or by URL. */
export function memoryFiles(files: Readonly<Record<string, string | Uint8Array>>): RequirementsFiles {
  const byLocation = new Map(
    Object.entries(files).map(([name, content]) => [
      /^https?:/.test(name) ? name : resolve(cwd, name),
      content,
    ]),
  );
  return {
    async readFile(location) {
      const content = byLocation.get(location);
      if (content === undefined) throw Object.assign(new Error(location), { code: 'ENOENT' });
      return Buffer.from(content);
    },
    async exists(path) {
      return [...byLocation.keys()].some((key) => key === path || key.startsWith(`${path}/`));
    },
  };
}

export async function read(
  files: string | Readonly<Record<string, string | Uint8Array>>,
  source: Partial<RequirementsSource> = {},
): Promise<Requirements> {
  const held = typeof files === 'string' ? { 'req.txt': files } : files;
  return readRequirements(memoryFiles(held), { entries: ['req.txt'], env: {}, cwd, ...source });
}

export function pinOf(entry: RequirementEntry | undefined): Pin {
  if (entry?.kind !== 'pin') throw new Error(`no pin: ${entry?.line.error.message}`);
  return entry.pin;
}

export function refusalOf(entry: RequirementEntry | undefined): RefusedLine & { readonly error: PeepError } {
  if (entry?.kind !== 'refused') throw new Error('not refused');
  return entry.line;
}

export function digestsOf(entry: RequirementEntry | undefined): string[] {
  const pin = pinOf(entry);
  return pin.hashed ? pin.digests.map(({ algorithm, hex }) => `${algorithm}:${hex}`) : [];
}

/** A digest for tests: one hex digit, repeated. */
export function hex(digit: string, length = 64): string {
  return digit.repeat(length);
}

/** The same digest as peep writes it. */
export function peep(digit: string): string {
  return Buffer.from(hex(digit), 'hex').toString('base64url');
}
