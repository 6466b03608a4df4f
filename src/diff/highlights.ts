import { parse } from 'smol-toml';
import { readEntryPoints } from '../packaging/entry-points.js';
import { parseFields } from '../packaging/metadata.js';
import { canonicalizeName } from '../packaging/name.js';
import { parseRequirement } from '../packaging/requirement.js';
import { Turns } from '../text/turns.js';
import type { Comparison } from './compare.js';
import { publisherChange } from './origin.js';
import type { ArchiveTree, TreeFile } from './tree.js';

/** A change that a reviewer should see first. */
export interface Highlight {
  /** `new dependency`, `new .pth file`, … */
  readonly what: string;
  readonly items: readonly string[];
}

/** The changes in a new version that run, that are installed with it, or that build it; unreadable files come first. */
export function highlights(comparison: Comparison): Promise<readonly Highlight[]> {
  const known = found.get(comparison) ?? find(comparison);
  found.set(comparison, known);
  return known;
}

/** Caches the result, because text, page and report of one comparison all show it. */
const found = new WeakMap<Comparison, Promise<readonly Highlight[]>>();

async function find(comparison: Comparison): Promise<readonly Highlight[]> {
  const { old, new: fresh, added, changed } = comparison;
  const touched = [...added, ...changed.map((each) => each.new)];
  const paths = touched.map(({ path }) => path);
  const [before, after] = [factsOf(old), factsOf(fresh)];
  const all: Highlight[] = [
    publisherChange(old.origin, fresh.origin),
    {
      what: 'cannot be read, so the list below omits it',
      items: [
        ...before.unreadable.map((why) => `old: ${why}`),
        ...after.unreadable.map((why) => `new: ${why}`),
      ],
    },
    ...(await needs(before.requirements, after.requirements)),
    change('Requires-Python', before.requiresPython, after.requiresPython),
    difference('new command or entry point', before.entryPoints, after.entryPoints),
    difference('removed command or entry point', after.entryPoints, before.entryPoints),
    difference('build backend or build requirement', before.build, after.build),
    {
      what: 'new or changed code that runs at each start of Python',
      items: paths.filter(runsAtStart),
    },
    { what: 'new or changed setup code', items: paths.filter(runsAtBuild) },
    { what: 'new or changed native code', items: touched.filter(isNativeFile).map(({ path }) => path) },
    { what: 'new script', items: added.flatMap(({ path }) => (/^data\/scripts\//.test(path) ? [path] : [])) },
    { what: 'new top-level name', items: newTopLevel(old, fresh) },
  ];
  return all.filter(({ items }) => items.length > 0);
}

/** `.pth` files of a wheel, and the modules that Python's `site` imports. */
export function runsAtStart(path: string): boolean {
  return /\.pth$/i.test(path) || /(?:^|\/)(?:sitecustomize|usercustomize)\.py$/i.test(path);
}

export function runsAtBuild(path: string): boolean {
  return /^(?:setup\.py|setup\.cfg|pyproject\.toml)$/i.test(path);
}

export function isNativeFile({ path, native }: TreeFile): boolean {
  return native || /\.(?:so(?:\.[\d.]+)?|pyd|dylib|dll|exe|a|o)$/i.test(path);
}

/** The metadata of an archive, and the metadata files that cannot be read. */
export interface Facts {
  /** As written, each once. */
  readonly requirements: readonly string[];
  readonly requiresPython: string | undefined;
  readonly entryPoints: readonly string[];
  readonly build: readonly string[];
  readonly unreadable: readonly string[];
}

const metadataFields = new Set(['requires-dist', 'requires-python']);

export function factsOf(tree: ArchiveTree): Facts {
  const unreadable: string[] = [];
  const read = (paths: readonly string[]): string | undefined => {
    const path = paths.find((each) => tree.files.has(each));
    const file = path === undefined ? undefined : tree.files.get(path);
    if (path === undefined || file === undefined) return undefined;
    if (file.facts !== undefined && 'text' in file.facts) return file.facts.text;
    unreadable.push(`${path}: ${file.facts?.unreadable ?? 'it is a link'}`);
    return undefined;
  };
  const fields = parseFields(read(['dist-info/METADATA', 'PKG-INFO']) ?? '', metadataFields);
  unreadable.push(...fields.doubts.map((doubt) => `metadata: ${doubt}`));
  const entryPoints = readEntryPoints(
    read(['dist-info/entry_points.txt', 'egg-info/entry_points.txt', 'src/egg-info/entry_points.txt']) ?? '',
  );
  unreadable.push(...entryPoints.doubts.map((doubt) => `entry points: ${doubt}`));
  const build = buildSystem(read(['pyproject.toml']), (why) => unreadable.push(`pyproject.toml: ${why}`));
  return {
    requirements: [...new Set(fields.get('requires-dist') ?? [])],
    requiresPython: fields.get('requires-python')?.join(' and '),
    entryPoints: entryPoints.entries.map(({ section, name, value }) => `[${section}] ${name} = ${value}`),
    build,
    unreadable,
  };
}

/** The normalised text of a requirement; text that is not a requirement stays unchanged. */
function requirementKey(text: string): string {
  try {
    const { name, extras, specifier, url, marker } = parseRequirement(text.replace(/\s+/g, ' ').trim());
    return JSON.stringify([canonicalizeName(name), extras, specifier, url, marker]);
  } catch {
    return text;
  }
}

/** Requirements that were added, removed, or changed for the same name and marker. */
async function needs(
  beforeTexts: readonly string[],
  afterTexts: readonly string[],
): Promise<readonly Highlight[]> {
  const turns = new Turns();
  const keyed = async (texts: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const keys = new Map<string, string>();
    for (const text of texts) {
      const turn = turns.next();
      if (turn !== undefined) await turn;
      keys.set(text, requirementKey(text));
    }
    return keys;
  };
  const [before, after] = [await keyed(beforeTexts), await keyed(afterTexts)];
  const missing = (from: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>) => {
    const known = new Set(others.values());
    return [...from].filter(([, key]) => !known.has(key)).map(([text]) => text.replace(/\s+/g, ' ').trim());
  };
  const gone = missing(before, after);
  const fresh = missing(after, before);
  const bySubject = new Map(gone.map((text) => [subject(text), text]));
  const changed: string[] = [];
  const paired = new Set<string>();
  const unmatched = fresh.filter((text) => {
    const other = bySubject.get(subject(text));
    if (other === undefined) return true;
    bySubject.delete(subject(text));
    paired.add(other);
    changed.push(`${other} → ${text}`);
    return false;
  });
  return [
    { what: 'new dependency', items: unmatched },
    { what: 'dependency changed', items: changed },
    { what: 'dependency gone', items: gone.filter((text) => !paired.has(text)) },
  ];
}

/** Key of a requirement: name and marker. */
function subject(text: string): string {
  const [requirement = '', marker = ''] = text.split(';', 2);
  return `${canonicalizeName(/^[A-Za-z0-9._-]+/.exec(requirement)?.[0] ?? requirement)};${marker.trim()}`;
}

function change(what: string, before: string | undefined, after: string | undefined): Highlight {
  return { what, items: before === after ? [] : [`${before ?? 'none'} → ${after ?? 'none'}`] };
}

function difference(what: string, before: readonly string[], after: readonly string[]): Highlight {
  const known = new Set(before);
  return { what, items: after.filter((item) => !known.has(item)) };
}

/** `[build-system]` in a normalised form: one value per line. */
function buildSystem(text: string | undefined, unreadable: (why: string) => void): string[] {
  if (text === undefined) return [];
  try {
    const system: unknown = parse(text)['build-system'];
    if (system === undefined) return [];
    if (typeof system !== 'object' || system === null || Array.isArray(system)) {
      return [`build-system = ${JSON.stringify(system)}`];
    }
    return Object.entries(system).flatMap(([key, value]) =>
      Array.isArray(value)
        ? value.map((item) => `${key}: ${typeof item === 'string' ? item : JSON.stringify(item)}`)
        : [`${key} = ${JSON.stringify(value)}`],
    );
  } catch (error) {
    unreadable(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    return [];
  }
}

function newTopLevel(old: ArchiveTree, fresh: ArchiveTree): string[] {
  if (!fresh.filename.endsWith('.whl') || !old.filename.endsWith('.whl')) return [];
  const tops = ({ files }: ArchiveTree): Set<string> =>
    new Set([...files.keys()].map((path) => path.split('/')[0] ?? ''));
  const before = tops(old);
  return [...tops(fresh)].filter((name) => !before.has(name) && name !== 'dist-info' && name !== 'data');
}
