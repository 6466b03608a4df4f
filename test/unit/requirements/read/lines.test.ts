import { expect, it } from 'vitest';
import { logicalLines, physicalLines } from '../../../../src/requirements/read/lines.js';

const texts = (text: string) => logicalLines(physicalLines(text), 'r.txt').map((line) => line.text);

// pip strips backslashes from both ends of a line that is continued, so that a `#` may come first in what it joins.
it.each([
  ['a `#` joined to a word belongs to the word', 'quill==1.0\\\n\\#b\\\nc\n', ['quill==1.0#bc']],
  ['over a line of nothing but backslashes', 'quill==1.0\\\n\\\\\n\\#b\\\nc\n', ['quill==1.0#bc']],
  ['a `#` joined to a blank begins a remark', 'quill==1.0 \\\n\\#b\\\nc\n', ['quill==1.0', 'c']],
  ['CRLF alone is an empty line', 'a==1\r\n\r\nb==1\r\n', ['a==1', 'b==1']],
])('%s', (_, text, expected) => {
  expect(texts(text)).toEqual(expected);
});

it.each(['\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\x85', '\u2028', '\u2029', '\r'])(
  'pip starts a line at %j, so that the line means nothing here',
  (separator) => {
    const [line] = logicalLines(physicalLines(`a==1 # x${separator}b==1\n`), 'r.txt');
    expect(line?.stray).toMatchObject({ code: 'LINE_SEPARATOR' });
  },
);
