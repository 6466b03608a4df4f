/**
 * The lines on which the members of a JSON object's members begin, as `JSON.stringify` with an indent of 4 writes
 * them; line 1 where the text has another form.
 */
export function jsonLines(text: string): (section: string, name: string) => number {
  const lines = new Map<string, number>();
  let section = '';
  text.split('\n').forEach((line, i) => {
    const [, outer] = /^ {4}"([^"]*)": \{/.exec(line) ?? [];
    if (outer !== undefined) section = outer;
    const [, inner] = /^ {8}"([^"]*)": \{/.exec(line) ?? [];
    if (inner !== undefined) lines.set(JSON.stringify([section, inner]), i + 1);
  });
  return (outer, name) => lines.get(JSON.stringify([outer, name])) ?? 1;
}
