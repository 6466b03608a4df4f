import { describe, expect, it } from 'vitest';
import { parseIni } from '../../../src/config/ini.js';
import { parseNetrc } from '../../../src/config/netrc.js';
import { parseContentRange } from '../../../src/fetch/http/content-range.js';
import { parseRetryAfter } from '../../../src/fetch/http/retry.js';
import { select } from '../../../src/resolver/choose/select.js';
import { createNameFilter } from '../../../src/resolver/pages/name-filter.js';
import type { Page } from '../../../src/resolver/pages/page.js';
import { readPage } from '../../../src/resolver/pages/read-page.js';
import { PeepError } from '../../../src/text/errors.js';
import { expectLinear } from '../../support/growth.js';
import { origin, request } from './samples.js';

const json = 'application/vnd.pypi.simple.v1+json';
const html = 'text/html';
const MB = 1 << 20;
const size = MB / 8;

type Make = (length: number) => string | Buffer;

const wish = request('quill==1.0');

function read(type: string, text: string | Buffer): Page | PeepError {
  try {
    const bytes = Buffer.from(text as string);
    const filter = createNameFilter(new Map([[wish.project, [{ operator: '==', version: '1.0' }] as const]]));
    readPage(type, bytes, origin, filter);
    const page = readPage(type, bytes, origin);
    select(page.links, wish);
    return page;
  } catch (error) {
    if (error instanceof PeepError) return error;
    throw error;
  }
}

function result(type: string, text: string | Buffer): number | string {
  const page = read(type, text);
  return page instanceof PeepError ? page.code : page.links.length;
}

function filler(text: string): Make {
  return (length) => text.repeat(Math.ceil(length / text.length)).slice(0, length);
}

function within(before: string, text: string, after: string): Make {
  return (length) => before + filler(text)(length) + after;
}

const times =
  (text: string): Make =>
  (length) =>
    text.repeat(Math.ceil(length / text.length));
const manyTags = Array(3).fill(Array(16).fill('py3').join('.')).join('-');

describe('an HTML page', () => {
  it('of more anchors than any project has is refused', () => {
    expect(result(html, '<a href="x">'.repeat(500_001))).toBe('PAGE_MALFORMED');
  });

  it.each<[string, Make, number | string]>([
    ['anchors without an address', times('<a>'), 0],
    ['nested tags', times('<div>'), 0],
    ['closing tags', times('</a>'), 0],
    ['attributes', within('<a href=q.zip ', 'x ', '>'), 1],
    ['attributes of one name', within('<a ', 'href=q.zip ', ' >'), 1],
    ['entities', within('<a href="q.zip" data-yanked="', '&lt;', '">'), 1],
    ['entities without an end', within('<a href="q.zip" data-yanked="', '&l', '">'), 1],
    ['an entity of many digits', within('<a href="q.zip" data-yanked="&#', '9', ';">'), 1],
    ['bases', times('<base href="/x/">'), 0],
    ['comments', times('<!---->'), 0],
    ['a comment without an end', within('<!--', '-', ''), 0],
    ['a tag without an end', within('<a href="', 'x', ''), 'PAGE_MALFORMED'],
    ['a tag name without an end', within('<', 'a', ''), 0],
    ['a script without an end', within('<script>', '</scrip', ''), 0],
    ['a declaration without an end', within('<!', 'D', ''), 0],
    ['nothing but <', filler('<'), 0],
    ['nothing but &', filler('&'), 0],
    ['nothing but zeros', (length) => Buffer.alloc(length), 0],
    ['nothing but bytes that are not UTF-8', (length) => Buffer.alloc(length, 0xff), 0],
    ['a long address', within('<a href="', 'a/', 'q.zip">'), 0],
    ['an address of escapes', within('<a href="', '%2F', '.zip">'), 0],
    ['a long fragment', within('<a href="q.zip#', 'a=b&', '">'), 0],
    ['a long Requires-Python', within('<a href="quill-1.0.zip" data-requires-python="', '>=3,', '">'), 1],
    ['blanks in Requires-Python', within('<a href="quill-1.0.zip" data-requires-python=">', ' ', '3">'), 1],
    ['a wheel of many tags', within('<a href="quill-1.0-', 'a.', '-b-c.whl">'), 0],
    ['a version of many parts', within('<a href="quill-', '1.', '.zip">'), 0],
    ['slashes behind a name', within('<a href="/', '/', 'q.zip/">'), 0],
    ['metas with long charsets', within('<meta charset=', ' ', '>'), 0],
  ])('of %s takes time in proportion', (_, make, found) => {
    expect(result(html, make(size))).toBe(found);
    expectLinear(make, (text) => read(html, text), size);
  });

  it.each<[string, Make]>([
    ['links', times(`<a href="https://files.example/quill-1.0-py3-none-any.whl#sha256=${'a'.repeat(64)}">`)],
    ['names of dashes', times(`<a href="quill_${'1-'.repeat(120)}.zip">`)],
    ['wheels of 4,096 tags', times(`<a href="quill-1.0-${manyTags}.whl">`)],
  ])('of many %s takes time in proportion', (_, make) => {
    expect(result(html, make(size))).toBeGreaterThan(100);
    expectLinear(make, (text) => read(html, text), size);
  });
});

