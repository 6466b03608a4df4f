import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Rule {
  /** Rooms, or single files of rooms, whose code may be imported. */
  readonly may: readonly string[];
  /** And those of which nothing but types may be. */
  readonly types?: readonly string[];
}

/**
 * Who may import whom. A file directly under src/ is a room of its own. `errors` is open to all, and the
 * redaction of URLs (P7) to all but the rooms that promise to need nothing.
 */
const rules: Readonly<Record<string, Rule>> = {
  errors: { may: [] },
  version: { may: [] },
  writer: { may: [] },
  folders: { may: [] },
  hash: { may: [] },
  packaging: { may: [] },
  config: { may: ['packaging', 'report/redact'] },
  target: { may: ['packaging', 'report/redact'] },
  requirements: { may: ['hash', 'packaging', 'config', 'report/redact'] },
  fetch: {
    may: ['folders', 'hash', 'packaging', 'config', 'version', 'writer', 'report/redact'],
    types: ['resolver'],
  },
  resolver: { may: ['hash', 'packaging', 'config', 'target', 'requirements', 'fetch', 'report/redact'] },
  // P2, P4: what lies in the store and what is looked at came from anywhere; where from is not known there.
  store: { may: ['folders', 'hash', 'packaging', 'writer', 'report/redact'] },
  archive: { may: ['hash', 'packaging', 'report/redact'] },
  diff: { may: ['hash', 'archive', 'report'] },
  audit: { may: ['packaging', 'report/redact'], types: ['archive'] },
  dest: { may: ['folders', 'hash', 'packaging', 'writer', 'report/redact'] },
  install: { may: ['hash', 'packaging', 'target', 'writer', 'report/redact'], types: ['archive'] },
  acquire: {
    may: [
      'hash',
      'packaging',
      'config',
      'requirements',
      'target',
      'resolver',
      'fetch',
      'store',
      'archive',
      'report/redact',
    ],
  },
  report: {
    may: ['hash', 'packaging', 'requirements/hash-lines'],
    types: ['acquire', 'archive', 'fetch', 'requirements', 'resolver', 'target'],
  },
  commands: {
    may: [
      ...[
        'hash',
        'packaging',
        'config',
        'target',
        'requirements',
        'fetch',
        'resolver',
        'store',
        'archive',
        'audit',
        'dest',
        'diff',
      ],
      ...['install', 'acquire', 'report', 'version', 'writer'],
    ],
  },
  main: { may: ['commands', 'report', 'version'] },
  cli: { may: ['main', 'hash'], types: ['commands'] },
  index: {
    may: ['hash', 'packaging', 'config', 'target', 'requirements', 'resolver', 'archive', 'store', 'report'],
  },
};

/** The one use of `process` outside of src/cli.ts: who wrote a temporary file, and whether that writer is alive. */
const processUses: Readonly<Record<string, readonly string[]>> = { 'writer.ts': ['pid', 'kill'] };

const source = fileURLToPath(new URL('../../src', import.meta.url));

interface SourceFile {
  /** Under src/, with slashes. */
  readonly path: string;
  readonly text: string;
}

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
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
        path === 'index.ts' ? [] : (withoutComments(text).match(/^export\s[^;=]*?\bfrom\s+['"].*$/gm) ?? []);
      const barrel = path.endsWith('/index.ts') ? ['a barrel'] : [];
      return [...(withoutComments(text).match(/^export\s+default\b.*$/gm) ?? []), ...passedOn, ...barrel];
    };
    expect(inAllFiles(exports)).toEqual([]);
  });

  it('have rules for rooms that are there', () => {
    const rooms = new Set(files.map(({ path }) => roomOf(path)));
    expect(Object.keys(rules).filter((room) => !rooms.has(room))).toEqual([]);
  });
});

describe('the checks themselves', () => {
  const check = (path: string, text: string) => forbiddenImports({ path, text });

  it('find what is forbidden, however it is imported', () => {
    expect(check('hash/a.ts', "import { x } from '../store/store.js';")).toEqual(['../store/store.js']);
    expect(check('store/a.ts', "import {\n  type A,\n  b,\n} from '../fetch/http.js';")).toEqual([
      '../fetch/http.js',
    ]);
    expect(check('store/a.ts', "const { a } = await import('../fetch/http.js');")).toEqual([
      '../fetch/http.js',
    ]);
    expect(check('store/a.ts', "export { a } from '../resolver/x.js';")).toEqual(['../resolver/x.js']);
    expect(check('store/a.ts', "import '../fetch/http.js';")).toEqual(['../fetch/http.js']);
    expect(check('store/a.ts', "type T = import('../fetch/http.js').T;")).toEqual(['../fetch/http.js']);
    expect(check('fetch/a.ts', "import { type A, b } from '../resolver/link.js';")).toEqual([
      '../resolver/link.js',
    ]);
    expect(check('hash/a.ts', "import { readFile } from 'undici';")).toEqual(['undici']);
  });

  it('leave alone what is not', () => {
    expect(check('fetch/a.ts', "import type { A } from '../resolver/link.js';")).toEqual([]);
    expect(check('fetch/a.ts', "import { type A, type B } from '../resolver/link.js';")).toEqual([]);
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
  const rule = rules[room];
  if (rule === undefined) return [`src/${file.path} is in no known room`];
  return importsOf(file.text)
    .filter((found) => !isAllowed(file.path, room, rule, found))
    .map(({ specifier }) => specifier);
}

function isAllowed(path: string, room: string, rule: Rule, { specifier, typeOnly }: Import): boolean {
  if (specifier.startsWith('node:')) return true;
  // The rooms that everything rests on use nothing but Node; versions have one library, wrapped in one file.
  if (!specifier.startsWith('.')) return !['errors', 'hash'].includes(room);
  const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '');
  const targetRoom = roomOf(target);
  if (targetRoom === room || targetRoom === 'errors') return true;
  const named = (list: readonly string[] = []) => list.includes(targetRoom) || list.includes(target);
  return named(rule.may) || (typeOnly && named(rule.types));
}

function roomOf(path: string): string {
  return path.split('/')[0]?.replace(/\.(ts|js)$/, '') ?? '';
}

function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const statements = code.matchAll(
    /^\s*(?:import|export)\s+(?:(type\s+)?([^'";]*?)\s*from\s*)?['"]([^'"]+)['"]/gm,
  );
  const found = [...statements].map(([, type, names = '', specifier = '']): Import => {
    const listed = /^\{([^}]*)\}$/
      .exec(names)?.[1]
      ?.split(',')
      .map((name) => name.trim());
    const allTypes = listed?.filter((name) => name !== '').every((name) => name.startsWith('type ')) ?? false;
    return { specifier, typeOnly: type !== undefined || allTypes };
  });
  for (const [, specifier = ''] of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)) {
    found.push({ specifier, typeOnly: false });
  }
  return found;
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
