import { canonicalizeName, isProjectName, parseProjectName, projectName } from '../packaging/name.js';
import { parseRequirement } from '../packaging/requirement.js';
import { clipped } from '../text/clip.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { type Fields, isObject } from '../text/objects.js';
import type { Wish } from './types.js';

/** The selected dependencies of a project besides `[project] dependencies`. */
export interface ProjectParts {
  readonly extras: readonly string[];
  readonly allExtras: boolean;
  readonly groups: readonly string[];
  readonly allGroups: boolean;
}

/**
 * The requirements in a pyproject.toml: its dependencies, and those of the selected extras (PEP 621) and groups
 * (PEP 735). Throws `COMPILE_INPUT`. Pure.
 */
export function projectWishes(document: Fields, file: string, parts: ProjectParts): readonly Wish[] {
  const fail = (what: string, hint = 'Correct the file; peep reads [project] and [dependency-groups].') =>
    new PeepError('COMPILE_INPUT', `cannot compile '${file}': ${what}`, { hint });
  const project = isObject(document.project) ? document.project : {};
  const named = typeof project.name === 'string' ? projectName(project.name) : undefined;
  if (project.name !== undefined && named === undefined) throw fail('its project.name is not a project name');
  const label = `${named ?? 'dependencies'} (${file})`;
  if (Array.isArray(project.dynamic)) {
    const dynamic = project.dynamic.find((key) => key === 'dependencies' || key === 'optional-dependencies');
    if (dynamic !== undefined)
      throw fail(
        `its ${dynamic} are dynamic, so only a build of the project can list them`,
        'Name a requirements.in that lists them; peep does not run code of the project.',
      );
  }
  const extras = tableOf(project['optional-dependencies'], 'project.optional-dependencies', fail);
  const groups = tableOf(document['dependency-groups'], 'dependency-groups', fail);
  const wishes: Wish[] = [];
  const done = new Set<string>();

  const read = (text: unknown, where: string, from: string): void => {
    if (typeof text !== 'string') throw fail(`${where} has an entry that is not a requirement`);
    const wish = wishOf(text, where, from, fail);
    // PEP 508: a project may name its own extras.
    if (wish.project !== named) wishes.push(wish);
    else for (const extra of wish.extras) readExtra(extra, from);
  };
  const readExtra = (extra: string, from: string): void => {
    const list = extras.get(extra);
    if (list === undefined) throw fail(`it has no extra '${clipped(extra)}'`, namesHint('--extra', extras));
    if (done.has(`extra ${extra}`)) return;
    done.add(`extra ${extra}`);
    for (const text of list) read(text, `project.optional-dependencies.${extra}`, from);
  };
  const readGroup = (group: string, from: string): void => {
    const list = groups.get(group);
    if (list === undefined) throw fail(`it has no group '${clipped(group)}'`, namesHint('--group', groups));
    if (done.has(`group ${group}`)) return;
    done.add(`group ${group}`);
    for (const item of list) {
      const included = isObject(item) ? item['include-group'] : undefined;
      if (typeof included === 'string') readGroup(canonicalizeName(included), from);
      else read(item, `dependency-groups.${group}`, from);
    }
  };

  const dependencies = project.dependencies ?? [];
  if (!Array.isArray(dependencies)) throw fail('project.dependencies is not a list');
  for (const text of dependencies) read(text, 'project.dependencies', label);
  const wanted = (named: readonly string[], all: boolean, known: Table) =>
    all ? [...known.keys()] : named.map(canonicalizeName);
  for (const extra of wanted(parts.extras, parts.allExtras, extras))
    readExtra(extra, `${named ?? ''}[${extra}] (${file})`);
  for (const group of wanted(parts.groups, parts.allGroups, groups))
    readGroup(group, `${named ?? ''}:${group} (${file})`);
  return wishes;
}

type Table = ReadonlyMap<string, readonly unknown[]>;
type Fail = (what: string, hint?: string) => PeepError;

function tableOf(value: unknown, where: string, fail: Fail): Table {
  if (value === undefined) return new Map();
  if (!isObject(value)) throw fail(`${where} is not a table`);
  return new Map(
    Object.entries(value).map(([name, list]) => {
      if (!isProjectName(name)) throw fail(`${where} has the name '${clipped(name)}', which is not valid`);
      if (!Array.isArray(list)) throw fail(`${where}.${clipped(name)} is not a list`);
      return [canonicalizeName(name), list as readonly unknown[]];
    }),
  );
}

function wishOf(text: string, where: string, from: string, fail: Fail): Wish {
  try {
    const { name, extras, specifier, url, marker } = parseRequirement(text);
    return {
      ...{ project: parseProjectName(name), extras: extras.map(canonicalizeName), specifier },
      ...{ url: url ?? undefined, marker: marker ?? undefined, from },
    };
  } catch (error) {
    if (!isPeepError(error)) throw error;
    throw fail(`${where}: ${error.message}`, error.hint);
  }
}

function namesHint(option: string, known: Table): string {
  const names = [...known.keys()].map((name) => clipped(name));
  return names.length === 0 ? `Leave ${option} out: the file defines none.` : `It has ${names.join(', ')}.`;
}
