import { type Fields, isObject } from '../../text/objects.js';
import { RuleViolation } from '../findings.js';
import type { Needs } from '../inspection.js';

export type BuildNeeds = Pick<Needs, 'buildRequires' | 'buildBackend' | 'backendPath'>;

/** The requirements that a source archive states in its pyproject.toml. */
export interface StatedNeeds {
  readonly build: BuildNeeds;
  /** PEP 621: `[project] dependencies`. */
  readonly dependencies: readonly string[];
}

/** PEP 518: the requirements that pip uses for a project without a build-system table. */
const legacy: BuildNeeds = {
  buildRequires: ['setuptools>=40.8.0', 'wheel'],
  buildBackend: undefined,
  backendPath: [],
};

/**
 * `[build-system] requires` of a pyproject.toml (PEP 518), or the requirements of a legacy project, and its
 * dependencies. `text` is undefined if there is no such file.
 */
export async function readStatedNeeds(text: string | undefined, entry: string): Promise<StatedNeeds> {
  if (text === undefined) return { build: legacy, dependencies: [] };
  const wrong = (why: string) => new RuleViolation('sdist-pyproject', entry, why);
  const { parse } = await import('smol-toml');
  let table: unknown;
  try {
    table = parse(text);
  } catch (error) {
    throw wrong(`it is not valid TOML: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
  }
  const dependencies = isObject(table) ? dependenciesOf(table) : [];
  if (!isObject(table) || table['build-system'] === undefined) return { build: legacy, dependencies };
  const system = table['build-system'];
  if (!isObject(system)) throw wrong("'build-system' is not a table");
  const { requires } = system;
  if (!isTexts(requires)) throw wrong("'build-system.requires' is not a list of strings");
  return { build: { buildRequires: requires, ...checkBackend(system, entry, wrong) }, dependencies };
}

/** The `[project] dependencies`; empty if they are malformed, which the back end reports. */
function dependenciesOf({ project }: Fields): readonly string[] {
  const listed = isObject(project) ? project.dependencies : undefined;
  return isTexts(listed) ? listed : [];
}

function checkBackend(
  system: Record<string, unknown>,
  entry: string,
  wrong: (why: string) => RuleViolation,
): Pick<BuildNeeds, 'buildBackend' | 'backendPath'> {
  const backend = system['build-backend'];
  if (backend !== undefined && typeof backend !== 'string') throw wrong("'build-backend' is not a string");
  const paths = system['backend-path'];
  if (paths === undefined) return { buildBackend: backend, backendPath: [] };
  if (!isTexts(paths)) throw wrong("'backend-path' is not a list of strings");
  // PEP 517: the code of the back end comes from inside the source tree.
  const out = paths.find((path) => /^[/\\]|^[a-z]:/i.test(path) || path.split(/[/\\]/).includes('..'));
  if (out !== undefined)
    throw new RuleViolation('sdist-backend-path', entry, `backend-path '${out}' is outside the source tree`);
  return { buildBackend: backend, backendPath: paths };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
