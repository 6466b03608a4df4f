import type { Span } from './plain-name.js';

/** One element of `files`, as text. */
export interface FileSpan extends Span {
  /** The text between the quotes of its `filename`, and of its `url`; undefined for what only a parser can tell. */
  readonly filename: Span | undefined;
  readonly url: Span | undefined;
}

/** What the text of a JSON page holds, without a value made of it. */
export interface JsonPageOutline {
  /** Members of the page that count, the last of equal ones (as `JSON.parse` has it). */
  readonly members: ReadonlyMap<string, Span>;
  /** Undefined when `files` is absent or no list. */
  readonly files: readonly FileSpan[] | undefined;
  /** The number, from 1, of the first element of `files` that is no object. */
  readonly notAnObject: number | undefined;
}

/** Deeper than any extension of the Simple API nests. */
const maxDepth = 64;
/** More members and elements than the links of a page have among them. */
const maxValues = 4_000_000;

/** Why a text is no page; the rest of a sentence that begins with its address. */
export class JsonRefusal extends Error {
  /** The text may be the beginning of a page. */
  readonly endsEarly: boolean;

  constructor(message: string, endsEarly = false) {
    super(message);
    this.endsEarly = endsEarly;
  }
}

/**
 * Checks all bytes of a page against the grammar of JSON (RFC 8259) and finds the elements of `files`.
 * `isWanted` says which of them are kept: no object is made of any, so that a file of another version costs the reading
 * of its bytes. Throws `JsonRefusal`.
 */
