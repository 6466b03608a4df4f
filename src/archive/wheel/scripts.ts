import {
  type EntryPoint,
  isScriptSection,
  readEntryPoints,
  scriptNames,
} from '../../packaging/entry-points.js';
import { pythonName } from '../../packaging/python-names.js';
import type { Findings } from '../findings.js';
import { foldName } from '../names.js';

const interpreter = new RegExp(
  `^${pythonName}w?(?:\\d+(?:\\.\\d+)*)?t?w?(?:_d)?(?:\\.(?:exe|com|bat|cmd|app|py\\w*))?$`,
  'i',
);
/** Scripts that users and programs source or run to enter and leave an environment (venv, virtualenv, conda). */
const activation = /^(?:activate(?:_this)?|deactivate)(?:\.[a-z0-9]+)?$/i;
/**
 * `module:object` with extras. No two parts of the pattern can match the same characters, so matching takes linear
 * time.
 */
const objectReference =
  /^[\p{L}_][\p{L}\p{N}_.]*(?:[ \t]*:[ \t]*[\p{L}_][\p{L}\p{N}_.]*)?(?:[ \t]*\[[^\]]*\])?$/u;
const maxNameLength = 255;
const maxValueLength = 1000;

/** A file name that an installer writes to the scripts directory. `entry`: the file that defines it. */
export function checkScriptName(name: string, entry: string, findings: Findings): void {
  if (name.length > maxNameLength) {
    findings.add('wheel-script-name', entry, `a script name of ${name.length} characters`);
    return;
  }
  const escapes =
    name === '' || name === '.' || name === '..' || /[/\\\x00-\x1f\x7f-\x9f\u2028\u2029]|^[a-z]:/i.test(name);
  if (escapes)
    findings.add('wheel-script-name', entry, `the script name '${name}' can leave the directory of scripts`);
  if (isInterpreterName(name)) {
    findings.add('wheel-script-interpreter', entry, `the script '${name}' would replace an interpreter`);
  }
}

/**
 * True if a program with this file name would run as Python. Windows drops trailing dots and spaces, so `python.`
 * means `python` there.
 */
export function isInterpreterName(name: string): boolean {
  return interpreter.test(name.replace(/[. ]+$/, ''));
}

/**
 * True for the name of a script that enters or leaves an environment; false for
 * `activate-global-python-argcomplete`.
 */
export function isActivationScript(name: string): boolean {
  return activation.test(name.replace(/[. ]+$/, ''));
}

/**
 * The rules for the scripts that installers write for entry_points.txt: each name that any reader may find must be
 * harmless.
 */
export function checkEntryPoints(text: string, entry: string, findings: Findings): void {
  const { entries, doubts } = readEntryPoints(text);
  for (const doubt of doubts) findings.add('wheel-entry-points', entry, doubt);
  const seen = new Set<string>();
  for (const each of entries) {
    if (!isScriptSection(each.section)) continue;
    for (const name of scriptNames(each)) checkScriptName(name, entry, findings);
    checkObject(each, entry, findings);
    const key = foldName(each.name);
    if (seen.has(key))
      findings.add('wheel-script-repeated', entry, `two entry points are named '${each.name}'`);
    seen.add(key);
  }
}

function checkObject({ name, value }: EntryPoint, entry: string, findings: Findings): void {
  if (value.length <= maxValueLength && objectReference.test(value)) return;
  const message = `the script '${name}' calls '${value.slice(0, 100)}', which is not an object`;
  // distlib searches the line for the first `NAME = WORD`, which may come after the first `=`.
  findings.add(value.includes('=') ? 'wheel-entry-points' : 'wheel-entry-point-object', entry, message);
}
