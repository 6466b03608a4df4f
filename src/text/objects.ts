/** The fields of a JSON object or a TOML table. */
export type Fields = Readonly<Record<string, unknown>>;

/** True for JSON objects and TOML tables, not for lists and TOML dates. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
