/**
 * Splits text into words as Python's `shlex.split` does (POSIX rules, no comments): quotes, backslashes. Undefined
 * if a quote or backslash is not closed.
 */
export function shellWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === ' ' || character === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === '\\') {
      if (i + 1 === text.length) return undefined;
      word = (word ?? '') + text.charAt(++i);
    } else if (character === "'" || character === '"') {
      const quoted = readQuoted(text, i + 1, character);
      if (quoted === undefined) return undefined;
      word = (word ?? '') + quoted.content;
      i = quoted.end;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function readQuoted(
  text: string,
  start: number,
  quote: string,
): { content: string; end: number } | undefined {
  let content = '';
  for (let i = start; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === quote) return { content, end: i };
    // Between double quotes a backslash escapes only itself and the quote.
    if (quote === '"' && character === '\\' && /["\\]/.test(text.charAt(i + 1))) {
      content += text.charAt(++i);
    } else {
      content += character;
    }
  }
  return undefined;
}
