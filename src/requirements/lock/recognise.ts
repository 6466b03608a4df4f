import { PeepError } from '../../text/errors.js';
import { type Fields, isObject } from '../../text/objects.js';
import { printable } from '../../text/redact.js';
import { field, invalidLock } from './fields.js';
import { baseName, isPylockName, type LockTool, lockNames, toolOf } from './formats.js';
import { decodeUtf8, parseToml, type TomlParser } from './toml.js';

/** The kind of a file that has no requirement lines. */
export type Recognised =
  | { readonly kind: 'lock'; readonly tool: LockTool; readonly document: Fields; readonly text: string }
  /** Another kind of file: a description, and what to do instead. */
  | { readonly kind: 'other'; readonly what: string; readonly hint: string };

/** A syntax that no requirements file can have. */
export type FileForm = 'toml' | 'json' | 'yaml';

/**
 * The syntax of a file that is not a requirements file, found from its first lines: a requirement line does not
 * begin with a bracket or brace, and has no single `=` or colon after the name. Undefined for a requirements file.
 */
export function formOf(bytes: Uint8Array, file: string): FileForm | undefined {
  if (isPylockName(file)) return 'toml';
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, sniffed)).toString(
    'latin1',
  );
  const lines = text
    .replace(/^\xef\xbb\xbf/, '')
    .split(/\r?\n/)
    .filter((line) => /^[ \t]*[^#\s]/.test(line));
  const [first = '', second] = lines;
  // A single unusual line is probably a typing error, and is reported as a bad line.
  const named = /\.(json|toml|ya?ml|lock)$|(^|[/\\])Pipfile$/i.exec(file.replace(/[?#].*$/s, '')) !== null;
  if (second === undefined && !named) return undefined;
  if (/^[ \t]*\{/.test(first) || /^[ \t]*\[[ \t]*$/.test(first)) return 'json';
  if (/^(---|[A-Za-z_][\w-]*:([ \t].*)?)$/.test(first)) return 'yaml';
  const isToml = header.test(first)
    ? lines.some((line) => assignment.test(line))
    : assignment.test(first) && lines.some((line) => header.test(line) || knownKey.test(line));
  return isToml || (named && (header.test(first) || assignment.test(first))) ? 'toml' : undefined;
}

const header = /^[ \t]*\[\[?[ \t]*[\w."' -]+\]?\][ \t]*(#.*)?$/;
const assignment = /^[ \t]*[\w."'-]+[ \t]*=[ \t]*(?:["'[{]|\d+[ \t]*$|true|false)/;
const knownKey = /^(lock-version|requires-python)[ \t]*=/;

/** Number of bytes in which to look for the first line; comments may precede it. */
const sniffed = 64 << 10;

/** Parses a file with that syntax, and returns its kind. Throws `LOCK_INVALID` if it is broken. */
export async function recognise(
  bytes: Uint8Array,
  file: string,
  form: FileForm,
  parser?: TomlParser,
): Promise<Recognised> {
  if (form === 'yaml') return otherYaml(file);
  const text = decodeUtf8(bytes, file);
  if (form === 'json') {
    const document = parseJson(text, file);
    const tool = toolOf('json', document, file);
    return tool === undefined ? otherJson(document) : { kind: 'lock', tool, document, text };
  }
  const document = await parseToml(text, file, parser);
  const tool = toolOf('toml', document, file);
  return tool === undefined ? otherToml(document, file) : { kind: 'lock', tool, document, text };
}

/** The error for a file that is not a requirements file; it names the kind of file. */
export function wrongFile(file: string, { what, hint }: Extract<Recognised, { kind: 'other' }>): PeepError {
  return new PeepError('REQUIREMENTS_KIND', `'${printable(file)}' is ${what}, not a requirements file`, {
    place: { file, line: 1 },
    hint,
  });
}

const useLock = `Name the lock file of the project (${lockNames.join(', ')})`;

function otherToml(document: Fields, file: string): Recognised {
  const is = (what: string, hint: string): Recognised => ({ kind: 'other', what, hint });
  const tool = field(document, 'tool');
  if (
    ['project', 'build-system', 'dependency-groups'].some((key) => isObject(field(document, key))) ||
    isObject(tool)
  ) {
    return is(
      baseName(file) === 'pyproject.toml'
        ? 'a pyproject.toml'
        : 'a TOML file in the form of a pyproject.toml',
      `It pins nothing. ${useLock}, or lock it first: \`uv lock\`, \`poetry lock\`, \`pdm lock\`.`,
    );
  }
  if (['packages', 'dev-packages'].some((key) => isObject(field(document, key)))) {
    return is('a Pipfile', 'It pins nothing. Name Pipfile.lock, or lock it first: `pipenv lock`.');
  }
  if (Array.isArray(field(document, 'package')) && field(document, 'version') !== undefined) {
    return is('a Cargo.lock, or another lock file without Python packages', useLock + '.');
  }
  return is('a TOML file that peep does not know', `${useLock}.`);
}

function otherJson(document: Fields): Recognised {
  const has = (key: string): boolean => field(document, key) !== undefined;
  const what = has('lockfileVersion')
    ? 'a package-lock.json of npm'
    : has('devDependencies') || (has('name') && has('dependencies')) || has('scripts')
      ? 'a package.json of npm'
      : 'a JSON file that peep does not know';
  return { kind: 'other', what, hint: 'Name a requirements file, or a lock file of a Python project.' };
}

function otherYaml(file: string): Recognised {
  const conda = /^environment[^/\\]*\.ya?ml$|conda/i.test(baseName(file));
  return {
    kind: 'other',
    what: conda ? 'an environment file of conda' : 'a YAML file',
    hint: conda
      ? 'peep installs only from Python indexes. Put the packages from there into a requirements file; `pip freeze` lists them.'
      : 'Name a requirements file, or a lock file of a Python project.',
  };
}

function parseJson(text: string, file: string): Fields {
  try {
    const document: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
    return isObject(document) ? document : {};
  } catch (cause) {
    const why = cause instanceof Error ? printable(cause.message).slice(0, 200) : '';
    throw invalidLock(`it is not valid JSON: ${why}`, { file, line: 1 }, cause);
  }
}