export function outlineJsonPage(
  bytes: Buffer,
  maxFiles: number,
  isWanted: (file: FileSpan) => boolean,
): JsonPageOutline {
  return new Scanner(bytes, maxFiles, isWanted).page();
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openList = 0x5b;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;
const unicode = 0x75;
const minus = 0x2d;
const plus = 0x2b;
const dot = 0x2e;
const zero = 0x30;
const exponent = 0x65;
/** What may follow a backslash, besides `u`. */
const escapes = Buffer.from('"\\/bfnrt');
const words = ['true', 'false', 'null'].map((word) => Buffer.from(word));
const filenameKey = Buffer.from('filename');
const urlKey = Buffer.from('url');

class Scanner {
  readonly #bytes: Buffer;
  readonly #maxFiles: number;
  readonly #isWanted: (file: FileSpan) => boolean;
  #at = 0;
  #values = 0;
  /** Of the string that was read last: did it hold an escape? */
  #escaped = false;
  readonly #members = new Map<string, Span>();
  #files: FileSpan[] | undefined;
  #notAnObject: number | undefined;

  constructor(bytes: Buffer, maxFiles: number, isWanted: (file: FileSpan) => boolean) {
    this.#bytes = bytes;
    this.#maxFiles = maxFiles;
    this.#isWanted = isWanted;
  }

  page(): JsonPageOutline {
    const first = this.#next();
    if (first !== openObject) {
      this.#value(0);
      this.#end();
      throw new JsonRefusal('its JSON is no object');
    }
    this.#at += 1;
    this.#object(1, (key) => this.#member(key));
    this.#end();
    return { members: this.#members, files: this.#files, notAnObject: this.#notAnObject };
  }

  #member(key: Span): void {
    const name = this.#nameOf(key);
    const start = this.#at;
    if (name !== 'files') {
      this.#value(1);
      this.#members.set(name, { start, end: this.#at });
      return;
    }
    this.#notAnObject = undefined;
    this.#files = undefined;
    if (this.#bytes[start] === openList) this.#fileList();
    else this.#value(1);
  }

  #fileList(): void {
    const files: FileSpan[] = [];
    let count = 0;
    this.#files = files;
    this.#list(2, () => {
      count += 1;
      if (count > this.#maxFiles) throw new JsonRefusal(`it has more than ${this.#maxFiles} files`);
      if (this.#bytes[this.#at] !== openObject) {
        this.#notAnObject ??= count;
        this.#value(2);
        return;
      }
      const file = this.#file();
      if (this.#isWanted(file)) files.push(file);
    });
  }

  #file(): FileSpan {
    const start = this.#at;
    let filename: Span | undefined;
    let url: Span | undefined;
    let nameIsClear = true;
    let urlIsClear = true;
    this.#at += 1;
    this.#object(3, (key) => {
      if (this.#escaped) nameIsClear = false;
      const length = key.end - key.start;
      const isName = length === filenameKey.length && this.#stands(filenameKey, key.start);
      const isUrl = length === urlKey.length && this.#stands(urlKey, key.start);
      if (!isName && !isUrl) {
        this.#value(3);
        return;
      }
      const isText = this.#bytes[this.#at] === quote;
      const from = this.#at + 1;
      this.#value(3);
      const span = isText && !this.#escaped ? { start: from, end: this.#at - 1 } : undefined;
      if (isName) {
        filename = span;
        nameIsClear &&= span !== undefined;
      } else {
        url = span;
        urlIsClear = span !== undefined;
      }
    });
    const end = this.#at;
    const isClear = nameIsClear && (urlIsClear || (filename !== undefined && filename.end > filename.start));
    return isClear ? { start, end, filename, url } : { start, end, filename: undefined, url: undefined };
  }

  /** The members of an object whose brace was read. `onMember` stands at the value and reads it. */
  #object(depth: number, onMember: (key: Span) => void): void {
    this.#enter(depth);
    if (this.#next() === closeObject) {
      this.#at += 1;
      return;
    }
    for (;;) {
      if (this.#next() !== quote) throw this.#noJson();
      const start = this.#at + 1;
      this.#string();
      const key = { start, end: this.#at - 1 };
      if (this.#next() !== colon) throw this.#noJson();
      this.#at += 1;
      this.#next();
      onMember(key);
      if (this.#separator(closeObject)) return;
    }
  }

  /** A list whose bracket stands here. `onElement` stands at the element and reads it. */
  #list(depth: number, onElement: () => void): void {
    this.#enter(depth);
    this.#at += 1;
    if (this.#next() === closeList) {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#next();
      onElement();
      if (this.#separator(closeList)) return;
    }
  }

  /** True at the end of a list or object. */
  #separator(close: number): boolean {
    const code = this.#next();
    this.#at += 1;
    if (code === close) return true;
    if (code !== comma) throw this.#noJson();
    this.#count();
    return false;
  }

  /** Any value, inside of `depth` lists and objects. */
  #value(depth: number): void {
    const code = this.#bytes[this.#at];
    if (code === quote) this.#string();
    else if (code === openObject) {
      this.#at += 1;
      this.#object(depth + 1, () => this.#value(depth + 1));
    } else if (code === openList) this.#list(depth + 1, () => this.#value(depth + 1));
    else this.#scalar();
  }

  #string(): void {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    let escaped = false;
    for (;;) {
      const code = bytes[at];
      if (code === quote) break;
      if (code === backslash) {
        escaped = true;
        at = this.#escape(at + 1);
      } else if (code !== undefined && code >= 0x20) at += 1;
      // A control character, or the end.
      else throw this.#noJson(at);
    }
    this.#escaped = escaped;
    this.#at = at + 1;
  }

  /** The position behind an escape whose letter stands at `at`. */
  #escape(at: number): number {
    const letter = this.#bytes[at];
    if (letter === unicode) {
      for (let i = 1; i <= 4; i += 1) if (!isHexDigit(this.#bytes[at + i])) throw this.#noJson(at + i);
      return at + 5;
    }
    if (letter !== undefined && escapes.includes(letter)) return at + 1;
    throw this.#noJson(at);
  }

  #scalar(): void {
    for (const word of words) {
      if (this.#stands(word, this.#at)) {
        this.#at += word.length;
        return;
      }
    }
    this.#number();
  }

  #number(): void {
    if (this.#bytes[this.#at] === minus) this.#at += 1;
    if (this.#bytes[this.#at] === zero) this.#at += 1;
    else this.#digits();
    if (this.#bytes[this.#at] === dot) {
      this.#at += 1;
      this.#digits();
    }
    if (((this.#bytes[this.#at] ?? 0) | 0x20) !== exponent) return;
    this.#at += 1;
    const sign = this.#bytes[this.#at];
    if (sign === plus || sign === minus) this.#at += 1;
    this.#digits();
  }

  #digits(): void {
    const start = this.#at;
    let code = this.#bytes[this.#at];
    while (code !== undefined && code >= 0x30 && code <= 0x39) {
      this.#at += 1;
      code = this.#bytes[this.#at];
    }
    if (this.#at === start) throw this.#noJson();
  }

  /** The next character that is no white space, where the scanner then stands; undefined at the end. */
  #next(): number | undefined {
    let code = this.#bytes[this.#at];
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      this.#at += 1;
      code = this.#bytes[this.#at];
    }
    return code;
  }

  #end(): void {
    this.#next();
    if (this.#at !== this.#bytes.length) throw this.#noJson();
  }

  #enter(depth: number): void {
    this.#count();
    if (depth > maxDepth) throw new JsonRefusal(`its JSON is nested more than ${maxDepth} levels deep`);
  }

  #count(): void {
    this.#values += 1;
    if (this.#values > maxValues) throw new JsonRefusal(`its JSON has more than ${maxValues} values`);
  }

  #nameOf({ start, end }: Span): string {
    const raw = this.#bytes.toString('utf8', start, end);
    return this.#escaped ? String(JSON.parse(`"${raw}"`)) : raw;
  }

  #stands(word: Buffer, at: number): boolean {
    for (let i = 0; i < word.length; i += 1) if (this.#bytes[at + i] !== word[i]) return false;
    return true;
  }

  #noJson(at = this.#at): JsonRefusal {
    return new JsonRefusal('it is no JSON', at >= this.#bytes.length && this.#bytes.length > 0);
  }
}

function isHexDigit(code: number | undefined): boolean {
  if (code === undefined) return false;
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}
