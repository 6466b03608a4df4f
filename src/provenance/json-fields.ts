import { type Fields, isObject } from '../text/objects.js';
import { Refusal } from './refusal.js';

export type JsonObject = Fields;

/** Readers for fields of exactly one type; each throws `malformed` with the name of the field. */
export function objectAt(parent: JsonObject, field: string): JsonObject {
  return asObject(parent[field], field);
}

export function asObject(value: unknown, what: string): JsonObject {
  if (isObject(value)) return value;
  throw malformed(what, 'is not an object');
}

export function arrayAt(parent: JsonObject, field: string, atMost: number): readonly unknown[] {
  const value = parent[field];
  if (!Array.isArray(value)) throw malformed(field, 'is not a list');
  if (value.length > atMost) throw new Refusal('too-large', `'${field}' has more than ${atMost} items`);
  return value;
}

export function stringAt(parent: JsonObject, field: string, atMost: number): string {
  const value = parent[field];
  if (typeof value !== 'string') throw malformed(field, 'is not a string');
  if (value.length > atMost) throw new Refusal('too-large', `'${field}' is longer than ${atMost} characters`);
  return value;
}

/** Canonical base64 with padding. */
export function bytesAt(parent: JsonObject, field: string, atMost: number): Buffer {
  return decodeBase64(stringAt(parent, field, Math.ceil(atMost / 3) * 4), field);
}

export function decodeBase64(text: unknown, what: string): Buffer {
  const bytes = Buffer.from(typeof text === 'string' ? text : '', 'base64');
  if (bytes.length > 0 && bytes.toString('base64') === text) return bytes;
  throw malformed(what, 'is not canonical base64');
}

/** A whole number below 2^63, written as a string, as in the JSON of protocol buffers. */
export function integerAt(parent: JsonObject, field: string): string {
  const value = parent[field];
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text === 'string' && /^(?:0|[1-9][0-9]{0,18})$/.test(text) && BigInt(text) < 1n << 63n)
    return text;
  throw malformed(field, 'is not a number');
}

export function parseJson(bytes: Uint8Array, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw malformed(what, 'is not valid JSON in UTF-8');
  }
  return asObject(value, what);
}

function malformed(what: string, why: string): Refusal {
  return new Refusal('malformed', `'${what}' ${why}`);
}
