import { describe, expect, it } from 'vitest';
import { select } from '../../../src/resolver/choose/select.js';
import type { Page } from '../../../src/resolver/pages/page.js';
import { readPage } from '../../../src/resolver/pages/read-page.js';
import { PeepError } from '../../../src/text/errors.js';
import { origin, request } from './samples.js';

const json = 'application/vnd.pypi.simple.v1+json';
const html = 'text/html';
const MB = 1 << 20;

/** Far more than is needed on a busy machine, and far less than anything that grows out of proportion takes. */
const deadline = 5_000;

function read(type: string, text: string | Buffer): Page | PeepError {
  const started = performance.now();
  try {
    const page = readPage(type, Buffer.from(text as string), origin);
    select(page.links, request('quill==1.0'));
    return page;
  } catch (error) {
    if (error instanceof PeepError) return error;
    throw error;
  } finally {
    expect(performance.now() - started).toBeLessThan(deadline);
  }
}

function linkCount(type: string, text: string | Buffer): number | string {
  const page = read(type, text);
  return page instanceof PeepError ? page.code : page.links.length;
}

const manyTags = Array(3).fill(Array(16).fill('py3').join('.')).join('-');

const filler = (size: number, text: string) => text.repeat(Math.ceil(size / text.length)).slice(0, size);

describe('an HTML page', () => {
  it('of 20 MB of links is read', () => {
    const link = `<a href="https://files.example/quill-1.0-py3-none-any.whl#sha256=${'a'.repeat(64)}">quill</a>\n`;
    const count = Math.ceil((20 * MB) / link.length);
    expect(linkCount(html, link.repeat(count))).toBe(count);
  });

  it('of a million anchors is refused', () => {
    expect(linkCount(html, '<a href="x">'.repeat(1_000_000))).toBe('PAGE_MALFORMED');
  });

  it.each<[string, string | Buffer, number]>([
    ['a million anchors without an address', '<a>'.repeat(1_000_000), 0],
    ['a million nested tags', '<div>'.repeat(1_000_000), 0],
    ['a million closing tags', '</a>'.repeat(1_000_000), 0],
    ['a million attributes', `<a href=q.zip ${'x '.repeat(1_000_000)}>`, 1],
    ['a million attributes of one name', `<a ${'href=q.zip '.repeat(1_000_000)}>`, 1],
    ['a million entities', `<a href="q.zip" data-yanked="${'&lt;'.repeat(1_000_000)}">`, 1],
    ['a million entities without an end', `<a href="q.zip" data-yanked="${'&l'.repeat(1_000_000)}">`, 1],
    ['an entity of a million digits', `<a href="q.zip" data-yanked="&#${'9'.repeat(1_000_000)};">`, 1],
    ['a million bases', '<base href="/x/">'.repeat(1_000_000), 0],
    ['a million comments', '<!---->'.repeat(1_000_000), 0],
    ['a comment without an end', `<!--${filler(20 * MB, '-')}`, 0],
    ['a tag without an end', `<a href="${filler(20 * MB, 'x')}`, 0],
    ['a tag name without an end', `<${filler(20 * MB, 'a')}`, 0],
    ['a script without an end', `<script>${filler(20 * MB, '</scrip')}`, 0],
    ['a declaration without an end', `<!${filler(20 * MB, 'D')}`, 0],
    ['nothing but <', filler(20 * MB, '<'), 0],
    ['nothing but &', filler(20 * MB, '&'), 0],
    ['nothing but zeros', Buffer.alloc(20 * MB), 0],
    ['nothing but bytes that are no UTF-8', Buffer.alloc(20 * MB, 0xff), 0],
    ['an address of 20 MB', `<a href="${filler(20 * MB, 'a/')}q.zip">`, 1],
    ['an address of 5 MB of escapes', `<a href="${filler(5 * MB, '%2F')}.zip">`, 1],
    ['a fragment of 5 MB', `<a href="q.zip#${filler(5 * MB, 'a=b&')}">`, 1],
    [
      'a Requires-Python of 5 MB',
      `<a href="quill-1.0.zip" data-requires-python="${filler(5 * MB, '>=3,')}">`,
      1,
    ],
    ['a wheel of a million tags', `<a href="quill-1.0-${filler(MB, 'a.')}-b-c.whl">`, 1],
    ['a version of a million parts', `<a href="quill-${filler(MB, '1.')}.zip">`, 1],
    ['a name of a million dashes', `<a href="${filler(MB, 'x-')}1.0.zip">`, 1],
    ['a million slashes behind a name', `<a href="/${'/'.repeat(1_000_000)}q.zip/">`, 1],
    ['names of dashes', `<a href="quill_${'1-'.repeat(120)}.zip">`.repeat(100_000), 100_000],
    ['wheels of 4,096 tags', `<a href="quill-1.0-${manyTags}.whl">`.repeat(100_000), 100_000],
  ])('of %s is read', (_, text, count) => {
    expect(linkCount(html, text)).toBe(count);
  });
});

describe('a JSON page', () => {
  const pageOf = (files: string) => `{"meta": {"api-version": "1.0"}, "files": [${files}]}`;

  it('of 20 MB of links is read', () => {
    const file = `{"url": "https://files.example/quill-1.0-py3-none-any.whl", "hashes": {"sha256": "${'a'.repeat(64)}"}}`;
    const count = Math.ceil((20 * MB) / file.length);
    expect(linkCount(json, pageOf(Array(count).fill(file).join()))).toBe(count);
  });

  it.each<[string, string | Buffer]>([
    ['a million files', pageOf(Array(1_000_000).fill('{"url":"x"}').join())],
    ['deep lists', filler(40 * MB, '[')],
    ['deep lists that end', pageOf(filler(MB, '[') + filler(MB, ']'))],
    ['deep objects', filler(40 * MB, '{"a":')],
    [
      'deep objects in a member that nobody reads',
      `{"files": [], "x": ${'{"a":'.repeat(65)}1${'}'.repeat(66)}`,
    ],
    ['ten million numbers', `{"files": [], "x": [${filler(20 * MB, '0,')}0]}`],
    ['ten million empty objects', pageOf(`${filler(30 * MB, '{},')}{}`)],
    ['a text without an end', `{"files": "${filler(40 * MB, 'x')}`],
    ['a text of backslashes', `{"files": "${filler(40 * MB, '\\')}`],
    ['nothing but quotes', filler(20 * MB, '"')],
    ['nothing but closing brackets', filler(20 * MB, ']')],
    ['nothing but zeros', Buffer.alloc(20 * MB)],
    ['a number of a million digits for files', `{"files": ${'9'.repeat(MB)}}`],
  ])('of %s is refused', (_, text) => {
    expect(linkCount(json, text)).toBe('PAGE_MALFORMED');
  });

  it('may say more than peep reads, within reason', () => {
    const deep = `${'{"a":['.repeat(31)}1${']}'.repeat(31)}`;
    expect(linkCount(json, `{"files": [{"url": "q.zip", "x": ${deep}}]}`)).toBe('PAGE_MALFORMED');
    expect(linkCount(json, `{"files": [{"url": "q.zip"}], "x": ${deep}}`)).toBe(1);
    expect(
      linkCount(
        json,
        `{"files": [{"url": "q.zip", "yanked": "${'[{'.repeat(1000)}\\"${'[{'.repeat(1000)}"}]}`,
      ),
    ).toBe(1);
  });
});
