import type { Fields } from '../../text/objects.js';
import { printable } from '../../text/redact.js';
import { invalidLock } from './fields.js';

/** No lock file nests deeper; the limit keeps recursive readers from exhausting the stack. */
const deepest = 50;

/** The document, or the reason why the text is not TOML. */
export type TomlAnswer =
  | { readonly document: Fields }
  | { readonly line: number; readonly why: string; readonly cause: unknown };

/** Parses a text; invalid text is an answer, not a rejection. */
export type TomlParser = (text: string) => Promise<TomlAnswer>;

/** Parses TOML with a limit for nesting. */
export const parseHere: TomlParser = async (text) => {
  const { parse, TomlError } = await import('smol-toml');
  try {
    return { document: parse(text, { maxDepth: deepest }) };
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    return { line: cause instanceof TomlError ? cause.line : 1, why, cause };
  }
};

/** Throws `LOCK_INVALID` with the line. */
export async function parseToml(text: string, file: string, parser: TomlParser = parseHere): Promise<Fields> {
  const answer = await parser(text);
  if ('document' in answer) return answer.document;
  const { line, why, cause } = answer;
  throw invalidLock(`it is not valid TOML: ${printable(why)}`, { file, line }, cause);
}

/** Decodes UTF-8, which TOML and JSON require. Throws `LOCK_INVALID`. */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidLock('it is not UTF-8', { file, line: 1 }, cause);
  }
}

/** The line numbers of the `[[NAME]]` headers; line 1 for each if the file uses another form. */
export function headerLines(text: string, name: string, count: number): (index: number) => number {
  const header = new RegExp(`^[ \\t]*\\[\\[[ \\t]*${name}[ \\t]*\\]\\]`);
  const lines = text.split('\n').flatMap((line, i) => (header.test(line) ? [i + 1] : []));
  return (index) => (lines.length === count ? (lines[index] ?? 1) : 1);
}
