import { basename, resolve } from 'node:path';
import { maxProjectBytes } from '../config/project-settings.js';
import { readRegular } from '../files/regular-file.js';
import { noOptions } from '../requirements/read/file-options.js';
import { readIncludes } from '../requirements/read/includes.js';
import { requirementsFiles } from '../requirements/read/read-file.js';
import { driveWalk } from '../requirements/read/read-requirements.js';
import { PeepError, systemReason } from '../text/errors.js';
import { printable, redactText } from '../text/redact.js';
import { type OneLine, oneLine } from './line.js';
import { type ProjectParts, projectWishes } from './pyproject.js';
import type { Wish } from './types.js';

/** True if the file is parsed as a pyproject.toml. */
export function isProjectFile(file: string): boolean {
  return basename(file) === 'pyproject.toml';
}

/** The requirements of a pyproject.toml on disk. Throws `COMPILE_INPUT`. */
export async function readProjectWishes(
  file: string,
  cwd: string,
  parts: ProjectParts,
): Promise<readonly Wish[]> {
  const { parse, TomlError } = await import('smol-toml');
  try {
    return projectWishes(
      parse(String(await readRegular(resolve(cwd, file), { maxBytes: maxProjectBytes }))),
      file,
      parts,
    );
  } catch (cause) {
    if (cause instanceof PeepError) throw cause;
    const why =
      cause instanceof TomlError
        ? `it is not valid TOML: ${cause.message.split('\n')[0]}`
        : systemReason(cause);
    throw new PeepError('COMPILE_INPUT', `cannot compile '${file}': ${printable(why)}`, {
      cause,
      hint: 'Check the file; peep reads [project] and [dependency-groups].',
    });
  }
}

/**
 * The option lines of requirements files, as written, for the start of a new compiled file, so that later installs
 * use the same indexes. Lines with a secret (P7), or with a path relative to their file, are left out.
 */
export async function optionLines(
  files: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<readonly OneLine[]> {
  const entries = files.map((file) => ({ file, constraint: false }));
  const walk = readIncludes(entries, { cwd, env, start: noOptions });
  const { lines } = await driveWalk(
    walk,
    requirementsFiles(undefined, async () => new Uint8Array()),
  );
  return lines.flatMap((line) =>
    line.kind === 'options' && !line.besideFile && redactText(line.text) === line.text
      ? [oneLine(line.text)]
      : [],
  );
}
