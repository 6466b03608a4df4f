/** The colours of peep's output; plain text if colour is off. */
export interface Style {
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

export function createStyle(color: boolean): Style {
  const style = (open: number, close: number) => (text: string) =>
    color ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    red: style(31, 39),
    yellow: style(33, 39),
    green: style(32, 39),
    dim: style(2, 22),
    bold: style(1, 22),
  };
}

/**
 * True if colour is on. `--no-color` and `NO_COLOR` turn it off, `FORCE_COLOR` on (0 means off); otherwise it is on
 * for a terminal that is not `dumb`.
 */
export function wantsColor(
  env: Readonly<Record<string, string | undefined>>,
  noColor: boolean,
  isTerminal: boolean,
): boolean {
  if (noColor || (env.NO_COLOR ?? '') !== '') return false;
  const force = env.FORCE_COLOR;
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}

/** A unified diff with its lines in red and green. */
export function paintedDiff(diff: string, { red, green }: Style): string {
  return diff.replace(/^(?:-(?!--).*|\+(?!\+\+).*)$/gm, (line) =>
    line.startsWith('-') ? red(line) : green(line),
  );
}
