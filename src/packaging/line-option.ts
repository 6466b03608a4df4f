declare const lineOptionBrand: unique symbol;
/** An option of pip's, `--user` or `--target=lib`: one argument that also stands in a line of a generated file without ending it. */
export type LineOption = string & { readonly [lineOptionBrand]: true };

/** Whatever ends a line for Python's `str.splitlines`, and what no argument can hold. */
const lineEnd = /[\0\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** Undefined for a value with a line end in it. */
export function lineOption(name: string, value?: string): LineOption | undefined {
  const text = value === undefined ? name : `${name}=${value}`;
  return lineEnd.test(text) ? undefined : (text as LineOption);
}
