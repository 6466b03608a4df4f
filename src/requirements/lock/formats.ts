import { type Fields, isObject } from '../../text/objects.js';
import { field } from './fields.js';

/** The format of a lock file, by the tool that writes it. `read-lock.ts` has the reader of each. */
export interface LockFormat {
  readonly syntax: 'toml' | 'json';
  /** The usual file name, for messages and help. */
  readonly usualName: string;
  /** Matches file names, also with a prefix such as `app.poetry.lock`. */
  readonly fileName: RegExp;
  /** The command that writes the file; undefined if several tools write this format. */
  readonly command?: string;
  /** True if a parsed file has this format. */
  matches(document: Fields, file: string): boolean;
}

const formats = {
  poetry: {
    syntax: 'toml',
    usualName: 'poetry.lock',
    fileName: /^(.+[.-])?poetry\.lock$/,
    command: 'poetry lock',
    matches: (document) => hasMetadata(document, 'lock-version'),
  },
  pdm: {
    syntax: 'toml',
    usualName: 'pdm.lock',
    fileName: /^(.+[.-])?pdm\.lock$/,
    command: 'pdm lock',
    matches: (document) => hasMetadata(document, 'lock_version'),
  },
  pylock: {
    syntax: 'toml',
    usualName: 'pylock.toml',
    fileName: /^(.+\.)?pylock(\.[^.]+)?\.toml$/,
    matches: (document, file) => field(document, 'lock-version') !== undefined || isPylockName(file),
  },
  uv: {
    syntax: 'toml',
    usualName: 'uv.lock',
    fileName: /^(.+[.-])?uv\.lock$/,
    command: 'uv lock',
    matches: isUvLock,
  },
  pipenv: {
    syntax: 'json',
    usualName: 'Pipfile.lock',
    fileName: /^(.+[.-])?Pipfile\.lock$/,
    command: 'pipenv lock',
    matches: (document) => isObject(field(document, '_meta')),
  },
} satisfies Readonly<Record<string, LockFormat>>;

/** The tools whose lock files peep reads. */
export type LockTool = keyof typeof formats;

/** The formats in the order in which a file is tested for them. */
export const lockFormats: Readonly<Record<LockTool, LockFormat>> = formats;

/** The tool that wrote a file with this syntax; undefined if the file is not a known lock file. */
export function toolOf(syntax: LockFormat['syntax'], document: Fields, file: string): LockTool | undefined {
  const tools = Object.keys(formats) as LockTool[];
  return tools.find(
    (tool) => lockFormats[tool].syntax === syntax && lockFormats[tool].matches(document, file),
  );
}

/** The usual names of all lock files. */
export const lockNames: readonly string[] = Object.values(lockFormats).map(({ usualName }) => usualName);

/** True for the name of a lock file, without its directory. */
export function isLockName(name: string): boolean {
  return Object.values(lockFormats).some(({ fileName }) => fileName.test(name));
}

/** PEP 751: true for the name that a pylock.toml must have. */
export function isPylockName(file: string): boolean {
  return /^pylock(\.[^.]+)?\.toml$/.test(baseName(file));
}

/** The last component of a path or URL. */
export function baseName(file: string): string {
  return file.replace(/[?#].*$/s, '').replace(/^.*[/\\]/s, '');
}

function hasMetadata(document: Fields, key: string): boolean {
  const metadata = field(document, 'metadata');
  return isObject(metadata) && field(metadata, key) !== undefined;
}

function isUvLock(document: Fields): boolean {
  if (!Number.isInteger(field(document, 'version'))) return false;
  const packages = field(document, 'package');
  return (
    field(document, 'requires-python') !== undefined ||
    field(document, 'manifest') !== undefined ||
    (Array.isArray(packages) && packages.some((item) => isObject(item) && isObject(field(item, 'source'))))
  );
}
