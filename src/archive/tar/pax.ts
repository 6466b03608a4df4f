import { RuleViolation } from '../findings.js';
import { decodeName } from '../names.js';

/** The fields of a PAX header that change how the next entry is read. */
export interface PaxValues {
  readonly path?: string;
  readonly linkpath?: string;
  readonly size?: number;
}

const significant = new Set(['path', 'linkpath', 'size', 'hdrcharset']);

/** Reads the records of one extended header (POSIX.1-2001): `LENGTH KEY=VALUE\n`, each length counting itself. */
export function parsePax(bytes: Buffer, global: boolean): PaxValues {
  const values: { path?: string; linkpath?: string; size?: number } = {};
  const seen = new Set<string>();
  for (let at = 0; at < bytes.length; ) {
    const { key, value, end } = readRecord(bytes, at);
    at = end;
    if (/^GNU\.sparse\.|^SCHILY\.realsize$/.test(key)) {
      throw new RuleViolation('tar-sparse', undefined, `the PAX header describes a sparse file ('${key}')`);
    }
    if (!significant.has(key)) continue;
    if (global) {
      throw new RuleViolation(
        'tar-pax-global',
        undefined,
        `a global PAX header sets '${key}' for every entry`,
      );
    }
    if (seen.has(key))
      throw new RuleViolation('tar-pax-duplicate', undefined, `the PAX header sets '${key}' twice`);
    seen.add(key);
    if (key === 'size') values.size = readSize(value);
    else if (key === 'hdrcharset') checkCharset(value);
    else if (value.length === 0) throw malformed(`'${key}' is empty`);
    else values[key as 'path' | 'linkpath'] = decodeName(value);
  }
  return values;
}

function readRecord(bytes: Buffer, at: number): { key: string; value: Buffer; end: number } {
  const space = bytes.indexOf(0x20, at);
  const digits = space < 0 ? '' : bytes.toString('latin1', at, Math.min(space, at + 10));
  if (!/^[1-9]\d{0,8}$/.test(digits)) throw malformed('a record has no length');
  const end = at + Number(digits);
  const equals = bytes.indexOf(0x3d, space);
  if (end > bytes.length || bytes[end - 1] !== 0x0a)
    throw malformed('a record does not end where its length says');
  if (equals < 0 || equals >= end || equals === space + 1) throw malformed('a record has no key');
  return { key: bytes.toString('utf8', space + 1, equals), value: bytes.subarray(equals + 1, end - 1), end };
}

function readSize(value: Buffer): number {
  const text = value.toString('latin1');
  if (!/^\d{1,15}$/.test(text)) throw malformed(`'${text}' is not a valid size`);
  return Number(text);
}

function checkCharset(value: Buffer): void {
  const text = value.toString('latin1');
  if (text !== 'ISO-IR 10646 2000 UTF-8') {
    throw new RuleViolation(
      'tar-pax-charset',
      undefined,
      `the PAX header declares names as '${text}', not UTF-8`,
    );
  }
}

function malformed(why: string): RuleViolation {
  return new RuleViolation('tar-pax-malformed', undefined, `a PAX header is malformed: ${why}`);
}