describe('a JSON page', () => {
  const pageOf = (files: string) => `{"meta": {"api-version": "1.0"}, "files": [${files}]}`;
  const filesOf =
    (file: string): Make =>
    (length) =>
      pageOf(
        Array(Math.ceil(length / file.length))
          .fill(file)
          .join(),
      );

  it('of many links takes time in proportion', () => {
    const file = `{"url": "https://files.example/quill-1.0-py3-none-any.whl", "hashes": {"sha256": "${'a'.repeat(64)}"}}`;
    expect(result(json, filesOf(file)(MB))).toBe(Math.ceil(MB / file.length));
    expectLinear(filesOf(file), (text) => read(json, text), size);
  });

  it.each<[string, string]>([
    ['files than any project has', pageOf(Array(500_001).fill('{"url":"x"}').join())],
    ['values than a page has', `{"files": [], "x": [${'0,'.repeat(4_000_001)}0]}`],
  ])('of more %s is refused', (_, text) => {
    expect(result(json, text)).toBe('PAGE_MALFORMED');
  });

  it.each<[string, Make]>([
    ['deep lists', filler('[')],
    ['deep lists that end', (length) => pageOf('['.repeat(length) + ']'.repeat(length))],
    ['deep objects', filler('{"a":')],
    [
      'deep objects in a member that nobody reads',
      () => `{"files": [], "x": ${'{"a":'.repeat(65)}1${'}'.repeat(66)}`,
    ],
    ['empty objects and a number', (length) => pageOf(`${'{},'.repeat(length / 3)}0`)],
    ['a text without an end', within('{"files": "', 'x', '')],
    ['a text of backslashes', within('{"files": "', '\\', '')],
    ['nothing but quotes', filler('"')],
    ['nothing but closing brackets', filler(']')],
    ['nothing but zeros', (length) => Buffer.alloc(length)],
    ['a long number for files', within('{"files": ', '9', '}')],
    ['keys of escapes', within('{"files": 1, "', '\\u0061', '": 1}')],
  ])('of %s is refused, in time in proportion', (_, make) => {
    expect(result(json, make(size))).toBe('PAGE_MALFORMED');
    expectLinear(make, (text) => read(json, text), size);
  });

  it.each<[string, Make]>([
    [
      'blanks in requires-python',
      within('{"files": [{"url": "quill-1.0.zip", "requires-python": ">', ' ', '3"}]}'),
    ],
    ['a long reason', within('{"files": [{"url": "quill-1.0.zip", "yanked": "', 'x ', '"}]}')],
    ['a long name', within('{"files": [{"url": "x", "filename": "quill-1', '.0', '.zip"}]}')],
  ])('of %s is read, in time in proportion', (_, make) => {
    expect(result(json, make(size))).toBe(1);
    expectLinear(make, (text) => read(json, text), size);
  });

  it('may say more than peep reads, within reason', () => {
    const deep = `${'{"a":['.repeat(31)}1${']}'.repeat(31)}`;
    expect(result(json, `{"files": [{"url": "q.zip", "x": ${deep}}]}`)).toBe('PAGE_MALFORMED');
    expect(result(json, `{"files": [{"url": "q.zip"}], "x": ${deep}}`)).toBe(1);
    const strange = `${'[{'.repeat(1000)}\\"${'[{'.repeat(1000)}`;
    expect(result(json, `{"files": [{"url": "q.zip", "yanked": "${strange}"}]}`)).toBe(1);
  });
});

describe('other text from outside', () => {
  it.each<[string, (text: string) => unknown, Make]>([
    [
      'content types',
      (text) => attempt(() => readPage(text, Buffer.from(''), origin)),
      within('text/html; charset=', ' ', '"x"y'),
    ],
    ['Content-Range', parseContentRange, within('bytes ', '1', '-')],
    ['Retry-After', (text) => parseRetryAfter(text, 0), within('Mon, ', ' ', 'x')],
    ['netrc macros', parseNetrc, times('macdef x\n \n')],
    ['netrc blanks', parseNetrc, within('macdef x\n', ' \t', 'x')],
    ['netrc quotes', parseNetrc, times('machine "a\\"b" login ')],
    ['pip.conf blanks', (text) => attempt(() => parseIni(text, 'f')), within('[a]\nb', ' ', 'c')],
    [
      'pip.conf continuations',
      (text) => attempt(() => parseIni(text, 'f')),
      within('[a]\nb = 1\n', ' c\n', ''),
    ],
    [
      'pip.conf defaults and sections',
      (text) => attempt(() => parseIni(text, 'f', ['global'])),
      (length) =>
        `[DEFAULT]\n${Array.from({ length: length / 40 }, (_, i) => `k${i} = 1\n`).join('')}` +
        Array.from({ length: length / 40 }, (_, i) => `[s${i}]\n`).join(''),
    ],
  ])('%s take time in proportion', (_, action, make) => {
    expectLinear((length) => String(make(length)), action, size / 2);
  });

  function attempt(action: () => unknown): void {
    try {
      action();
    } catch (error) {
      expect(error).toBeInstanceOf(PeepError);
    }
  }
});
