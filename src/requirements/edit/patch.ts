import { PeepError, type SourceLocation } from '../../text/errors.js';
import type { PhysicalLine } from '../read/lines.js';

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Changes to the lines of a file, by line number; all other lines stay unchanged. */
export class LinePatch {
  readonly #lines: readonly PhysicalLine[];
  readonly #splices = new Map<number, Splice[]>();
  readonly #deleted = new Set<number>();
  readonly #before = new Map<number, string[]>();
  readonly #after = new Map<number, string[]>();

  constructor(lines: readonly PhysicalLine[]) {
    this.#lines = lines;
  }

  text(line: number): string {
    return this.#lines[line - 1]?.text ?? '';
  }

  /** Replaces characters `start` to `end` of a line by `text`. */
  splice(line: number, start: number, end: number, text: string): void {
    append(this.#splices, line, [{ start, end, text }]);
  }

  delete(line: number): void {
    this.#deleted.add(line);
  }

  isDeleted(line: number): boolean {
    return this.#deleted.has(line);
  }

  insertBefore(line: number, texts: readonly string[]): void {
    append(this.#before, line, texts);
  }

  insertAfter(line: number, texts: readonly string[]): void {
    append(this.#after, line, texts);
  }

  /** The text with all changes applied. */
  apply(): string {
    // New lines have the line end of the file's first line.
    const ending = this.#lines[0]?.ending || '\n';
    const out: string[] = [];
    // If the last line had no line end, the new last line has none.
    let open = '';
    const startLine = (): void => {
      out.push(open);
      open = '';
    };
    for (const line of this.#lines) {
      for (const text of this.#before.get(line.number) ?? []) {
        startLine();
        out.push(text);
        open = ending;
      }
      if (!this.#deleted.has(line.number)) {
        startLine();
        out.push(this.#changed(line));
        open = line.ending;
      }
      for (const text of this.#after.get(line.number) ?? []) {
        out.push(open === '' ? ending : open, text);
        open = ending;
      }
    }
    if (this.#lines.at(-1)?.ending !== '') startLine();
    return out.join('');
  }

  #changed({ number, text }: PhysicalLine): string {
    let from = 0;
    const out: string[] = [];
    for (const splice of (this.#splices.get(number) ?? []).toSorted((a, b) => a.start - b.start)) {
      out.push(text.slice(from, splice.start), splice.text);
      from = splice.end;
    }
    return out.join('') + text.slice(from);
  }
}

function append<T>(lists: Map<number, T[]>, line: number, items: readonly T[]): void {
  const list = lists.get(line) ?? [];
  for (const item of items) list.push(item);
  lists.set(line, list);
}

export function editFailed(place: SourceLocation, why: string): PeepError {
  return new PeepError('EDIT_FAILED', `the requirement cannot be changed in place: ${why}`, {
    place,
    hint: 'Change this requirement by hand.',
  });
}

/** The blanks at the start of a line. */
export function indentation(text: string): string {
  return /^[ \t]*/.exec(text)?.[0] ?? '';
}
