/** An entry of entry_points.txt, as most readers parse it. */
export interface EntryPoint {
  /** Entries in the order of the file; a section header in an unusual form counts as `console_scripts`. */
  readonly section: string;
  readonly name: string;
  readonly value: string;
}

export interface EntryPoints {
  readonly entries: readonly EntryPoint[];
  /** Reasons why some readers may find other entries: sentences without a full stop. */
  readonly doubts: readonly string[];
}

/** An entry point for which installers write a script. */
export interface ScriptEntryPoint {
  readonly name: string;
  readonly module: string;
  /** Dotted name of the object that the script calls. */
  readonly object: string;
}

const maxLineLength = 1500;
const maxDoubts = 5;
/** Longer names are refused in any case. */
const maxNameLength = 300;
/**
 * Blank and control characters that only some readers treat as blanks. All readers treat space, tab and line ends
 * as blanks.
 */
const ambiguous = /[^\P{Cc}\t\n\r]|\p{Cf}|[^\P{Z} ]|\r(?!\n)/u;

/**
 * Reads entry_points.txt. Readers differ: pkg_resources only knows `#` comments; ConfigParser also knows `;`
 * comments, splits at `:` too, joins indented lines and applies `[DEFAULT]` to every section; importlib.metadata
 * strips all brackets of a header. A line that they read differently is returned as a doubt, and also as an entry.
 */
export function readEntryPoints(text: string): EntryPoints {
  const entries: EntryPoint[] = [];
  const doubts: string[] = [];
  const doubt = (why: string) => {
    if (doubts.length < maxDoubts) doubts.push(why);
  };
  const stray = ambiguous.exec(text)?.[0];
  if (stray !== undefined) {
    const code = stray.codePointAt(0)?.toString(16).padStart(4, '0');
    doubt(`it contains U+${code}, which some readers treat as a blank and others do not`);
  }
  let section: string | undefined;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const shown = `'${line.slice(0, 100)}'`;
    if (line.startsWith('[')) {
      section = /^\[([^[\]]+)\]$/.exec(line)?.[1];
      if (section === undefined || section !== section.trim() || /^[ \t]/.test(raw)) {
        doubt(`${shown} is not a plain section header`);
        section = 'console_scripts';
      }
      continue;
    }
    if (section === undefined) doubt(`${shown} is before the first section`);
    const inScripts = isScriptSection(section ?? 'console_scripts');
    if (inScripts && line.startsWith(';'))
      doubt(`${shown} is a comment to some readers and a script to others`);
    if (inScripts && line.length > maxLineLength) {
      doubt(`a line of ${line.length} characters`);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals < 0) {
      if (inScripts) doubt(`${shown} is not 'name = module:object'`);
      continue;
    }
    entries.push({
      section: section ?? 'console_scripts',
      name: line.slice(0, equals).trim(),
      value: line.slice(equals + 1).trim(),
    });
  }
  return { entries, doubts };
}

/** True if installers write scripts for this section. ConfigParser applies `[DEFAULT]` to every section. */
export function isScriptSection(section: string): boolean {
  return ['console_scripts', 'gui_scripts', 'default'].includes(section.toLowerCase());
}

/** Every name that some reader gives to the script of an entry; the first is the usual one. */
export function scriptNames({ name, value }: EntryPoint): ReadonlySet<string> {
  // pip before 20 removes all spaces, and old ConfigParsers split at a colon.
  const names = new Set([name, name.replaceAll(' ', ''), name.split(':', 1)[0]?.trim() ?? '']);
  const text = `${name} = ${value}`;
  for (const each of [text, text.replaceAll(' ', '')]) for (const found of searched(each)) names.add(found);
  return names;
}

/**
 * The names that distlib finds in `name = value`. distlib searches the whole text for `NAME = WORD`; the characters
 * allowed in NAME depend on its version, and the set of letters on the Python.
 */
function searched(text: string): readonly string[] {
  const found: (string | undefined)[] = [undefined, undefined, undefined];
  let token = -1;
  for (let equals = text.indexOf('='); equals >= 0; equals = text.indexOf('=', equals + 1)) {
    if (
      !/^[\p{L}\p{N}_]/u.test(
        text
          .slice(equals + 1)
          .trimStart()
          .slice(0, 2),
      )
    )
      continue;
    const before = text.slice(0, equals).trimEnd();
    found[0] ??= trailing(before, /[A-Za-z0-9_.+-]/);
    found[1] ??= trailing(before, /[\p{L}\p{N}_.+-]/u);
    const start = Math.max(before.lastIndexOf(' '), before.lastIndexOf('\t')) + 1;
    if (token >= 0 && start !== token) break;
    token = start;
    found[2] = before.slice(start).replace(/^\[+/, '');
  }
  return found.filter((name) => name !== undefined && name !== '') as string[];
}

/** The letters at the end of `text`; undefined if there are none. */
function trailing(text: string, letter: RegExp): string | undefined {
  let start = text.length;
  while (start > 0 && text.length - start < maxNameLength && letter.test(text[start - 1] ?? '')) start -= 1;
  return start === text.length ? undefined : text.slice(start);
}

/** The entry points that become scripts. The file has passed the inspection rules. */
export function scriptEntryPoints(text: string): ScriptEntryPoint[] {
  return readEntryPoints(text).entries.flatMap(({ section, name, value }) => {
    const [, module, object] = /^([^:[\s]+)\s*:\s*([^[\s]+)/.exec(value) ?? [];
    if (
      !/^(?:console|gui)_scripts$/i.test(section) ||
      name === '' ||
      module === undefined ||
      object === undefined
    )
      return [];
    return { name, module, object };
  });
}
