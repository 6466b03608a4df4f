/** The header fields of METADATA, PKG-INFO or WHEEL: names in lower case, values in the order of the file. */
export type Fields = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the header block of a metadata file: RFC 822 lines up to the first empty one, folded lines joined. What is
 * no header line ends the block, as for Python's e-mail parser.
 */
export function parseFields(text: string): Fields {
  const fields = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === '') break;
    if (/^[ \t]/.test(line)) {
      const value = last?.pop();
      if (value !== undefined) last?.push(`${value}\n${line}`);
      continue;
    }
    const match = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:[ \t]*(.*)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) break;
    const name = match[1].toLowerCase();
    last = fields.get(name) ?? [];
    last.push(match[2].trim());
    fields.set(name, last);
  }
  return fields;
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
