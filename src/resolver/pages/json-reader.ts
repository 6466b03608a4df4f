import type { Span } from './plain-name.js';

/** Deeper than any known extension of the Simple API. */
const maxDepth = 64;
/** More members and elements than the links of a real page have. */
const maxValues = 4_000_000;

/** Why a text is not a valid page; the rest of a sentence that begins with its URL. */
export class JsonRefusal extends Error {
  /** True if the text may be truncated. */
  readonly endsEarly: boolean;

  constructor(message: string, endsEarly = false) {
    super(message);
    this.endsEarly = endsEarly;
  }
}

export const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
export const openList = 0x5b;
const closeList = 0x5d;
export const openObject = 0x7b;
const closeObject = 0x7d;
const unicode = 0x75;
const minus = 0x2d;
const plus = 0x2b;
const dot = 0x2e;
const zero = 0x30;
const exponent = 0x65;
/** Characters that may follow a backslash, besides `u`. */
const escapes = Buffer.from('"\\/bfnrt');
const words = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/**
 * Scans the bytes of a JSON text and checks them against the grammar (RFC 8259) without building values. Each
 * method throws `JsonRefusal` for invalid JSON, or if a limit is exceeded.
 */
export class JsonReader {
  readonly bytes: Buffer;
  /** Current position. */
  at = 0;
  /** True if the last string contained an escape. */
  escaped = false;
  #values = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Scans the members of an object after its opening brace. `onMember` is called at each value and must scan it. */
  object(depth: number, onMember: (key: Span) => void): void {
    this.#enter(depth);
    if (this.next() === closeObject) {
      this.at += 1;
      return;
    }
    for (;;) {
      if (this.next() !== quote) throw this.#noJson();
      const start = this.at + 1;
      this.#string();
      const key = { start, end: this.at - 1 };
      if (this.next() !== colon) throw this.#noJson();
      this.at += 1;
      this.next();
      onMember(key);
      if (this.#separator(closeObject)) return;
    }
  }

  /** Scans a list from its opening bracket. `onElement` is called at each element and must scan it. */
  list(depth: number, onElement: () => void): void {
    this.#enter(depth);
    this.at += 1;
    if (this.next() === closeList) {
      this.at += 1;
      return;
    }
    for (;;) {
      this.next();
      onElement();
      if (this.#separator(closeList)) return;
    }
  }

  /** True at the end of a list or object. */
  #separator(close: number): boolean {
    const code = this.next();
    this.at += 1;
    if (code === close) return true;
    if (code !== comma) throw this.#noJson();
    this.#count();
    return false;
  }

  /** Scans any value inside `depth` lists and objects. */
  value(depth: number): void {
    const code = this.bytes[this.at];
    if (code === quote) this.#string();
    else if (code === openObject) {
      this.at += 1;
      this.object(depth + 1, () => this.value(depth + 1));
    } else if (code === openList) this.list(depth + 1, () => this.value(depth + 1));
    else this.#scalar();
  }

  #string(): void {
    const bytes = this.bytes;
    let at = this.at + 1;
    let escaped = false;
    for (;;) {
      const code = bytes[at];
      if (code === quote) break;
      if (code === backslash) {
        escaped = true;
        at = this.#escape(at + 1);
      } else if (code !== undefined && code >= 0x20) at += 1;
      // A control character, or the end of the text.
      else throw this.#noJson(at);
    }
    this.escaped = escaped;
    this.at = at + 1;
  }

  /** The position after an escape whose letter is at `at`. */
  #escape(at: number): number {
    const letter = this.bytes[at];
    if (letter === unicode) {
      for (let i = 1; i <= 4; i += 1) if (!isHexDigit(this.bytes[at + i])) throw this.#noJson(at + i);
      return at + 5;
    }
    if (letter !== undefined && escapes.includes(letter)) return at + 1;
    throw this.#noJson(at);
  }

  #scalar(): void {
    for (const word of words) {
      if (this.stands(word, this.at)) {
        this.at += word.length;
        return;
      }
    }
    this.#number();
  }

  #number(): void {
    if (this.bytes[this.at] === minus) this.at += 1;
    if (this.bytes[this.at] === zero) this.at += 1;
    else this.#digits();
    if (this.bytes[this.at] === dot) {
      this.at += 1;
      this.#digits();
    }
    if (((this.bytes[this.at] ?? 0) | 0x20) !== exponent) return;
    this.at += 1;
    const sign = this.bytes[this.at];
    if (sign === plus || sign === minus) this.at += 1;
    this.#digits();
  }

  #digits(): void {
    const start = this.at;
    let code = this.bytes[this.at];
    while (code !== undefined && code >= 0x30 && code <= 0x39) {
      this.at += 1;
      code = this.bytes[this.at];
    }
    if (this.at === start) throw this.#noJson();
  }

  /** Skips white space and returns the next character; undefined at the end. */
  next(): number | undefined {
    let code = this.bytes[this.at];
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      this.at += 1;
      code = this.bytes[this.at];
    }
    return code;
  }

  /** Checks that only white space follows. */
  end(): void {
    this.next();
    if (this.at !== this.bytes.length) throw this.#noJson();
  }

  #enter(depth: number): void {
    this.#count();
    if (depth > maxDepth) throw new JsonRefusal(`its JSON is nested more than ${maxDepth} levels deep`);
  }

  #count(): void {
    this.#values += 1;
    if (this.#values > maxValues) throw new JsonRefusal(`its JSON has more than ${maxValues} values`);
  }

  /** The text of the last scanned key. */
  nameOf({ start, end }: Span): string {
    const raw = this.bytes.toString('utf8', start, end);
    return this.escaped ? String(JSON.parse(`"${raw}"`)) : raw;
  }

  /** True if these bytes are at the current position. */
  stands(word: Buffer, at: number): boolean {
    for (let i = 0; i < word.length; i += 1) if (this.bytes[at + i] !== word[i]) return false;
    return true;
  }

  #noJson(at = this.at): JsonRefusal {
    return new JsonRefusal('it is not valid JSON', at >= this.bytes.length && this.bytes.length > 0);
  }
}

function isHexDigit(code: number | undefined): boolean {
  if (code === undefined) return false;
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}
