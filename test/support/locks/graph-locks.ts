import type { Dependency, LockedProject, ProjectPackage } from './project.js';

/** A poetry.lock of version 2.0, which says of each package what it depends on, and not which applies where. */
export function olderPoetryLock({ packages, extras }: LockedProject): string {
  const blocks = packages.flatMap((item) => {
    const fast = Object.entries(item.extras);
    const optional = fast.flatMap(([extra, list]) =>
      list.map((each) => ({ ...each, marker: both(`extra == "${extra}"`, each.marker), optional: true })),
    );
    return [
      ...['[[package]]', `name = "${item.name}"`, `version = "${item.version}"`, 'optional = false'],
      ...['python-versions = ">=3.10"', ...filesOf(item, (file) => `file = "${file}"`)],
      '[package.dependencies]',
      ...poetryTable([...item.dependencies, ...optional]),
      '[package.extras]',
      ...fast.map(([extra, list]) => `${extra} = ${quoted([...new Set(list.map(({ name }) => name))])}`),
      '',
    ];
  });
  const named = Object.entries(extras).map(
    ([extra, list]) => `${extra} = ${quoted([...new Set(list.map(({ name }) => name))])}`,
  );
  const metadata = ['[metadata]', 'lock-version = "2.0"', 'python-versions = "^3.10"', ''];
  return [...blocks, '[extras]', ...named, '', ...metadata].join('\n');
}

/** The pyproject.toml beside it. */
export function poetryProject({ dependencies, extras, groups }: LockedProject): string {
  const optional = Object.values(extras).flatMap((list) => list.map((each) => ({ ...each, optional: true })));
  return [
    '[tool.poetry.dependencies]',
    'python = "^3.10"',
    ...poetryTable([...dependencies, ...optional]),
    ...Object.entries(groups).flatMap(([group, list]) => [
      `[tool.poetry.group.${group}.dependencies]`,
      ...poetryTable(list),
    ]),
    '',
  ].join('\n');
}

function poetryTable(list: readonly (Dependency & { readonly optional?: boolean })[]): string[] {
  const byName = new Map<string, string[]>();
  for (const { name, version, extras, marker, optional } of list) {
    const fields = [
      `version = ${quoted(version === undefined ? '*' : `^${version}`)}`,
      ...(extras.length === 0 ? [] : [`extras = ${quoted(extras)}`]),
      ...(marker === undefined ? [] : [`markers = ${quoted(marker)}`]),
      ...(optional === true ? ['optional = true'] : []),
    ];
    byName.set(name, [...(byName.get(name) ?? []), `{${fields.join(', ')}}`]);
  }
  return [...byName].map(([name, each]) =>
    each.length === 1 ? `${name} = ${each[0]}` : `${name} = [${each.join(', ')}]`,
  );
}

/** A pdm.lock that was locked without `inherit_metadata`. */
export function plainPdmLock({ packages, extras, groups }: LockedProject): string {
  const block = (item: ProjectPackage, list: readonly Dependency[], more: readonly string[]): string[] => [
    ...['[[package]]', `name = "${item.name}"`, `version = "${item.version}"`, ...more],
    `dependencies = ${quoted(list.map(requirement))}`,
    ...filesOf(item, (file) => `file = "${file}"`),
    '',
  ];
  const blocks = packages.flatMap((item) => [
    ...block(item, item.dependencies, []),
    ...Object.entries(item.extras).flatMap(([extra, list]) =>
      block(item, [{ ...item, extras: [], marker: undefined }, ...list], [`extras = ["${extra}"]`]),
    ),
  ]);
  const all = ['default', ...Object.keys(extras), ...Object.keys(groups)];
  const metadata = ['[metadata]', `groups = ${quoted(all)}`, 'strategy = []', 'lock_version = "4.5.1"', ''];
  return [...metadata, ...blocks].join('\n');
}

/** The pyproject.toml beside it. */
export function pdmProject({ name, dependencies, extras, groups }: LockedProject): string {
  const lists = (named: Readonly<Record<string, readonly Dependency[]>>): string[] =>
    Object.entries(named).map(([key, list]) => `${key} = ${quoted(list.map(requirement))}`);
  return [
    ...['[project]', `name = "${name}"`, `dependencies = ${quoted(dependencies.map(requirement))}`],
    ...['[project.optional-dependencies]', ...lists(extras)],
    ...['[dependency-groups]', ...lists(groups), ''],
  ].join('\n');
}

function requirement({ name, version, extras, marker }: Dependency): string {
  const extra = extras.length === 0 ? '' : `[${extras.join(',')}]`;
  return `${name}${extra}${version === undefined ? '' : `==${version}`}${marker === undefined ? '' : `; ${marker}`}`;
}

function both(condition: string, marker: string | undefined): string {
  return marker === undefined ? condition : `${condition} and (${marker})`;
}

function filesOf({ files }: ProjectPackage, name: (filename: string) => string): string[] {
  return [
    'files = [',
    ...files.map(({ filename, sha256 }) => `    {${name(filename)}, hash = "sha256:${sha256}"},`),
    ']',
  ];
}

function quoted(value: string | readonly string[]): string {
  return JSON.stringify(value);
}
