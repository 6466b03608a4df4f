import type { ScriptEntryPoint } from '../packaging/entry-points.js';

/** Maximum size of a script in bytes; the scripts that installers write for an entry point are smaller. */
export const maxScript = 64 << 10;

/**
 * True if `text` is exactly a script that pip, uv or distlib write for `entryPoint`. Its first line names a Python,
 * which must be one of `pythons`.
 */
export function isWrapper(
  text: string,
  entryPoint: ScriptEntryPoint,
  isPython: (path: string) => boolean,
): boolean {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const [first = '', ...rest] = lines;
  const body =
    first === '#!/bin/sh' ? afterShell(rest, isPython) : namesPython(first, isPython) ? rest : undefined;
  if (body === undefined) return false;
  const allowed = allowedLines(entryPoint);
  const unknown = body.some((line) => !allowed.some((form) => form.test(line)));
  return !unknown && body.at(-1)?.includes('sys.exit(') === true;
}

function namesPython(line: string, isPython: (path: string) => boolean): boolean {
  const path = /^#!"?([^"]+?)"?\s*$/.exec(line)?.[1];
  return path !== undefined && isPython(path);
}

/**
 * A Python path that is too long or has spaces is started with the shell, in three lines that Python reads as a
 * string.
 */
function afterShell(
  lines: readonly string[],
  isPython: (path: string) => boolean,
): readonly string[] | undefined {
  // uv's form for a relocatable environment: it starts the Python in the same directory.
  const beside = /^'''exec' "\$\(dirname -- "\$\(realpath -- "\$0"\)"\)"\/'?python[\d.]*'? "\$0" "\$@"$/;
  if (beside.test(lines[0] ?? '') && lines[1] === "' '''") return lines.slice(2);
  const path = /^'''exec' "?([^"$`]+?)"? "\$0" "\$@"$/.exec(lines[0] ?? '')?.[1];
  return path !== undefined && isPython(path) && lines[1] === "' '''" ? lines.slice(2) : undefined;
}

function allowedLines({ module, object }: ScriptEntryPoint): readonly RegExp[] {
  const [name = ''] = object.split('.');
  const quoted = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return [
    /^# -\*- coding: utf-8 -\*-$/,
    /^import re$/,
    /^import sys$/,
    // In distlib's script the import is indented.
    new RegExp(`^(?: {4})?from ${quoted(module)} import ${quoted(name)}$`),
    /^if __name__ == ['"]__main__['"]:$/,
    /^ {4}sys\.argv\[0\] = re\.sub\(r['"]\(-script\\\.pyw\??\|\\\.exe\)\?\$['"], ['"]{2}, sys\.argv\[0\]\)$/,
    /^ {4}(?:el)?if sys\.argv\[0\]\.endswith\(['"](?:-script\.pyw|\.exe)['"]\):$/,
    /^ {8}sys\.argv\[0\] = sys\.argv\[0\]\[:-(?:11|4)\]$/,
    /^ {4}sys\.argv\[0\] = sys\.argv\[0\]\.removesuffix\(['"]\.exe['"]\)$/,
    new RegExp(`^ {4}sys\\.exit\\(${quoted(object)}\\(\\)\\)$`),
  ];
}
