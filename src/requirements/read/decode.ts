import { isPeepError, PeepError } from '../../text/errors.js';
import { commentStart } from './lines.js';

/** How to decode a text file, and how to encode changed text. */
export interface TextEncoding {
  /** Name of the encoding for messages. */
  readonly name: string;
  /** The byte order mark at the start, which is not part of the text. */
  readonly mark: Uint8Array;
  /** Throws if the bytes are not valid in this encoding. */
  decode(bytes: Uint8Array): string;
  /** Text for editing: ASCII characters are themselves, and `pack` returns the same bytes. */
  unpack(bytes: Uint8Array): string;
  pack(text: string): Uint8Array;
}

/**
 * Finds the encoding of a requirements file as pip does: a byte order mark, else a PEP 263 declaration in one of
 * the first two lines, else UTF-8. Throws `REQUIREMENTS_ENCODING` for a declared encoding that peep does not
 * support.
 */
export function detectEncoding(bytes: Uint8Array, file: string): TextEncoding {
  // Most pips take this mark for that of UTF-16, and would read different text.
  if (littleUtf32.every((byte, i) => bytes[i] === byte)) {
    throw unreadable(file, 'it is UTF-32 with the low byte first, which most pips read as UTF-16');
  }
  for (const encoding of marked) {
    if (encoding.mark.every((byte, i) => bytes[i] === byte)) return encoding;
  }
  const declared = declaration(bytes);
  if (declared === undefined) return utf8;
  const encoding = byName(declared.name, file, declared.line);
  if (encoding !== undefined) return encoding;
  throw new PeepError(
    'REQUIREMENTS_ENCODING',
    `cannot read '${file}': it declares the encoding '${declared.name.slice(0, 100)}', which peep does not read`,
    { place: { file, line: declared.line }, hint: 'Save the file as UTF-8 and remove the declaration.' },
  );
}

/** Decodes a requirements file, without its byte order mark. Throws `REQUIREMENTS_ENCODING`. */
export function decodeText(bytes: Uint8Array, file: string, encoding = detectEncoding(bytes, file)): string {
  const content = bytes.subarray(encoding.mark.length);
  const mixed = encodingMix(content, encoding);
  if (mixed !== undefined) throw unreadable(file, mixed);
  try {
    return encoding.decode(content);
  } catch (cause) {
    if (isPeepError(cause)) throw cause;
    throw unreadable(file, `its bytes are not ${encoding.name}`, cause);
  }
}

function unreadable(file: string, why: string, cause?: unknown): PeepError {
  return new PeepError('REQUIREMENTS_ENCODING', `cannot read '${file}': ${why}`, {
    cause,
    hint: 'Save the whole file as UTF-8.',
  });
}

const noMark = new Uint8Array();

const littleUtf32 = Uint8Array.of(0xff, 0xfe, 0, 0);

const utf8 = unicode('UTF-8', noMark, decodeUtf8, (text) => Buffer.from(text, 'utf8'));

const marked: readonly TextEncoding[] = [
  { ...utf8, mark: Uint8Array.of(0xef, 0xbb, 0xbf) },
  unicode('UTF-32', Uint8Array.of(0, 0, 0xfe, 0xff), decodeUtf32, encodeUtf32),
  wide('UTF-16', Uint8Array.of(0xff, 0xfe), true),
  wide('UTF-16', Uint8Array.of(0xfe, 0xff), false),
];

/** Python's names for encodings that TextDecoder has under other names; only encodings that contain ASCII (PEP 263). */
const decoderLabels: ReadonlyMap<string, string> = new Map([
  ...[2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16].flatMap((n) => [
    [`iso-8859-${n}`, `iso-8859-${n}`] as const,
    [`iso8859-${n}`, `iso-8859-${n}`] as const,
  ]),
  ...[1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258].flatMap((n) => [
    [`cp${n}`, `windows-${n}`] as const,
    [`windows-${n}`, `windows-${n}`] as const,
  ]),
  ...['koi8-r', 'koi8-u', 'gbk', 'gb18030', 'big5', 'euc-jp', 'euc-kr'].map((name) => [name, name] as const),
  ['gb2312', 'gbk'],
]);

const utf8Names = new Set(['utf-8', 'utf8', 'u8', 'utf-8-sig']);
const latin1Names = new Set(['latin-1', 'latin1', 'iso-8859-1', 'iso8859-1', 'l1', 'cp819']);
const asciiNames = new Set(['ascii', 'us-ascii']);

