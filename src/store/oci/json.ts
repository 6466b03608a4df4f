type JsonObject = Readonly<Record<string, unknown>>;

/** Throws a `TypeError`; `what` begins its message. */
export function parseObject(bytes: Buffer, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new TypeError(`${what} is no JSON`);
  }
  if (!isRecord(value)) throw new TypeError(`${what} is no JSON object`);
  return value;
}

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
