import { type Fields, isObject } from '../../text/objects.js';

/** Throws a `TypeError`; `what` begins its message. */
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
