import { describe, expect, it } from 'vitest';
import { archiveUrl, lastComponent } from '../../../../src/resolver/pages/archive-url.js';
import { pageUrl } from '../samples.js';

describe('archiveUrl', () => {
  it.each([
    ['https://files.example/a/q-1.0.tar.gz', 'https://files.example/a/q-1.0.tar.gz'],
    ['q-1.0.tar.gz', 'https://index.example/simple/quill/q-1.0.tar.gz'],
    ['../../files/q-1.0.tar.gz', 'https://index.example/files/q-1.0.tar.gz'],
    ['/files/q-1.0.tar.gz', 'https://index.example/files/q-1.0.tar.gz'],
    ['//files.example/q-1.0.tar.gz', 'https://files.example/q-1.0.tar.gz'],
    [' https://files.example/q-1.0.tar.gz\n', 'https://files.example/q-1.0.tar.gz'],
    ['HTTPS://FILES.example/q-1.0.tar.gz', 'https://files.example/q-1.0.tar.gz'],
    ['https://files.example/q.zip?format=raw&a=%2F', 'https://files.example/q.zip?format=raw&a=%2F'],
  ])('resolves %j', (address, url) => {
    expect(archiveUrl(address, pageUrl)?.url).toBe(url);
  });

  it.each([
    ['q-1.0+cpu.zip', 'q-1.0%2Bcpu.zip'],
    ['q-1.0%2bcpu.zip', 'q-1.0%2Bcpu.zip'],
    ['q-1!1.0.zip', 'q-1%211.0.zip'],
    ["(q'*).zip", '%28q%27%2A%29.zip'],
    ['qu%69ll.zip', 'quill.zip'],
    ['a b.zip', 'a%20b.zip'],
    ['a%20b.zip', 'a%20b.zip'],
    ['%252e.zip', '%252e.zip'],
    ['dir%2fq.zip', 'dir%2Fq.zip'],
    ['user@q;v=1.zip', 'user@q;v%3D1.zip'],
    ['é.zip', '%C3%A9.zip'],
    ['%ff+.zip', '%ff+.zip'],
  ])('quotes %j as pip does', (address, path) => {
    expect(archiveUrl(address, 'https://index.example/')?.url).toBe(`https://index.example/${path}`);
  });

  it('gives the same answer with and without the short way', () => {
    for (const path of ['/a/q-1.0.zip', '/a/', '/', '/q.zip?x=1', '/q~1.zip#sha256=ab&b=c']) {
      const short = archiveUrl(`https://files.example:8080${path}`, pageUrl);
      expect(short).toEqual(archiveUrl(`https://FILES.example:8080${path}`, pageUrl));
    }
  });

  it.each(['mailto:a@b', 'javascript:alert(1)', 'ftp://h/q.zip', 'http://', 'https://[::1/q.zip', 'data:,x'])(
    'knows no archive at %j',
    (address) => {
      expect(archiveUrl(address, pageUrl)).toBeUndefined();
    },
  );

  it('keeps the fragment apart', () => {
    const url = archiveUrl('q.zip#sha256=ab&egg=q', pageUrl);
    expect(url).toMatchObject({
      url: `${pageUrl}q.zip`,
      fragment: 'sha256=ab&egg=q',
      path: '/simple/quill/q.zip',
    });
  });
});

describe('lastComponent', () => {
  it.each([
    ['/a/q-1.0.zip', 'q-1.0.zip'],
    ['/a/q-1.0.zip/', 'q-1.0.zip'],
    ['/a/q-1.0%2Bcpu.zip//', 'q-1.0+cpu.zip'],
    ['/a/dir%2Fq-1.0.zip', 'q-1.0.zip'],
    ['/a/..%2F..%2Fq.zip', 'q.zip'],
    ['/a/%252e%252e%252fq.zip', '%2e%2e%2fq.zip'],
    ['/a/dir%5Cq.zip', 'dir\\q.zip'],
    ['/a/%ff.zip', '%ff.zip'],
    ['/', ''],
    ['', ''],
  ])('of %j is %j', (path, name) => {
    expect(lastComponent(path)).toBe(name);
  });
});
