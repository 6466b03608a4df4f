import type { Fields } from '../../text/objects.js';
import { printable } from '../../text/redact.js';
import { invalidLock } from './fields.js';

/** No lock file nests deeper; the limit keeps recursive readers from exhausting the stack. */
const deepest = 50;

/** Parses TOML with a limit for nesting. Throws `LOCK_INVALID` with the line. */
export async function parseToml(text: string, file: string): Promise<Fields> {
  const { parse, TomlError } = await import('smol-toml');
  try {
    return parse(text, { maxDepth: deepest });
  } catch (cause) {
    const line = cause instanceof TomlError ? cause.line : 1;
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw invalidLock(`it is not valid TOML: ${printable(why)}`, { file, line }, cause);
  }
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
