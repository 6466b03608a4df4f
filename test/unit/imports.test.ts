import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/**
 * The rooms of src/ from the bottom up, each with the rooms that it may import: only ones above it in this table, so
 * that no two rooms import each other. Imports of types count like any other.
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  text: [],
  files: ['text'],
  packaging: ['text'],
  // P1, P2: what hashes and holds unverified bytes knows nothing of where they come from or what is in them.
  hash: ['text', 'files'],
  config: ['text', 'files', 'packaging'],
  target: ['text', 'files', 'packaging', 'config'],
  requirements: ['text', 'packaging', 'hash', 'config'],
  resolver: ['text', 'files', 'packaging', 'hash', 'config', 'target', 'requirements'],
  fetch: ['text', 'files', 'packaging', 'hash', 'config', 'resolver'],
  // P4: a stored archive came from anywhere; only a registry as a further store uses the network.
  store: ['text', 'files', 'packaging', 'hash', 'config', 'resolver', 'fetch'],
  // P2: an archive is looked at by its bytes and its pin alone.
  archive: ['text', 'packaging', 'hash'],
  provenance: ['text', 'packaging', 'hash'],
  prepare: [
    ...[
      'text',
      'files',
      'packaging',
      'hash',
      'config',
      'target',
      'requirements',
      'resolver',
      'fetch',
      'store',
    ],
    ...['archive', 'provenance'],
  ],
  install: ['text', 'files', 'packaging', 'hash', 'config', 'target', 'requirements', 'archive', 'prepare'],
  verify: [
    ...['text', 'files', 'packaging', 'hash', 'config', 'target', 'requirements', 'archive', 'prepare'],
    'install',
  ],
  pinning: [
    ...['text', 'files', 'packaging', 'hash', 'config', 'target', 'requirements', 'resolver', 'store'],
    ...['archive', 'provenance', 'prepare'],
  ],
  // The word of a resolver: what it says is a name and a version, and no archive.
  compile: [
    ...['text', 'files', 'packaging', 'hash', 'config', 'target', 'requirements', 'archive', 'prepare'],
    'install',
  ],
  export: ['text', 'files', 'packaging', 'hash', 'resolver', 'store', 'archive', 'provenance', 'prepare'],
  diff: ['text', 'packaging', 'hash', 'archive', 'provenance'],
  report: [
    ...['text', 'packaging', 'hash', 'target', 'requirements', 'resolver', 'fetch', 'archive', 'provenance'],
    ...['prepare', 'install', 'verify', 'pinning', 'export', 'diff'],
  ],
  // What every command goes through: host and options → an open run → the hand-over, the report.
  run: [
    ...[
      'text',
      'files',
      'packaging',
      'hash',
      'config',
      'target',
      'requirements',
      'resolver',
      'fetch',
      'store',
    ],
    ...[
      'archive',
      'provenance',
      'prepare',
      'install',
      'verify',
      'pinning',
      'compile',
      'export',
      'diff',
      'report',
    ],
  ],
  commands: [
    ...[
      'text',
      'files',
      'packaging',
      'hash',
      'config',
      'target',
      'requirements',
      'resolver',
      'fetch',
      'store',
    ],
    ...[
      'archive',
      'provenance',
      'prepare',
      'install',
      'verify',
      'pinning',
      'compile',
      'export',
      'diff',
      'report',
      'run',
    ],
  ],
  api: [
    ...['text', 'packaging', 'hash', 'config', 'target', 'requirements', 'resolver', 'fetch', 'store'],
    ...['archive', 'provenance', 'prepare', 'verify'],
  ],
  cli: ['text', 'hash', 'requirements', 'archive', 'provenance', 'report', 'run', 'commands'],
};

/** Rooms without code yet: each goes from this list with its first file. */
const planned: readonly string[] = [];

/** The one use of `process` outside of src/cli.ts: who wrote a temporary file, and whether that writer is alive. */
const processUses: Readonly<Record<string, readonly string[]>> = {
  'files/temp-name.ts': ['pid', 'kill'],
};

const source = fileURLToPath(new URL('../../src', import.meta.url));

interface SourceFile {
  /** Under src/, with slashes. */
  readonly path: string;
  readonly text: string;
}

const files: readonly SourceFile[] = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path: path.split(sep).join('/'), text: readFileSync(join(source, path), 'utf8') }));

