import { describe, expect, it } from 'vitest';
import { readPage } from '../../../../src/resolver/pages/read-page.js';
import { origin, thrown } from '../samples.js';

const html = '<!DOCTYPE html><a href="q-1.0.zip" data-yanked="défaut">q</a>';
const json = '{"files": [{"url": "q-1.0.zip", "yanked": "défaut"}]}';

const names = (type: string | undefined, bytes: Uint8Array | string) =>
  readPage(type, Buffer.from(bytes), origin).links.map(({ filename }) => filename);
const reasons = (type: string, bytes: Uint8Array) =>
  readPage(type, bytes, origin).links.map(({ yanked }) => yanked);

describe('content types', () => {
  it.each([
    'text/html',
    'Text/HTML; charset=utf-8',
    'application/vnd.pypi.simple.v1+html',
    'application/vnd.pypi.simple.latest+html',
    'application/xhtml+xml',
  ])('%s is HTML', (type) => {
    expect(names(type, html)).toEqual(['q-1.0.zip']);
  });

  it.each(['application/vnd.pypi.simple.v1+json', 'application/json;charset=UTF-8', 'APPLICATION/JSON'])(
    '%s is JSON',
    (type) => {
      expect(names(type, json)).toEqual(['q-1.0.zip']);
    },
  );

  it.each(['application/vnd.pypi.simple.v2+json', 'application/vnd.pypi.simple.v12+html'])(
    '%s is a later version',
    (type) => {
      thrown('PAGE_VERSION', () => names(type, json));
    },
  );

  it.each([
    'application/octet-stream',
    'text/plain',
    'application/zip',
    '',
    'html',
    'text/html2',
    'x/\u001b[2J',
  ])('%j is refused by name', (type) => {
    const error = thrown('PAGE_MALFORMED', () => names(type, html));
    expect(error.message).toMatch(/its content type is/);
  });

  it('none is refused', () => {
    expect(thrown('PAGE_MALFORMED', () => names(undefined, html)).message).toMatch(/without a content type/);
  });
});

describe('charsets', () => {
  it.each([
    ['UTF-8 by default', 'text/html', Buffer.from(html)],
    ['what the answer names', 'text/html; charset=ISO-8859-1', Buffer.from(html, 'latin1')],
    ['with quotes', 'text/html; charset="iso-8859-1"', Buffer.from(html, 'latin1')],
    ['what a <meta> names', 'text/html', Buffer.from(`<meta charset=latin1>${html}`, 'latin1')],
    [
      'what an older <meta> names',
      'text/html',
      Buffer.from(
        `<META http-equiv="content-type" content="text/html; charset=iso-8859-1">${html}`,
        'latin1',
      ),
    ],
    ['a byte order mark before the answer', 'text/html; charset=latin1', Buffer.from(`\ufeff${html}`)],
    ['UTF-16 with a mark', 'text/html', Buffer.from(`\ufeff${html}`, 'utf16le')],
    ['UTF-16 by name', 'text/html; charset=utf-16le', Buffer.from(html, 'utf16le')],
    ['UTF-8, though the answer says UTF-16', 'text/html; charset=utf-16', Buffer.from(html)],
    ['UTF-8, though a <meta> says UTF-16', 'text/html', Buffer.from(`<meta charset=utf-16>${html}`)],
    ['UTF-8 for an unknown name', 'text/html; charset=utf-7', Buffer.from(html)],
    ['UTF-8 for no name', 'text/html; charset=', Buffer.from(html)],
  ])('%s', (_, type, bytes) => {
    expect(reasons(type, bytes)).toEqual(['défaut']);
  });

  it('reads JSON as UTF-8 whatever is said, past a byte order mark', () => {
    expect(reasons('application/json; charset=latin1', Buffer.from(`\ufeff${json}`))).toEqual(['défaut']);
  });

  it('shows wrong bytes as such, and reads on', () => {
    expect(reasons('text/html', Buffer.from(html, 'latin1'))).toEqual(['d\ufffdfaut']);
  });
});
