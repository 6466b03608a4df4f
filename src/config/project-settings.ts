import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PeepError, systemCode, systemReason } from '../text/errors.js';
import { isObject } from '../text/objects.js';
import { printable } from '../text/redact.js';
import { parseSpan } from './size.js';

/** `[tool.peep]` of the pyproject.toml in the working directory: defaults, over which the command line wins. */
export interface ProjectSettings {
  /** Seconds. */
  readonly minAge: number | undefined;
  readonly requireProvenance: boolean;
  readonly provenanceIndex: string | undefined;
}

const none: ProjectSettings = { minAge: undefined, requireProvenance: false, provenanceIndex: undefined };

/** Throws `CONFIG_UNREADABLE`, `CONFIG_INVALID` and `SETTING_INVALID`. */
export async function readProjectSettings(cwd: string): Promise<ProjectSettings> {
  const path = join(cwd, 'pyproject.toml');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw new PeepError('CONFIG_UNREADABLE', `cannot read '${path}': ${systemReason(error)}`, {
      cause: error,
      hint: 'peep reads its table [tool.peep]; check the permissions of the file.',
    });
  });
  // Most have no such table, and are not parsed for it.
  if (text === undefined || !(text.includes('tool') && text.includes('peep'))) return none;
  const { parse } = await import('smol-toml');
  let document: unknown;
  try {
    document = parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw new PeepError('CONFIG_INVALID', `cannot read '${path}': it is no TOML: ${printable(why)}`, {
      cause,
      hint: 'Correct the file; peep reads its table [tool.peep].',
    });
  }
  const tool = isObject(document) ? document.tool : undefined;
  const table = isObject(tool) ? tool.peep : undefined;
  return table === undefined ? none : readTable(table, path);
}

function readTable(table: unknown, path: string): ProjectSettings {
  const invalid = (what: string) =>
    new PeepError('SETTING_INVALID', `'${path}', [tool.peep]: ${what}`, {
      hint: 'Known are min-age = "7d", require-provenance = true and provenance-index = "https://…".',
    });
  if (!isObject(table)) throw invalid('it is no table');
  const unknown = Object.keys(table).find(
    (key) => !['min-age', 'require-provenance', 'provenance-index'].includes(key),
  );
  if (unknown !== undefined) throw invalid(`'${printable(unknown)}' is no setting of peep`);
  const minAge = table['min-age'];
  const required = table['require-provenance'] ?? false;
  const index = table['provenance-index'];
  if (minAge !== undefined && typeof minAge !== 'string') throw invalid(`'min-age' is no text such as "7d"`);
  if (typeof required !== 'boolean') throw invalid(`'require-provenance' is neither true nor false`);
  if (index !== undefined && (typeof index !== 'string' || !/^https?:/i.test(index) || !URL.canParse(index)))
    throw invalid(`'provenance-index' is no http or https URL`);
  return {
    minAge: minAge === undefined ? undefined : parseSpan(minAge),
    requireProvenance: required,
    provenanceIndex: index as string | undefined,
  };
}
