/** Reads text from left to right with sticky regular expressions. */
export class Scanner {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** Consumes and returns the match of `pattern` (with the flag `y`) at this position, or undefined. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  /** PEP 508: only spaces and tabs may be between tokens. Returns true if there were any. */
  skipSpace(): boolean {
    return (this.take(/[ \t]*/y) ?? '') !== '';
  }
}
