import { PeepError } from '../../text/errors.js';

/** A text file's encoding: how its bytes were read and how new ones have to be written. */
export interface TextEncoding {
  /** Name for messages. */
  readonly name: string;
  /** The byte order mark at the start, which is no part of the text. */
  readonly mark: Uint8Array;
  decode(bytes: Uint8Array): string;
  /** Bytes of ASCII text in this encoding. */
  encodeAscii(text: string): Uint8Array;
}

/**
 * Finds the encoding of a requirements file as pip does: a byte order mark, else a PEP 263 declaration in
 * one of the first two lines, else UTF-8.
 * Throws `REQUIREMENTS_ENCODING` for encodings that are unknown or in which ASCII bytes do not mean ASCII text.
 */
export function detectEncoding(bytes: Uint8Array, file: string): TextEncoding {
  for (const encoding of marked) {
    if (encoding.mark.every((byte, i) => bytes[i] === byte)) return encoding;
  }
  const declared = declaration(bytes);
  if (declared === undefined) return utf8;
  const encoding = byName(declared.name);
  if (encoding === undefined) {
    throw new PeepError(
      'REQUIREMENTS_ENCODING',
      `cannot read '${file}': it declares the encoding '${declared.name}', which peep does not read`,
      { place: { file, line: declared.line }, hint: 'Save the file as UTF-8 and take the declaration out.' },
    );
  }
  return encoding;
}

/** The text of a requirements file, without byte order mark. Throws `REQUIREMENTS_ENCODING`. */
export function decodeText(bytes: Uint8Array, file: string, encoding = detectEncoding(bytes, file)): string {
  try {
    return encoding.decode(bytes.subarray(encoding.mark.length));
  } catch (cause) {
    throw new PeepError(
      'REQUIREMENTS_ENCODING',
      `cannot read '${file}': its bytes are not ${encoding.name}`,
      {
        cause,
        hint: 'Save the file as UTF-8, or declare its encoding in the first line: `# -*- coding: latin-1 -*-`.',
      },
    );
  }
}

const noMark = new Uint8Array();

const utf8 = viaDecoder('utf-8', 'UTF-8');

/** Longest marks first: the one of UTF-16 is the start of the one of UTF-32. */
const marked: readonly TextEncoding[] = [
  { ...utf8, mark: Uint8Array.of(0xef, 0xbb, 0xbf) },
  wide('UTF-32', Uint8Array.of(0xff, 0xfe, 0, 0), 4, true),
  wide('UTF-32', Uint8Array.of(0, 0, 0xfe, 0xff), 4, false),
  wide('UTF-16', Uint8Array.of(0xff, 0xfe), 2, true),
  wide('UTF-16', Uint8Array.of(0xfe, 0xff), 2, false),
];

/** Python's names for what TextDecoder knows under its own; only encodings that contain ASCII (PEP 263). */
const decoderLabels: ReadonlyMap<string, string> = new Map([
  ...['utf-8', 'utf8', 'u8', 'utf-8-sig'].map((name) => [name, 'utf-8'] as const),
  ...[2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16].flatMap(
    (n) =>
      [
        [`iso-8859-${n}`, `iso-8859-${n}`],
        [`iso8859-${n}`, `iso-8859-${n}`],
      ] as const,
  ),
  ...[1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258].flatMap(
    (n) =>
      [
        [`cp${n}`, `windows-${n}`],
        [`windows-${n}`, `windows-${n}`],
      ] as const,
  ),
  ...['koi8-r', 'koi8-u', 'gbk', 'gb18030', 'big5', 'euc-jp', 'euc-kr'].map((name) => [name, name] as const),
  ['gb2312', 'gbk'],
  ['shift-jis', 'shift_jis'],
  ['sjis', 'shift_jis'],
]);

const latin1Names = new Set(['latin-1', 'latin1', 'iso-8859-1', 'iso8859-1', 'l1', 'cp819']);
const asciiNames = new Set(['ascii', 'us-ascii']);

function byName(declared: string): TextEncoding | undefined {
  const name = declared.toLowerCase().replaceAll('_', '-');
  // TextDecoder's `latin1` is windows-1252, Python's is not.
  if (latin1Names.has(name)) {
    return { ...utf8, name: 'Latin-1', decode: (bytes) => Buffer.from(bytes).toString('latin1') };
  }
  if (asciiNames.has(name)) return { ...utf8, name: 'ASCII', decode: decodeAscii };
  const label = decoderLabels.get(name);
  return label === undefined ? undefined : viaDecoder(label, declared);
}

function viaDecoder(label: string, name: string): TextEncoding {
  return {
    name,
    mark: noMark,
    decode: (bytes) => new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes),
    encodeAscii: (text) => Buffer.from(text, 'latin1'),
  };
}

function decodeAscii(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte > 0x7f)) throw new RangeError('a byte above 0x7f');
  return Buffer.from(bytes).toString('latin1');
}

function wide(name: string, mark: Uint8Array, width: 2 | 4, little: boolean): TextEncoding {
  return {
    name,
    mark,
    decode: (bytes) => (width === 2 ? decodeUtf16(bytes, little) : decodeUtf32(bytes, little)),
    encodeAscii: (text) => {
      const bytes = new Uint8Array(text.length * width);
      for (let i = 0; i < text.length; i++) bytes[i * width + (little ? 0 : width - 1)] = text.charCodeAt(i);
      return bytes;
    },
  };
}

function decodeUtf16(bytes: Uint8Array, little: boolean): string {
  return new TextDecoder(little ? 'utf-16le' : 'utf-16be', { fatal: true, ignoreBOM: true }).decode(bytes);
}

function decodeUtf32(bytes: Uint8Array, little: boolean): string {
  if (bytes.length % 4 !== 0) throw new RangeError('not a multiple of four bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 4) {
    const point = view.getUint32(i, little);
    if (point >= 0xd800 && point <= 0xdfff) throw new RangeError('a surrogate');
    parts.push(String.fromCodePoint(point));
  }
  return parts.join('');
}

/** PEP 263, as pip reads it: only in a comment that starts in the first column of the first two lines. */
function declaration(bytes: Uint8Array): { name: string; line: number } | undefined {
  let start = 0;
  for (let line = 1; line <= 2 && start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    if (bytes[start] === 0x23) {
      const text = Buffer.from(bytes.subarray(start, Math.min(end, start + declarationReach))).toString(
        'latin1',
      );
      const name = /coding[:=]\s*([-\w.]+)/.exec(text)?.[1];
      if (name !== undefined) return { name, line };
    }
    start = end + 1;
  }
  return undefined;
}

/** Bytes of a line that are searched for a declaration. */
const declarationReach = 4096;
