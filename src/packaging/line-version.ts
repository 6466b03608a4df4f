declare const lineVersionBrand: unique symbol;
/** A version that is one word, so it is safe in a line of a generated file. */
export type LineVersion = string & { readonly [lineVersionBrand]: true };

/** Returns undefined for any other text: a version in metadata is untrusted, and may contain line ends or options. */
export function lineVersion(text: string): LineVersion | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._+!-]{0,199}$/.test(text) ? (text as LineVersion) : undefined;
}
