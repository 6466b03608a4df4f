/** Reads text from left to right by sticky regular expressions. */
export class Scanner {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** What `pattern` (with the flag `y`) matches here, consumed; or undefined. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  /** PEP 508: only spaces and tabs stand between tokens. True when there were any. */
  skipSpace(): boolean {
    return (this.take(/[ \t]*/y) ?? '') !== '';
  }
}
