/** Header fields of METADATA, PKG-INFO or WHEEL. */
export interface Fields {
  /** The values of a field in the order of the file; `name` is in lower case. */
  get(name: string): readonly string[] | undefined;
  /** Reasons why some readers may find other fields: sentences without a full stop. */
  readonly doubts: readonly string[];
}

/** Maximum length of a folded value. */
const maxValueLength = 64 * 1024;
const maxDoubts = 5;
const lineEnd = /\r\n|\r|\n/g;
/** Characters at which only some readers end a line, and control characters. */
const strange = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]/;

/**
 * Reads the fields `wanted` (names in lower case) of the header block: RFC 822 lines up to the first empty line,
 * parsed like Python's e-mail parser. A line that is not a header line ends the block.
 */
export function parseFields(text: string, wanted: ReadonlySet<string>): Fields {
  const fields = new Map<string, string[]>();
  const doubts: string[] = [];
  const doubt = (why: string, line: string) => {
    if (doubts.length < maxDoubts) doubts.push(`${why}: '${line.slice(0, 100)}'`);
  };
  let last: string[] | undefined;
  let first = true;
  for (const line of lines(text)) {
    if (line === '') break;
    if (/^[ \t]/.test(line)) {
      if (first) doubt('the first line continues a field, but no field precedes it', line);
      const value = last?.at(-1);
      if (value !== undefined) {
        if (strange.test(line)) doubt('a field contains a control character', line);
        if (value.length < maxValueLength) last?.splice(-1, 1, `${value}\n${line}`);
        else doubt('a field is too long', line);
      }
      continue;
    }
    first = false;
    last = undefined;
    if (line.startsWith(':')) {
      doubt('a line has no field name', line);
      continue;
    }
    // Python's e-mail parser skips these lines anywhere; other readers end the block or read on.
    if (line.startsWith('From ')) {
      doubt('a line begins with "From "', line);
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    if (!/^[\x21-\x7e]+$/.test(name)) break;
    const key = name.toLowerCase();
    if (!wanted.has(key)) continue;
    if (strange.test(line)) doubt('a field contains a control character', line);
    last = fields.get(key) ?? [];
    last.push(line.slice(colon + 1).trim());
    fields.set(key, last);
  }
  return { get: (name) => fields.get(name), doubts };
}

/** The lines of `text`, one at a time. */
export function* lines(text: string): Generator<string> {
  // Files of current tools have no carriage returns, and RECORD can be long: take the fast path.
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
  /** False if invalid bytes were replaced. */
  readonly exact: boolean;
}

// Keep a byte order mark as the first character, as Python does.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Metadata is UTF-8; old archives use other encodings. */
export function decodeText(bytes: Uint8Array): Text {
  try {
    return { text: strictUtf8.decode(bytes), exact: true };
  } catch {
    return { text: Buffer.from(bytes).toString('utf8'), exact: false };
  }
}
