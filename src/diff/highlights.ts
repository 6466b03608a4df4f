import { parseFields } from '../packaging/metadata.js';
import type { Comparison } from './compare.js';
import type { ArchiveTree } from './tree.js';

/** Something a reviewer wants to see before anything else. */
export interface Highlight {
  /** `new dependency`, `new .pth file`, … */
  readonly what: string;
  readonly items: readonly string[];
}

/** What a new version brings that runs, that is installed with it, or that builds it. */
export function highlights(comparison: Comparison): Highlight[] {
  const { old, new: fresh, added, changed } = comparison;
  const touched = [...added.map(({ path }) => path), ...changed.map(({ path }) => path)];
  const found: Highlight[] = [
    difference('new dependency', requirements(old), requirements(fresh)),
    difference('dependency gone', requirements(fresh), requirements(old)),
    difference('Requires-Python', field(old, 'requires-python'), field(fresh, 'requires-python')),
    difference('new command or entry point', entryPoints(old), entryPoints(fresh)),
    difference('build backend or build requirement', buildSystem(old), buildSystem(fresh)),
    {
      what: 'new or changed .pth file (runs at each start of Python)',
      items: touched.filter((path) => /\.pth$/.test(path)),
    },
    {
      what: 'new or changed setup code',
      items: touched.filter((path) =>
        /^(?:setup\.py|setup\.cfg|pyproject\.toml)$|(?:^|\/)(?:sitecustomize|usercustomize)\.py$/.test(path),
      ),
    },
    {
      what: 'new or changed native code',
      items: touched.filter((path) => /\.(?:so(?:\.[\d.]+)?|pyd|dylib|dll|exe|a|o)$/.test(path)),
    },
    { what: 'new script', items: added.flatMap(({ path }) => (/^data\/scripts\//.test(path) ? [path] : [])) },
    { what: 'new top-level name', items: newTopLevel(old, fresh) },
  ];
  return found.filter(({ items }) => items.length > 0);
}

function difference(what: string, before: readonly string[], after: readonly string[]): Highlight {
  const known = new Set(before);
  return { what, items: after.filter((item) => !known.has(item)) };
}

const metadataFiles = ['dist-info/METADATA', 'PKG-INFO'];
const metadataFields = new Set(['requires-dist', 'requires-python']);

function field(tree: ArchiveTree, name: string): readonly string[] {
  for (const path of metadataFiles) {
    const text = tree.files.get(path)?.text;
    if (text !== undefined) return parseFields(text, metadataFields).get(name) ?? [];
  }
  return [];
}

function requirements(tree: ArchiveTree): readonly string[] {
  return field(tree, 'requires-dist').map((text) => text.replace(/\s+/g, ' ').trim());
}

/** `[section] name = target` of entry_points.txt. */
function entryPoints(tree: ArchiveTree): string[] {
  const text =
    (tree.files.get('dist-info/entry_points.txt') ?? tree.files.get('egg-info/entry_points.txt'))?.text ?? '';
  let section = '';
  return text.split('\n').flatMap((raw) => {
    const line = raw.trim();
    if (line.startsWith('[')) section = line;
    return line === '' || line.startsWith('[') || line.startsWith('#') ? [] : [`${section} ${line}`];
  });
}

/** The lines of `[build-system]`, as written. */
function buildSystem(tree: ArchiveTree): string[] {
  const text = tree.files.get('pyproject.toml')?.text ?? '';
  const start = text.search(/^\[build-system\]/m);
  if (start === -1) return [];
  const [section = ''] = text.slice(start + 1).split(/\n\[/);
  return section
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function newTopLevel(old: ArchiveTree, fresh: ArchiveTree): string[] {
  if (!fresh.filename.endsWith('.whl') || !old.filename.endsWith('.whl')) return [];
  const tops = ({ files }: ArchiveTree): Set<string> =>
    new Set([...files.keys()].map((path) => path.split('/')[0] ?? ''));
  const before = tops(old);
  return [...tops(fresh)].filter((name) => !before.has(name) && name !== 'dist-info' && name !== 'data');
}
