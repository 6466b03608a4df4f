/** Width at which prose wraps; hash lines never wrap, because they are copied. */
export const textWidth = 80;

/** Wraps prose at `width` columns, with `indent` before each line. Words longer than a line are not split. */
export function wrap(text: string, indent = '', width: number = textWidth): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line.length > indent.length && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
    }
    line += line.length > indent.length ? ` ${word}` : word;
  }
  lines.push(line);
  return lines.join('\n');
}

/** Like `wrap`, with `start` before the first line; further lines are indented by the width of `start`. */
export function wrapAfter(start: string, text: string, width: number = textWidth): string {
  return start + wrap(text, ' '.repeat(start.length), width).slice(start.length);
}