describe('imports', () => {
  it('go from room to room as the rules say', () => {
    expect(inAllFiles(forbiddenImports)).toEqual([]);
  });

  it('leave process to src/cli.ts', () => {
    const uses = (file: SourceFile) =>
      processUsesIn(file).filter((use) => !processUses[file.path]?.includes(use));
    expect(inAllFiles(uses)).toEqual([]);
  });

  it('find no default export, no barrel and no name that is only passed on', () => {
    const exports = ({ path, text }: SourceFile) => {
      const passedOn =
        path === 'api/index.ts'
          ? []
          : (withoutComments(text).match(/^export\s[^;=]*?\bfrom\s+['"].*$/gm) ?? []);
      const barrel = path.endsWith('/index.ts') && path !== 'api/index.ts' ? ['a barrel'] : [];
      return [...(withoutComments(text).match(/^export\s+default\b.*$/gm) ?? []), ...passedOn, ...barrel];
    };
    expect(inAllFiles(exports)).toEqual([]);
  });

  it('have no circle of files, types included', () => {
    expect(circles()).toEqual([]);
  });

  it('are as ARCHITECTURE.md draws them', () => {
    const script = fileURLToPath(new URL('../../scripts/rooms.mjs', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('go up the table alone, between rooms that are there', () => {
    const order = Object.keys(rooms);
    const down = order.flatMap((room, i) =>
      (rooms[room] ?? [])
        .filter((other) => !order.slice(0, i).includes(other))
        .map((other) => `${room} → ${other}`),
    );
    expect(down).toEqual([]);
    const there = new Set(files.map(({ path }) => roomOf(path)));
    expect(order.filter((room) => !there.has(room) && !planned.includes(room))).toEqual([]);
    expect(planned.filter((room) => there.has(room))).toEqual([]);
  });
});

describe('the checks themselves', () => {
  const check = (path: string, text: string) => forbiddenImports({ path, text });

  it('find what is forbidden, however it is imported', () => {
    expect(check('hash/a.ts', "import { x } from '../store/store.js';")).toEqual(['../store/store.js']);
    expect(check('archive/a.ts', "import {\n  type A,\n  b,\n} from '../fetch/http.js';")).toEqual([
      '../fetch/http.js',
    ]);
    expect(check('archive/a.ts', "const { a } = await import('../fetch/http.js');")).toEqual([
      '../fetch/http.js',
    ]);
    expect(check('archive/a.ts', "export { a } from '../resolver/x.js';")).toEqual(['../resolver/x.js']);
    expect(check('archive/a.ts', "import '../fetch/http.js';")).toEqual(['../fetch/http.js']);
    expect(check('archive/a.ts', "type T = import('../fetch/http.js').T;")).toEqual(['../fetch/http.js']);
    expect(check('resolver/a.ts', "import type { A } from '../fetch/http.js';")).toEqual([
      '../fetch/http.js',
    ]);
    expect(check('hash/a.ts', "import { readFile } from 'undici';")).toEqual(['undici']);
  });

  it('leave alone what is not', () => {
    expect(check('fetch/a.ts', "import type { A } from '../resolver/link.js';")).toEqual([]);
    expect(
      check('archive/zip/a.ts', "import { a } from '../../hash/digest.js';\nimport b from './b.js';"),
    ).toEqual([]);
    expect(check('hash/a.ts', "// import x from '../store/store.js'\nimport 'node:fs';")).toEqual([]);
  });

  it('tell the process from the word', () => {
    const uses = (text: string) => processUsesIn({ path: 'a.ts', text });
    expect(uses('const a = process.env.X; f(process);')).toEqual(['env', '']);
    expect(uses('globalThis.process.exit(1)')).toEqual(['exit']);
    expect(uses("import { exit } from 'node:process';")).toEqual(['node:process']);
    expect(uses("// this process.\nconst a = '--process-x'; running.process.kill(); subprocess.x;")).toEqual(
      [],
    );
    expect(uses('`$' + '{process.pid}`')).toEqual(['pid']);
  });
});

function inAllFiles(find: (file: SourceFile) => readonly string[]): string[] {
  return files.flatMap((file) => find(file).map((found) => `src/${file.path}: ${found}`));
}

/** The specifiers that the room of `file` must not import. */
function forbiddenImports(file: SourceFile): string[] {
  const room = roomOf(file.path);
  const allowed = rooms[room];
  if (allowed === undefined) return [`src/${file.path} is in no known room`];
  return specifiersOf(file.text).filter((specifier) => {
    if (specifier.startsWith('node:')) return false;
    // The rooms that everything rests on use nothing but Node.
    if (!specifier.startsWith('.')) return ['text', 'files', 'hash'].includes(room);
    const other = roomOf(targetOf(file, specifier));
    return other !== room && !allowed.includes(other);
  });
}

function targetOf({ path }: SourceFile, specifier: string): string {
  return posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
}

/** Circles of files that import each other: each as the way round, from the file that comes first. */
function circles(): string[] {
  const imports = new Map(
    files.map((file) => [
      file.path,
      specifiersOf(file.text)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => targetOf(file, specifier)),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start !== -1) found.push([...way.slice(start), path].join(' → '));
    if (start !== -1 || done.has(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}

function roomOf(path: string): string {
  return path.split('/')[0]?.replace(/\.(ts|js)$/, '') ?? '';
}

function specifiersOf(text: string): string[] {
  const code = withoutComments(text);
  const statements = code.matchAll(
    /^\s*(?:import|export)\s+(?:(?:type\s+)?[^'";]*?\s*from\s*)?['"]([^'"]+)['"]/gm,
  );
  const dynamic = code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g);
  return [...statements, ...dynamic].map(([, specifier = '']) => specifier);
}

/** What is used of `process`: names of its members, '' for the object itself, `node:process` for an import. */
function processUsesIn({ path, text }: SourceFile): string[] {
  if (path === 'cli.ts') return [];
  const code = withoutComments(text);
  const imported = /['"](node:)?process['"]/.test(code) ? ['node:process'] : [];
  const bare = code.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
  const uses = bare.matchAll(/(?:globalThis\.|(?<![.\w$-]))process\b(?!\s*:)(?:\??\.(\w+))?/g);
  return [...imported, ...[...uses].map(([, member = '']) => member)];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(^|[\s;{}(,])\/\/[^\n]*/g, '$1');
}
