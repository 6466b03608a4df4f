import { clipped } from '../text/clip.js';
import { PeepError } from '../text/errors.js';
import { redactText } from '../text/redact.js';

declare const lineBrand: unique symbol;
/**
 * One line of a file that `peep compile` writes, without any line end of Python's `str.splitlines`. Only `oneLine`
 * creates it.
 */
export type OneLine = string & { readonly [lineBrand]: true };

declare const fixedBrand: unique symbol;
/** A line without `${VARIABLE}`, which pip, uv and peep would replace by a value. Only `fixedLine` creates it. */
export type FixedLine = OneLine & { readonly [fixedBrand]: true };

/** Line ends of Python and of editors, control characters except tab, and a final backslash, which joins lines. */
const beyondOneLine = /[\0-\x08\n-\x1f\x7f-\x9f\u2028\u2029]|\\$/;

/** Throws `COMPILE_INPUT`. */
export function oneLine(text: string): OneLine {
  if (!beyondOneLine.test(text)) return text as OneLine;
  throw new PeepError('COMPILE_INPUT', `cannot write '${shown(text)}': it does not fit on one line`, {
    hint: 'Remove the line end, control character or last backslash from the requirement, name or path.',
  });
}

/**
 * Throws `COMPILE_INPUT` for a line end or a `${VARIABLE}`: text from a page or project must not read a secret
 * (P7).
 */
export function fixedLine(text: string): FixedLine {
  const [variable] = /\$\{[A-Z0-9_]+\}/.exec(text) ?? [];
  if (variable === undefined) return oneLine(text) as FixedLine;
  throw new PeepError('COMPILE_INPUT', `cannot compile '${shown(text)}': it names the variable ${variable}`, {
    hint: 'Write the value itself. Credentials of a host belong in netrc or the keyring.',
  });
}

function shown(text: string): string {
  return clipped(redactText(text));
}
