import { type Fields, isObject } from '../../text/objects.js';

/** Parses a JSON object. Throws a `TypeError`; `what` begins its message. */
export function parseObject(bytes: Buffer, what: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new TypeError(`${what} is not valid JSON`);
  }
  if (!isObject(value)) throw new TypeError(`${what} is not a JSON object`);
  return value;
}
