declare const lineOptionBrand: unique symbol;
/**
 * An option for pip, such as `--user` or `--target=lib`, without line ends: safe as an argument and in a line of a
 * generated file.
 */
export type LineOption = string & { readonly [lineOptionBrand]: true };

/** NUL, which no argument can contain, and all line ends of Python's `str.splitlines`. */
const lineEnd = /[\0\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** Returns undefined if the value contains a line end. */
export function lineOption(name: string, value?: string): LineOption | undefined {
  const text = value === undefined ? name : `${name}=${value}`;
  return lineEnd.test(text) ? undefined : (text as LineOption);
}
