import type { Dependency, LockedProject, ProjectFile } from './project.js';

export const index = 'https://index.example/simple';

/** A uv.lock of the project, as uv 0.13 writes it. */
export function uvLock(
  project: LockedProject,
  urlOf = (filename: string, _project: string): string => `https://files.example/packages/${filename}`,
): string {
  const several = new Set(project.packages.filter(({ fork }) => fork !== undefined).map(({ name }) => name));
  const edge = ({ name, version, extras, marker }: Dependency): string => {
    const parts = [
      `name = "${name}"`,
      ...(several.has(name) ? [`version = "${version}"`, `source = { registry = "${index}" }`] : []),
      ...(extras.length > 0 ? [`extra = [${extras.map((extra) => `"${extra}"`).join(', ')}]`] : []),
      ...(marker === undefined ? [] : [`marker = "${marker}"`]),
    ];
    return `    { ${parts.join(', ')} },`;
  };
  const list = (key: string, edges: readonly Dependency[]): string[] =>
    edges.length === 0 ? [] : [`${key} = [`, ...edges.map(edge), ']'];
  const named = (key: string, lists: Readonly<Record<string, readonly Dependency[]>>): string[] =>
    Object.keys(lists).length === 0
      ? []
      : ['', `[package.${key}]`, ...Object.entries(lists).flatMap(([name, edges]) => list(name, edges))];
  const file = (name: string, { filename, sha256, size }: ProjectFile): string =>
    `{ url = "${urlOf(filename, name)}", hash = "sha256:${sha256}", size = ${size} }`;
  const root = [
    '[[package]]',
    `name = "${project.name}"`,
    'version = "0"',
    'source = { virtual = "." }',
    `default-groups = [${project.defaultGroups.map((group) => `"${group}"`).join(', ')}]`,
    ...list('dependencies', project.dependencies),
    ...named('optional-dependencies', project.extras),
    ...named('dev-dependencies', project.groups),
    '',
    '[package.metadata]',
    `provides-extras = [${Object.keys(project.extras)
      .map((extra) => `"${extra}"`)
      .join(', ')}]`,
    '',
  ];
  const blocks = project.packages.flatMap(
    ({ name, version, fork, dependencies, extras, files: archives }) => {
      const sdist = archives.find(({ filename }) => filename.endsWith('.tar.gz'));
      const wheels = archives.filter(({ filename }) => filename.endsWith('.whl'));
      return [
        '[[package]]',
        `name = "${name}"`,
        `version = "${version}"`,
        `source = { registry = "${index}" }`,
        ...(fork === undefined ? [] : ['resolution-markers = [', `    "${fork}",`, ']']),
        ...list('dependencies', dependencies),
        ...(sdist === undefined ? [] : [`sdist = ${file(name, sdist)}`]),
        ...(wheels.length === 0
          ? []
          : ['wheels = [', ...wheels.map((item) => `    ${file(name, item)},`), ']']),
        ...named('optional-dependencies', extras),
        '',
      ];
    },
  );
  const head = [
    'version = 1',
    'revision = 5',
    'requires-python = ">=3.10"',
    'resolution-markers = [',
    `    "python_full_version >= '3.12'",`,
    `    "python_full_version < '3.12'",`,
    ']',
    '',
  ];
  return [...head, ...root, ...blocks].join('\n');
}

/** The pyproject.toml that uv wants beside it. */
export function uvProject(project: LockedProject): string {
  const empty = (names: readonly string[]): string[] => names.map((name) => `${name} = []`);
  return [
    '[project]',
    `name = "${project.name}"`,
    'version = "0"',
    'requires-python = ">=3.10"',
    '[project.optional-dependencies]',
    ...empty(Object.keys(project.extras)),
    '[dependency-groups]',
    ...empty(Object.keys(project.groups)),
    '[tool.uv]',
    'package = false',
    `default-groups = [${project.defaultGroups.map((group) => `"${group}"`).join(', ')}]`,
    '',
  ].join('\n');
}
