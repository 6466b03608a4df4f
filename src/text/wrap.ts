/** Width at which prose wraps; hash lines never wrap, because they are copied. */
export const textWidth = 80;

/**
 * Wraps prose at `width` columns, with `indent` before each line. Paths, URLs and other words that are longer than a
 * line are not split, and a command in backticks stays on one line if it fits.
 */
export function wrap(text: string, indent = '', width: number = textWidth): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of words(text, width - indent.length)) {
    if (line.length > indent.length && visibleLength(line) + 1 + visibleLength(word) > width) {
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

/**
 * Wraps the lines that are longer than `width`; the others, and the indentation of each, stay as they are. A line that
 * a backslash joins to the next one is for copying and stays whole.
 */
export function fitLines(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => {
      if (visibleLength(line) <= width || line.endsWith('\\')) return line;
      const indent = /^ */.exec(line)?.[0] ?? '';
      return wrap(line, indent, width);
    })
    .join('\n');
}

function words(text: string, width: number): readonly string[] {
  const joined: string[] = [];
  let command = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const longer = command === '' ? word : `${command} ${word}`;
    const isOpen = longer.split('`').length % 2 === 0;
    // A command that is longer than a line is text like any other.
    if (longer.length > width && command !== '') joined.push(...command.split(' '), word);
    else if (isOpen) {
      command = longer;
      continue;
    } else joined.push(longer);
    command = '';
  }
  return command === '' ? joined : [...joined, ...command.split(' ')];
}

/** Without the escape codes of colours. */
function visibleLength(text: string): number {
  return text.replace(/\u001b\[\d+m/g, '').length;
}
