import type { Findings } from '../findings.js';
import { foldName } from '../names.js';

const interpreter = /^(?:python|pypy)w?(?:\d+(?:\.\d+)*)?t?w?(?:_d)?(?:\.(?:exe|com|bat|cmd|app|py|pyw))?$/i;
/** `module:object` with extras. No two parts of it can take the same characters: it is linear. */
const objectReference =
  /^[\p{L}_][\p{L}\p{N}_.]*(?:[ \t]*:[ \t]*[\p{L}_][\p{L}\p{N}_.]*)?(?:[ \t]*\[[^\]]*\])?$/u;
const maxNameLength = 255;
const maxValueLength = 1000;
const sections = new Set(['console_scripts', 'gui_scripts']);

/** A file name that an unpacker will put into the directory of scripts. `entry`: where it is written. */
export function checkScriptName(name: string, entry: string, findings: Findings): void {
  if (name.length > maxNameLength) {
    findings.add('wheel-script-name', entry, `a script name of ${name.length} characters`);
    return;
  }
  const escapes =
    name === '' || name === '.' || name === '..' || /[/\\\x00-\x1f\x7f-\x9f\u2028\u2029]|^[a-z]:/i.test(name);
  if (escapes)
    findings.add('wheel-script-name', entry, `the script name '${name}' can leave the directory of scripts`);
  // Windows drops trailing dots and spaces, so that `python.` would be `python`.
  if (interpreter.test(name.replace(/[. ]+$/, ''))) {
    findings.add(
      'wheel-script-interpreter',
      entry,
      `the script '${name}' would take the place of an interpreter`,
    );
  }
}

/** Space, tab and line ends are blank to every reader; what else is blank, or steers, is so to some of them. */
const ambiguous = /[^\P{Cc}\t\n\r]|\p{Cf}|[^\P{Z} ]|\r(?!\n)/u;

/**
 * Checks the scripts that entry_points.txt makes pip write. Old pips read the file with ConfigParser (`:` splits as
 * well as `=`, indented lines continue), new ones line by line, some strip every bracket of a header: a name has to be
 * harmless either way, and a line that could be a section to one reader and an entry to another is refused.
 */
export function checkEntryPoints(text: string, entry: string, findings: Findings): void {
  const seen = new Set<string>();
  let section: string | undefined;
  const strange = ambiguous.exec(text)?.[0];
  if (strange !== undefined) {
    const code = strange.codePointAt(0)?.toString(16).padStart(4, '0');
    findings.add('wheel-entry-points', entry, `U+${code} in it: readers differ on whether it is blank`);
  }
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || /^[#;]/.test(line)) continue;
    if (line.startsWith('[')) {
      section = /^\[([^[\]]+)\]$/.exec(line)?.[1];
      if (section === undefined || section !== section.trim() || /^[ \t]/.test(raw)) {
        findings.add('wheel-entry-points', entry, `'${line.slice(0, 100)}' is no plain section header`);
        section = 'console_scripts';
      }
      continue;
    }
    if (section === undefined) {
      findings.add('wheel-entry-points', entry, `'${line.slice(0, 100)}' stands before the first section`);
    } else if (sections.has(section.toLowerCase())) checkLine(line, entry, seen, findings);
  }
}

function checkLine(line: string, entry: string, seen: Set<string>, findings: Findings): void {
  const equals = line.indexOf('=');
  if (equals < 0) {
    findings.add('wheel-entry-points', entry, `'${line.slice(0, 100)}' is no 'name = module:object'`);
    return;
  }
  const name = line.slice(0, equals).trim();
  const value = line.slice(equals + 1).trim();
  checkScriptName(name, entry, findings);
  const colon = name.indexOf(':');
  if (colon >= 0) checkScriptName(name.slice(0, colon).trim(), entry, findings);
  if (value.length > maxValueLength || !objectReference.test(value)) {
    findings.add(
      'wheel-entry-point-object',
      entry,
      `the script '${name}' calls '${value.slice(0, 100)}', which is no object`,
    );
  }
  if (seen.has(foldName(name)))
    findings.add('wheel-script-repeated', entry, `two entry points are named '${name}'`);
  seen.add(foldName(name));
}
