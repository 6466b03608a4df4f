import type { Part, Recorded } from './parts.js';
import type { LockedProject, ProjectPackage } from './project.js';

type Exports = Recorded[string];
type Marker = string | null;

/** Markers of one package by part; absent where the part does not have it. */
type ByPart = Partial<Record<Part, Marker>>;

const extras = ['docs', 'signals'] as const;
const groups = ['dev', 'lint', 'bench'] as const;

/** A poetry.lock (2.1) of what uv exported: markers by group, extras in the markers of the main group. */
export function poetryLock(project: LockedProject, exported: Exports): string {
  const blocks = wanted(project, exported).flatMap(([item, byPart]) => {
    const main = either([
      byPart.main,
      ...extras.map((extra) => onlyWith(`extra == "${extra}"`, byPart[extra])),
    ]);
    const markers = [
      ...(main === undefined ? [] : [['main', main] as const]),
      ...groups.flatMap((group) => (byPart[group] === undefined ? [] : [[group, byPart[group]] as const])),
    ];
    const table = markers.flatMap(([group, marker]) =>
      marker === null ? [] : [`${group} = ${quoted(marker)}`],
    );
    const same = new Set(markers.map(([, marker]) => marker)).size === 1;
    return [
      '[[package]]',
      `name = "${item.name}"`,
      `version = "${item.version}"`,
      'description = ""',
      'optional = false',
      'python-versions = ">=3.10"',
      `groups = [${markers.map(([group]) => `"${group}"`).join(', ')}]`,
      ...(table.length === 0
        ? []
        : same
          ? [`markers = ${quoted(markers[0]?.[1] ?? '')}`]
          : [`markers = {${table.join(', ')}}`]),
      `files = [`,
      ...item.files.map(({ filename, sha256 }) => `    {file = "${filename}", hash = "sha256:${sha256}"},`),
      ']',
      '',
    ];
  });
  return [
    ...blocks,
    '[extras]',
    ...extras.map((extra) => `${extra} = []`),
    '',
    '[metadata]',
    'lock-version = "2.1"',
    'python-versions = "^3.10"',
    'content-hash = "0"',
    '',
  ].join('\n');
}

/** A pdm.lock (4.5): groups and one marker a package. */
export function pdmLock(project: LockedProject, exported: Exports): string {
  const blocks = wanted(project, exported).flatMap(([item, byPart]) => {
    const own = ['main', ...extras, ...groups] as const;
    const names = own.filter((part) => byPart[part] !== undefined);
    const marker = byPart.everything ?? null;
    return [
      '[[package]]',
      `name = "${item.name}"`,
      `version = "${item.version}"`,
      'requires_python = ">=3.10"',
      `groups = [${names.map((part) => `"${part === 'main' ? 'default' : part}"`).join(', ')}]`,
      ...(marker === null ? [] : [`marker = ${quoted(marker)}`]),
      'files = [',
      ...item.files.map(({ filename, sha256 }) => `    {file = "${filename}", hash = "sha256:${sha256}"},`),
      ']',
      '',
    ];
  });
  const all = ['default', ...extras, ...groups].map((name) => `"${name}"`).join(', ');
  return [
    '[metadata]',
    `groups = [${all}]`,
    'strategy = ["inherit_metadata"]',
    'lock_version = "4.5.1"',
    'content_hash = "sha256:0"',
    '',
    '[[metadata.targets]]',
    'requires_python = ">=3.10"',
    '',
    ...blocks,
  ].join('\n');
}

/** A Pipfile.lock: one version a project, so of forked ones the newer. */
export function pipfileLock(project: LockedProject, exported: Exports): string {
  const section = (part: Part): Record<string, unknown> => {
    const items: Record<string, unknown> = {};
    for (const [item, byPart] of wanted(project, exported)) {
      const marker = byPart[part];
      if (marker === undefined || item.version.startsWith('1.') !== (item.fork === undefined)) continue;
      items[item.name] = {
        hashes: item.files.map(({ sha256 }) => `sha256:${sha256}`).sort(),
        ...(marker === null ? {} : { markers: marker }),
        version: `==${item.version}`,
      };
    }
    return items;
  };
  return JSON.stringify(
    {
      _meta: {
        hash: { sha256: '0' },
        'pipfile-spec': 6,
        requires: {},
        sources: [{ name: 'pypi', url: 'https://index.example/simple', verify_ssl: true }],
      },
      default: section('main'),
      develop: section('dev'),
    },
    null,
    4,
  );
}

/** A pylock.toml with extras and groups in its markers. */
export function pylock(project: LockedProject, exported: Exports): string {
  const blocks = wanted(project, exported).flatMap(([item, byPart]) => {
    const marker = either([
      byPart.main,
      ...extras.map((extra) => onlyWith(`'${extra}' in extras`, byPart[extra])),
      ...groups.map((group) => onlyWith(`'${group}' in dependency_groups`, byPart[group])),
    ]);
    const file = ({ filename, sha256, size }: ProjectPackage['files'][number]): string =>
      `{ name = "${filename}", url = "https://files.example/${filename}", size = ${size}, hashes = { sha256 = "${sha256}" } }`;
    const sdist = item.files.find(({ filename }) => filename.endsWith('.tar.gz'));
    const wheels = item.files.filter(({ filename }) => filename.endsWith('.whl'));
    return [
      '[[packages]]',
      `name = "${item.name}"`,
      `version = "${item.version}"`,
      ...(marker === undefined || marker === null ? [] : [`marker = ${quoted(marker)}`]),
      ...(sdist === undefined ? [] : [`sdist = ${file(sdist)}`]),
      ...(wheels.length === 0 ? [] : [`wheels = [`, ...wheels.map((wheel) => `    ${file(wheel)},`), ']']),
      '',
    ];
  });
  const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
  return [
    'lock-version = "1.0"',
    'created-by = "a test"',
    'requires-python = ">=3.10"',
    `extras = [${list(extras)}]`,
    `dependency-groups = [${list(groups)}]`,
    `default-groups = [${list(project.defaultGroups)}]`,
    '',
    ...blocks,
  ].join('\n');
}

function wanted(project: LockedProject, exported: Exports): [ProjectPackage, ByPart][] {
  const byPackage = new Map<string, ByPart>();
  for (const part of Object.keys(exported) as Part[]) {
    for (const [requirement, marker] of exported[part].requirements) {
      byPackage.set(requirement, { ...byPackage.get(requirement), [part]: marker });
    }
  }
  return project.packages.flatMap((item): [ProjectPackage, ByPart][] => {
    const byPart = byPackage.get(`${item.name}==${item.version}`);
    return byPart === undefined ? [] : [[item, byPart]];
  });
}

function onlyWith(condition: string, marker: Marker | undefined): Marker | undefined {
  if (marker === undefined) return undefined;
  return marker === null ? condition : `${condition} and (${marker})`;
}

function either(markers: readonly (Marker | undefined)[]): Marker | undefined {
  const present = markers.filter((marker) => marker !== undefined);
  if (present.length === 0) return undefined;
  if (present.includes(null)) return null;
  return present.length === 1 ? (present[0] ?? null) : present.map((marker) => `(${marker})`).join(' or ');
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
