declare const lineVersionBrand: unique symbol;
/** A version that is one word, so it is safe in a line of a generated file. */
export type LineVersion = string & { readonly [lineVersionBrand]: true };

/** Metadata may fold a version over lines or append options; such a text is not a `LineVersion`. */
export function lineVersion(text: string): LineVersion | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._+!-]{0,199}$/.test(text) ? (text as LineVersion) : undefined;
}
