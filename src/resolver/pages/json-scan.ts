import { JsonReader, JsonRefusal, openList, openObject, quote } from './json-reader.js';
import type { Span } from './plain-name.js';

/** The text of one element of `files`. */
export interface FileSpan extends Span {
  /** The text between the quotes of its `filename` and its `url`; undefined if it needs a real parser. */
  readonly filename: Span | undefined;
  readonly url: Span | undefined;
}

/** The result of scanning a JSON page, without building values. */
export interface JsonPageOutline {
  /** The page's known members; of duplicates the last one counts (as in `JSON.parse`). */
  readonly members: ReadonlyMap<string, Span>;
  /** Undefined if `files` is missing or not a list. */
  readonly files: readonly FileSpan[] | undefined;
  /** The number, from 1, of the first element of `files` that is not an object. */
  readonly notAnObject: number | undefined;
}

/**
 * Checks all bytes of a page against the JSON grammar (RFC 8259) and finds the elements of `files`. `isWanted`
 * selects the elements to keep; the others are only scanned, so files of other versions cost little. Throws
 * `JsonRefusal`.
 */
export function outlineJsonPage(
  bytes: Buffer,
  maxFiles: number,
  isWanted: (file: FileSpan) => boolean,
): JsonPageOutline {
  return new PageScanner(bytes, maxFiles, isWanted).page();
}

const filenameKey = Buffer.from('filename');
const urlKey = Buffer.from('url');

class PageScanner {
  readonly #reader: JsonReader;
  readonly #maxFiles: number;
  readonly #isWanted: (file: FileSpan) => boolean;
  readonly #members = new Map<string, Span>();
  #files: FileSpan[] | undefined;
  #notAnObject: number | undefined;

  constructor(bytes: Buffer, maxFiles: number, isWanted: (file: FileSpan) => boolean) {
    this.#reader = new JsonReader(bytes);
    this.#maxFiles = maxFiles;
    this.#isWanted = isWanted;
  }

  page(): JsonPageOutline {
    const reader = this.#reader;
    const first = reader.next();
    if (first !== openObject) {
      reader.value(0);
      reader.end();
      throw new JsonRefusal('its JSON is not an object');
    }
    reader.at += 1;
    reader.object(1, (key) => this.#member(key));
    reader.end();
    return { members: this.#members, files: this.#files, notAnObject: this.#notAnObject };
  }

  #member(key: Span): void {
    const reader = this.#reader;
    const name = reader.nameOf(key);
    const start = reader.at;
    if (name !== 'files') {
      reader.value(1);
      this.#members.set(name, { start, end: reader.at });
      return;
    }
    this.#notAnObject = undefined;
    this.#files = undefined;
    if (reader.bytes[start] === openList) this.#fileList();
    else reader.value(1);
  }

  #fileList(): void {
    const reader = this.#reader;
    const files: FileSpan[] = [];
    let count = 0;
    this.#files = files;
    reader.list(2, () => {
      count += 1;
      if (count > this.#maxFiles) throw new JsonRefusal(`it has more than ${this.#maxFiles} files`);
      if (reader.bytes[reader.at] !== openObject) {
        this.#notAnObject ??= count;
        reader.value(2);
        return;
      }
      const file = this.#file();
      if (this.#isWanted(file)) files.push(file);
    });
  }

  #file(): FileSpan {
    const reader = this.#reader;
    const start = reader.at;
    let filename: Span | undefined;
    let url: Span | undefined;
    let nameIsClear = true;
    let urlIsClear = true;
    reader.at += 1;
    reader.object(3, (key) => {
      if (reader.escaped) nameIsClear = false;
      const length = key.end - key.start;
      const isName = length === filenameKey.length && reader.stands(filenameKey, key.start);
      const isUrl = length === urlKey.length && reader.stands(urlKey, key.start);
      if (!isName && !isUrl) {
        reader.value(3);
        return;
      }
      const isText = reader.bytes[reader.at] === quote;
      const from = reader.at + 1;
      reader.value(3);
      const span = isText && !reader.escaped ? { start: from, end: reader.at - 1 } : undefined;
      if (isName) {
        filename = span;
        nameIsClear &&= span !== undefined;
      } else {
        url = span;
        urlIsClear = span !== undefined;
      }
    });
    const end = reader.at;
    const isClear = nameIsClear && (urlIsClear || (filename !== undefined && filename.end > filename.start));
    return isClear ? { start, end, filename, url } : { start, end, filename: undefined, url: undefined };
  }
}
