import { join } from 'node:path';
import { readRegular } from '../files/regular-file.js';
import { PeepError, systemCode, systemReason } from '../text/errors.js';
import { isObject } from '../text/objects.js';
import { printable } from '../text/redact.js';
import { type BindingOptions, indexName, indexVariable, projectPattern } from './index-bindings.js';
import { parseSpan } from './size.js';

/** `[tool.peep]` of the pyproject.toml in the working directory: defaults that the command line overrides. */
export interface ProjectSettings {
  /** Seconds. */
  readonly minAge: number | undefined;
  readonly requireProvenance: boolean;
  readonly provenanceIndex: string | undefined;
  /** Default of `--verify-installed`. */
  readonly verifyInstalled: boolean;
  /** `[tool.peep.indexes]`. */
  readonly bindings: BindingOptions;
}

const none: ProjectSettings = {
  minAge: undefined,
  requireProvenance: false,
  provenanceIndex: undefined,
  verifyInstalled: false,
  bindings: { indexes: [], projects: [] },
};

/** As for the pyproject.toml of an archive: it is parsed in one stretch, in which no signal is seen. */
export const maxProjectBytes = 1 << 20;

/** Throws `CONFIG_UNREADABLE`, `CONFIG_INVALID` and `SETTING_INVALID`. */
export async function readProjectSettings(cwd: string): Promise<ProjectSettings> {
  const path = join(cwd, 'pyproject.toml');
  const bytes = await readRegular(path, { maxBytes: maxProjectBytes }).catch((error: unknown) => {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw new PeepError('CONFIG_UNREADABLE', `cannot read '${path}': ${systemReason(error)}`, {
      cause: error,
      hint: 'Check the file and its permissions; peep reads its table [tool.peep].',
    });
  });
  const text = bytes?.toString('utf8');
  // Most pyproject.toml files have no such table; do not parse those.
  if (text === undefined || !(text.includes('tool') && text.includes('peep'))) return none;
  const { parse } = await import('smol-toml');
  let document: unknown;
  try {
    document = parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw new PeepError('CONFIG_INVALID', `cannot read '${path}': it is not valid TOML: ${printable(why)}`, {
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
      hint: 'The settings are min-age = "7d", require-provenance = true, provenance-index = "https://…", verify-installed = true, and tables [tool.peep.indexes.NAME].',
    });
  if (!isObject(table)) throw invalid('it is not a table');
  const unknown = Object.keys(table).find(
    (key) =>
      !['min-age', 'require-provenance', 'provenance-index', 'verify-installed', 'indexes'].includes(key),
  );
  if (unknown !== undefined) throw invalid(`'${printable(unknown)}' is not a setting of peep`);
  const minAge = table['min-age'];
  const required = table['require-provenance'] ?? false;
  const index = table['provenance-index'];
  const verifyInstalled = table['verify-installed'] ?? false;
  if (minAge !== undefined && typeof minAge !== 'string')
    throw invalid(`'min-age' is not a string such as "7d"`);
  if (typeof required !== 'boolean') throw invalid(`'require-provenance' is neither true nor false`);
  if (typeof verifyInstalled !== 'boolean') throw invalid(`'verify-installed' is neither true nor false`);
  if (index !== undefined && (typeof index !== 'string' || !/^https?:/i.test(index) || !URL.canParse(index)))
    throw invalid(`'provenance-index' is not an http or https URL`);
  return {
    minAge: minAge === undefined ? undefined : parseSpan(minAge),
    requireProvenance: required,
    provenanceIndex: index as string | undefined,
    verifyInstalled,
    bindings: readIndexes(table.indexes ?? {}, invalid),
  };
}

/** `[tool.peep.indexes.NAME]` with a `url` and the `projects` that are only fetched from it. */
function readIndexes(table: unknown, invalid: (what: string) => PeepError): BindingOptions {
  if (!isObject(table)) throw invalid(`'indexes' is not a table`);
  const indexes: string[] = [];
  const projects: string[] = [];
  for (const [name, index] of Object.entries(table)) {
    const shown = `'indexes.${printable(name)}'`;
    if (indexName(name) === undefined || !isObject(index))
      throw invalid(`${shown} is not a table of an index`);
    const unknown = Object.keys(index).find((key) => key !== 'url' && key !== 'projects');
    // P7: a file that is committed must not contain secrets.
    if (unknown !== undefined)
      throw invalid(
        `${shown} has '${printable(unknown)}'; use url and projects, and put a secret into ${indexVariable(name, 'TOKEN')}`,
      );
    const { url, projects: patterns } = index;
    if (typeof url !== 'string' || url === '') throw invalid(`${shown} has no 'url'`);
    if (URL.canParse(url) && new URL(url).username + new URL(url).password !== '')
      throw invalid(`${shown} has a user or password in its 'url'; set ${indexVariable(name, 'TOKEN')}`);
    if (!Array.isArray(patterns) || patterns.length === 0) throw invalid(`${shown} has no list 'projects'`);
    indexes.push(`${name}=${url}`);
    for (const pattern of patterns as readonly unknown[]) {
      if (typeof pattern !== 'string' || projectPattern(pattern) === undefined)
        throw invalid(`${shown} has an entry in 'projects' that is not a project name`);
      projects.push(`${name}:${pattern}`);
    }
  }
  return { indexes, projects };
}
