/** One challenge of a `WWW-Authenticate` header. Names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** RFC 9110, 5.6.2. */
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const parameter = new RegExp(
  `(${token})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s",]+))[ \\t]*(?=,|$)`,
  'y',
);
const schemeName = new RegExp(`(${token})(?:[ \\t]+|(?=,|$))`, 'y');
const gap = /[ \t,]*/y;

/**
 * Parses a `WWW-Authenticate` header (RFC 9110, 11.6.1), in which commas separate both challenges and parameters.
 * Text after an invalid part is ignored; of duplicate parameters the first counts.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(header);
    if (match !== null) position = pattern.lastIndex;
    return match;
  };
  for (take(gap); position < header.length; take(gap)) {
    const found = take(parameter);
    if (found !== null) {
      const [, name = '', quoted, bare = ''] = found;
      const last = challenges.at(-1);
      if (last === undefined) return challenges;
      last.parameters[name.toLowerCase()] ??= quoted?.replace(/\\(.)/gs, '$1') ?? bare;
      continue;
    }
    const scheme = take(schemeName)?.[1];
    if (scheme === undefined) return challenges;
    challenges.push({ scheme: scheme.toLowerCase(), parameters: Object.create(null) });
  }
  return challenges;
}
