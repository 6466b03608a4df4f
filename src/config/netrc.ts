/** One `machine` entry; `host` is undefined for `default`. */
export interface NetrcEntry {
  readonly host: string | undefined;
  readonly login: string;
  readonly password: string;
}

/**
 * Reads a netrc file as curl and Python do: whitespace between tokens, `"quoted tokens"`, `#` comments, `macdef` up
 * to an empty line. Returns undefined when the text is malformed: like pip, peep then ignores the file.
 */
export function parseNetrc(text: string): readonly NetrcEntry[] | undefined {
  const tokens = tokenize(text);
  if (tokens === undefined) return undefined;
  const entries: NetrcEntry[] = [];
  let current: { host: string | undefined; login: string; password: string } | undefined;
  for (let i = 0; i < tokens.length; ) {
    const keyword = tokens[i++];
    if (keyword === 'default') {
      current = { host: undefined, login: '', password: '' };
      entries.push(current);
      continue;
    }
    const value = tokens[i++];
    if (value === undefined) return undefined;
    if (keyword === 'machine') {
      current = { host: value.toLowerCase(), login: '', password: '' };
      entries.push(current);
    } else if (current === undefined) return undefined;
    else if (keyword === 'login' || keyword === 'user') current.login = value;
    else if (keyword === 'password') current.password = value;
    else if (keyword !== 'account') return undefined;
  }
  return entries;
}

/** The entry for `host`: the first `machine` of that name (with `login`, if given), else `default` if it is allowed. */
export function findNetrc(
  entries: readonly NetrcEntry[],
  host: string,
  login: string | undefined,
  allowDefault: boolean,
): NetrcEntry | undefined {
  const fits = (entry: NetrcEntry) => login === undefined || entry.login === login;
  return (
    entries.find((entry) => entry.host === host && fits(entry)) ??
    (allowDefault ? entries.find((entry) => entry.host === undefined && fits(entry)) : undefined)
  );
}

function tokenize(text: string): string[] | undefined {
  const tokens: string[] = [];
  const source = text.replace(/^\ufeff/, '');
  let i = 0;
  while (i < source.length) {
    const character = source.charAt(i);
    if (isSpace(character)) i++;
    else if (character === '#') i = endOfLine(source, i);
    else if (character === '"') {
      const quoted = readQuoted(source, i + 1);
      if (quoted === undefined) return undefined;
      tokens.push(quoted.token);
      i = quoted.end;
    } else {
      const bare = readBare(source, i);
      i = bare.end;
      if (bare.token === 'macdef') i = endOfMacro(source, i);
      else tokens.push(bare.token);
    }
  }
  return tokens;
}

function readQuoted(source: string, start: number): { token: string; end: number } | undefined {
  let token = '';
  for (let i = start; i < source.length; i++) {
    const character = source.charAt(i);
    if (character === '"') return { token, end: i + 1 };
    if (character === '\\') i++;
    token += source.charAt(i);
  }
  return undefined;
}

function readBare(source: string, start: number): { token: string; end: number } {
  let token = '';
  let i = start;
  for (; i < source.length && !isSpace(source.charAt(i)); i++) {
    if (source.charAt(i) === '\\') i++;
    token += source.charAt(i);
  }
  return { token, end: i };
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf('\n', from);
  return end === -1 ? source.length : end;
}

function endOfMacro(source: string, from: number): number {
  const rest = /\n[ \t\r]*\n/.exec(source.slice(from));
  return rest === null ? source.length : from + rest.index + rest[0].length;
}
