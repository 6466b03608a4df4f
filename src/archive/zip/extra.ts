import { crc32 } from 'node:zlib';
import { RuleViolation } from '../findings.js';

const zip64Id = 0x0001;
const unicodePathId = 0x7075;

/** The sizes and the offset of an entry, after reading its ZIP64 extra field. */
export interface Zip64Values {
  readonly size: number;
  readonly compressed: number;
  readonly offset: number;
}

/**
 * Checks the extra fields of one header and resolves ZIP64 values (APPNOTE 4.5.3). `name` holds the name bytes of
 * that header; `where` says which header it is. A local header has no offset: pass 0.
 */
export function readExtra(
  extra: Buffer,
  name: Buffer,
  values: Zip64Values,
  where: 'central' | 'local',
  entry: string,
): Zip64Values {
  let zip64: Buffer | undefined;
  const seen = new Set<number>();
  for (let at = 0; at < extra.length; ) {
    if (at + 4 > extra.length) throw truncated(entry, where);
    const id = extra.readUInt16LE(at);
    const length = extra.readUInt16LE(at + 2);
    if (at + 4 + length > extra.length) throw truncated(entry, where);
    const body = extra.subarray(at + 4, at + 4 + length);
    if (seen.has(id)) {
      throw new RuleViolation(
        'zip-extra-duplicate',
        entry,
        `its ${where} header holds extra field 0x${id.toString(16)} twice`,
      );
    }
    seen.add(id);
    if (id === zip64Id) zip64 = body;
    if (id === unicodePathId) checkUnicodePath(body, name, entry);
    at += 4 + length;
  }
  return resolveZip64(zip64, values, where, entry);
}

function resolveZip64(
  zip64: Buffer | undefined,
  values: Zip64Values,
  where: 'central' | 'local',
  entry: string,
): Zip64Values {
  const bad = (why: string) =>
    new RuleViolation('zip64-extra', entry, `the ZIP64 field of its ${where} header ${why}`);
  const needs = {
    size: values.size === 0xffffffff,
    compressed: values.compressed === 0xffffffff,
    offset: values.offset === 0xffffffff,
  };
  if (zip64 === undefined) {
    if (needs.size || needs.compressed || needs.offset) throw bad('is missing');
    return values;
  }
  let at = 0;
  const take = (field: Buffer) => {
    if (at + 8 > field.length) throw bad('is too short');
    const value = field.readBigUInt64LE(at);
    at += 8;
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw bad('holds a number larger than any file');
    return Number(value);
  };
  // APPNOTE 4.5.3: a local header has both sizes; one that is not needed must have the same value.
  const both = where === 'local' && zip64.length === 16;
  const resolved = { ...values };
  if (needs.size) resolved.size = take(zip64);
  else if (both && take(zip64) !== values.size) throw bad('gives a different size');
  if (needs.compressed) resolved.compressed = take(zip64);
  else if (both && take(zip64) !== values.compressed) throw bad('gives a different packed size');
  if (needs.offset) resolved.offset = take(zip64);
  if (at !== zip64.length) throw bad('is too long');
  return resolved;
}

/** Info-ZIP's Unicode path: some unpackers use it instead of the name, others do not. */
function checkUnicodePath(body: Buffer, name: Buffer, entry: string): void {
  const same =
    body.length >= 5 &&
    body[0] === 1 &&
    body.readUInt32LE(1) === crc32(name) &&
    body.subarray(5).equals(name);
  if (!same) {
    throw new RuleViolation(
      'zip-unicode-path',
      entry,
      'its Unicode path field and its header give different names',
    );
  }
}

function truncated(entry: string, where: string): RuleViolation {
  return new RuleViolation(
    'zip-extra-truncated',
    entry,
    `the extra fields of its ${where} header are cut off`,
  );
}
