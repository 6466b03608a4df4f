/** Header fields by their names in lower case, values in the order of the file. */
export type Fields = ReadonlyMap<string, readonly string[]>;

/** A folded value grows no further than this. */
const maxValueLength = 64 * 1024;
const lineEnd = /\r\n|\r|\n/g;

/**
 * Reads `wanted` fields (names in lower case) of the header block of METADATA, PKG-INFO or WHEEL: RFC 822 lines up to
 * the first empty one. What is no header line ends the block, as for Python's e-mail parser.
 */
export function parseFields(text: string, wanted: ReadonlySet<string>): Fields {
  const fields = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const line of lines(text)) {
    if (line === '') break;
    if (/^[ \t]/.test(line)) {
      const value = last?.at(-1);
      if (value !== undefined && value.length < maxValueLength) last?.splice(-1, 1, `${value}\n${line}`);
      continue;
    }
    if (line.startsWith(':')) continue;
    const match = /^([\x21-\x39\x3b-\x7e]+):[ \t]*(.*)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) break;
    const name = match[1].toLowerCase();
    last = undefined;
    if (!wanted.has(name)) continue;
    last = fields.get(name) ?? [];
    last.push(match[2].trim());
    fields.set(name, last);
  }
  return fields;
}

/** The lines of `text`, one at a time. */
export function* lines(text: string): Generator<string> {
  // Files of current tools have no carriage returns, and RECORD can be long.
  const ends = text.includes('\r') ? text.replaceAll(lineEnd, '\n') : text;
  let start = 0;
  for (let end = ends.indexOf('\n'); end >= 0; end = ends.indexOf('\n', start)) {
    yield ends.slice(start, end);
    start = end + 1;
  }
  yield ends.slice(start);
}

export interface Text {
  readonly text: string;
  /** False when bytes had to be replaced. */
  readonly exact: boolean;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Metadata is UTF-8; old archives hold other encodings in it. */
export function decodeText(bytes: Buffer): Text {
  try {
    return { text: strictUtf8.decode(bytes), exact: true };
  } catch {
    return { text: bytes.toString('utf8'), exact: false };
  }
}