function byName(declared: string, file: string, line: number): TextEncoding | undefined {
  const name = declared.toLowerCase().replaceAll('_', '-');
  if (utf8Names.has(name)) return utf8;
  // TextDecoder reads `latin1` as windows-1252; Python does not.
  const decode = latin1Names.has(name)
    ? decodeBytes
    : asciiNames.has(name)
      ? decodeAscii
      : viaDecoder(decoderLabels.get(name));
  if (decode === undefined) return undefined;
  return {
    name: declared,
    mark: noMark,
    decode(bytes) {
      const text = decode(bytes);
      const different = firstDifference(text, new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
      if (different === undefined) return text;
      throw new PeepError(
        'REQUIREMENTS_ENCODING',
        `cannot read '${file}': it declares the encoding '${declared.slice(0, 100)}', in which line ${different} differs from UTF-8`,
        { place: { file, line }, hint: 'Save the file as UTF-8 and remove the declaration.' },
      );
    },
    unpack: decodeBytes,
    pack: (text) => Buffer.from(text, 'latin1'),
  };
}

/**
 * The first line whose text, without comments, differs between the two encodings. Editors and reviewers read the
 * file as UTF-8, so a declaration must not change its meaning (contract section 3).
 */
function firstDifference(a: string, b: string): number | undefined {
  if (a === b) return undefined;
  const [first, second] = [a.split('\n'), b.split('\n')];
  const content = (line: string | undefined) => line?.slice(0, commentStart(line));
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    if (content(first[i]) !== content(second[i])) return i + 1;
  }
  return undefined;
}

function viaDecoder(label: string | undefined): ((bytes: Uint8Array) => string) | undefined {
  if (label === undefined) return undefined;
  return (bytes) => new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes);
}

function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

function decodeBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function decodeAscii(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte > 0x7f)) throw new RangeError('a byte above 0x7f');
  return decodeBytes(bytes);
}

function unicode(
  name: string,
  mark: Uint8Array,
  decode: (bytes: Uint8Array) => string,
  pack: (text: string) => Uint8Array,
): TextEncoding {
  return { name, mark, decode, unpack: decode, pack };
}

function wide(name: string, mark: Uint8Array, little: boolean): TextEncoding {
  return unicode(
    name,
    mark,
    (bytes) => decodeUtf16(bytes, little),
    (text) => encodeUtf16(text, little),
  );
}

function decodeUtf16(bytes: Uint8Array, little: boolean): string {
  return new TextDecoder(little ? 'utf-16le' : 'utf-16be', { fatal: true, ignoreBOM: true }).decode(bytes);
}

function encodeUtf16(text: string, little: boolean): Uint8Array {
  const bytes = Buffer.from(text, 'utf16le');
  return little ? bytes : bytes.swap16();
}

function decodeUtf32(bytes: Uint8Array): string {
  if (bytes.length % 4 !== 0) throw new RangeError('not a multiple of four bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 4) {
    const point = view.getUint32(i);
    if (point >= 0xd800 && point <= 0xdfff) throw new RangeError('a surrogate');
    parts.push(String.fromCodePoint(point));
  }
  return parts.join('');
}

function encodeUtf32(text: string): Uint8Array {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const view = new DataView(new ArrayBuffer(points.length * 4));
  points.forEach((point, i) => {
    view.setUint32(i * 4, point);
  });
  return new Uint8Array(view.buffer);
}

/**
 * PEP 263, as pip reads it: only in a comment at the start of the first or second line. Only a line feed ends a
 * line here, and pip searches the whole line, so its length is not limited.
 */
function declaration(bytes: Uint8Array): { name: string; line: number } | undefined {
  let start = 0;
  for (let line = 1; line <= 2 && start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    if (bytes[start] === 0x23) {
      const text = Buffer.from(bytes.subarray(start, end)).toString('latin1');
      const name = /coding[:=][ \t\n\r\f\v]*([-\w.]+)/.exec(text)?.[1];
      if (name !== undefined) return { name, line };
    }
    start = end + 1;
  }
  return undefined;
}

/**
 * Explains a common cause of bad bytes: one program writes a file and another appends to it in a different
 * encoding.
 */
function encodingMix(content: Uint8Array, { name }: TextEncoding): string | undefined {
  if (name === 'UTF-8') {
    const start = wideRun(content);
    if (start === undefined) return undefined;
    return start < 4
      ? 'it is UTF-16 without a byte order mark'
      : `it is UTF-8, and UTF-16 from line ${lineAt(content, start)} on: two programs probably wrote it`;
  }
  if (name !== 'UTF-16') return undefined;
  // In UTF-16, the bytes `==` without zeros between them form one character that hardly any text contains.
  const narrow = /[A-Za-z0-9._-]{1,60}==[A-Za-z0-9][\w.+!-]{0,60}/.exec(
    Buffer.from(content).toString('latin1'),
  )?.[0];
  return narrow === undefined
    ? undefined
    : `it is UTF-16, and UTF-8 where it says '${narrow.slice(0, 100)}': two programs probably wrote it`;
}

/** The position where ASCII characters with two bytes each begin: at least four zeros in alternate bytes. */
function wideRun(content: Uint8Array): number | undefined {
  for (let at = content.indexOf(0); at !== -1; at = content.indexOf(0, at + 1)) {
    let length = 0;
    while (content[at + 2 * length] === 0 && isText(content[at + 2 * length + 1])) length++;
    if (length >= 4) return Math.max(0, at - 1);
  }
  return undefined;
}

function isText(byte: number | undefined): boolean {
  return byte !== undefined && (byte === 0x0a || byte === 0x0d || (byte >= 0x20 && byte < 0x7f));
}

function lineAt(bytes: Uint8Array, position: number): number {
  let line = 1;
  for (let at = bytes.indexOf(0x0a); at !== -1 && at < position; at = bytes.indexOf(0x0a, at + 1)) line++;
  return line;
}
