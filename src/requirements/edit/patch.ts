import { PeepError, type SourceLocation } from '../../text/errors.js';
import type { TextEncoding } from '../read/decode.js';
import type { PhysicalLine } from '../read/lines.js';

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Changes to the lines of a file, by line number; what no change names keeps its bytes. */
export class LinePatch {
  readonly #lines: readonly PhysicalLine[];
  readonly #file: string;
  readonly #splices = new Map<number, Splice[]>();
  readonly #deleted = new Set<number>();
  readonly #before = new Map<number, string[]>();
  readonly #after = new Map<number, string[]>();

  constructor(lines: readonly PhysicalLine[], file: string) {
    this.#lines = lines;
    this.#file = file;
  }

  text(line: number): string {
    return this.#lines[line - 1]?.text ?? '';
  }

  /** Replaces characters `start` to `end` of a line by ASCII `text`. */
  splice(line: number, start: number, end: number, text: string): void {
    this.#splices.set(line, [...(this.#splices.get(line) ?? []), { start, end, text }]);
  }

  delete(line: number): void {
    this.#deleted.add(line);
  }

  isDeleted(line: number): boolean {
    return this.#deleted.has(line);
  }

  insertBefore(line: number, texts: readonly string[]): void {
    this.#before.set(line, [...(this.#before.get(line) ?? []), ...texts]);
  }

  insertAfter(line: number, texts: readonly string[]): void {
    this.#after.set(line, [...(this.#after.get(line) ?? []), ...texts]);
  }

  /** The file's bytes with all changes. Throws `EDIT_FAILED`. */
  apply(bytes: Uint8Array, encoding: TextEncoding): Uint8Array {
    // New lines end as the file's first one does.
    const ending = this.#lines[0]?.ending === '\r\n' ? '\r\n' : '\n';
    const out: Uint8Array[] = [encoding.mark];
    const put = (text: string): void => void out.push(encoding.encodeAscii(text));
    // Where the last line had no end, the new last line has none.
    let open = '';
    const startLine = (): void => {
      put(open);
      open = '';
    };
    let at = encoding.mark.length;
    for (const line of this.#lines) {
      const end = lineEnd(bytes, at, encoding);
      for (const text of this.#before.get(line.number) ?? []) {
        startLine();
        put(text);
        open = ending;
      }
      if (!this.#deleted.has(line.number)) {
        startLine();
        this.#putLine(line, bytes.subarray(at, end), encoding, out);
        open = line.ending;
      }
      for (const text of this.#after.get(line.number) ?? []) {
        put(open === '' ? ending : open);
        put(text);
        open = ending;
      }
      at = end;
    }
    if (this.#lines.at(-1)?.ending !== '') startLine();
    return Buffer.concat(out);
  }

  #putLine(line: PhysicalLine, bytes: Uint8Array, encoding: TextEncoding, out: Uint8Array[]): void {
    const width = encoding.encodeAscii('x').length;
    let from = 0;
    for (const splice of (this.#splices.get(line.number) ?? []).toSorted((a, b) => a.start - b.start)) {
      // Byte offsets follow from character offsets where only ASCII stands before.
      if (!/^[\u0000-\u007f]*$/.test(line.text.slice(0, splice.end))) {
        throw editFailed(
          { file: this.#file, line: line.number },
          'characters outside ASCII stand before the hash',
        );
      }
      out.push(bytes.subarray(from, splice.start * width), encoding.encodeAscii(splice.text));
      from = splice.end * width;
    }
    out.push(bytes.subarray(from, bytes.length - line.ending.length * width));
  }
}

export function editFailed(place: SourceLocation, why: string): PeepError {
  return new PeepError('EDIT_FAILED', `the requirement cannot be changed in place: ${why}`, {
    place,
    hint: 'Change this requirement by hand.',
  });
}

/** The position behind the next line feed. */
function lineEnd(bytes: Uint8Array, start: number, encoding: TextEncoding): number {
  const newline = encoding.encodeAscii('\n');
  const width = newline.length;
  if (width === 1) {
    const found = bytes.indexOf(0x0a, start);
    return found === -1 ? bytes.length : found + 1;
  }
  for (let at = start; at < bytes.length; at += width) {
    if (newline.every((byte, i) => bytes[at + i] === byte)) return at + width;
  }
  return bytes.length;
}
