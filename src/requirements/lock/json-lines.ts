/**
 * The line numbers of second-level members of a JSON object, in the form that `JSON.stringify` writes with an
 * indent of 4; line 1 if the text has another form.
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
