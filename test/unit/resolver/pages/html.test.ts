import { describe, expect, it } from 'vitest';
import { parseHtmlPage } from '../../../../src/resolver/pages/html.js';
import { origin, pageUrl, sha256, thrown } from '../samples.js';

const links = (text: string) => parseHtmlPage(text, origin).links;
const names = (text: string) => links(text).map(({ filename }) => filename);

describe('an HTML page', () => {
  it('reads what PEP 503 and PEP 592 say of a file', () => {
    const [found] = links(
      `<A HREF='q-1.0.zip#sha256=${sha256('a')}' data-requires-python="&gt;=3.8,&#60;4" ` +
        'data-yanked="broken &amp; gone" data-core-metadata="sha256=1" data-gpg-sig=true>anything</A>',
    );
    expect(found).toEqual({
      filename: 'q-1.0.zip',
      url: `${pageUrl}q-1.0.zip`,
      advertised: [{ algorithm: 'sha256', hex: sha256('a') }],
      size: undefined,
      requiresPython: '>=3.8,<4',
      yanked: 'broken & gone',
      uploadTime: undefined,
      index: origin.index,
      source: 'index',
      order: 0,
    });
  });

  it.each([
    ['without a value', '<a href=q.zip data-yanked>'],
    ['with an empty one', '<a href=q.zip data-yanked="">'],
  ])('takes a data-yanked %s for a yank without a reason', (_, text) => {
    expect(links(text)[0]?.yanked).toBe('');
  });

  it.each([
    ['raw >', '<a data-requires-python=">=2.7" href="q.zip">', '>=2.7'],
    [
      'entities',
      '<a data-requires-python="&#62;&#x3d;2.7,&#x20;!=3.0.*,&lt;99" href="q.zip">',
      '>=2.7, !=3.0.*,<99',
    ],
    ['nothing', '<a data-requires-python="" href="q.zip">', undefined],
    ['white space', '<a data-requires-python=" " href="q.zip">', undefined],
    ['entities without an end', '<a data-requires-python="&gt=3" href="q.zip">', '&gt=3'],
  ])('reads data-requires-python with %s', (_, text, requiresPython) => {
    expect(links(text)[0]?.requiresPython).toBe(requiresPython);
  });

  it('takes the first of equal attributes', () => {
    expect(names('<a href="a.zip" href="b.zip" data-yanked data-yanked="x">')).toEqual(['a.zip']);
  });

  it('resolves all links against the first <base> with an address, wherever it stands', () => {
    const text =
      '<a href="a.zip"></a><base target=x><base href="/pool/"><base href="/other/"><a href="b.zip">';
    expect(links(text).map(({ url }) => url)).toEqual([
      'https://index.example/pool/a.zip',
      'https://index.example/pool/b.zip',
    ]);
  });

  it.each(['javascript:0', 'https://[', 'mailto:x'])(
    'finds no archive against the base %j, or reads past it',
    (base) => {
      for (const { url } of links(`<base href="${base}"><a href="b.zip">`)) expect(url).toMatch(/^https:/);
    },
  );

  it.each([
    ['comments', '<!-- <a href="x.zip"> -->'],
    ['scripts', '<script>document.write("<a href=x.zip>")</script>'],
    ['styles', '<style><a href=x.zip></style>'],
    ['titles', '<title><a href=x.zip></title>'],
    ['text areas', '<textarea><a href=x.zip></textarea>'],
    ['other tags', '<link href=x.zip><abbr href=x.zip><img src=x.zip><b href=x.zip>'],
    ['closing tags', '</a href=x.zip>'],
    ['attribute values', '<p title="<a href=x.zip>">'],
    ['anchors without an address', '<a name=x><a href><a href="">'],
    ['other schemes', '<a href="mailto:x.zip"><a href="javascript:x.zip">'],
    ['unterminated comments', '<!-- <a href=x.zip>'],
  ])('finds no links in %s', (_, text) => {
    expect(names(`<a href=ok.zip>ok</a>${text}`)).toEqual(['ok.zip']);
  });

  it('is refused as cut when it ends within a tag', () => {
    const error = thrown('PAGE_MALFORMED', () => names('<a href=ok.zip>ok</a><a href="x.zip'));
    expect(error.facts.endsEarly).toBe(true);
  });

  it('reads odd spellings of tags', () => {
    expect(
      names("<a\nhref = 'a.zip'\t>x<a/href=b.zip><a href=c.zip/><a href=d.zip /><A\fHREF=e.zip>"),
    ).toEqual(['a.zip', 'b.zip', 'c.zip', 'd.zip', 'e.zip']);
  });

  it('goes by the address, whatever the text of the anchor says', () => {
    expect(names('<a href="b/q-1.0.zip">dists/old/q-2.0.zip</a>')).toEqual(['q-1.0.zip']);
  });

  it.each([
    ['1.0', true],
    ['1.99', true],
    ['0.9', true],
    ['2.0', false],
    ['10.1', false],
    ['one', false],
    ['1.0.0', false],
    ['', false],
  ])('of version %j of the Simple API is read: %s', (version, isRead) => {
    const text = `<meta name="pypi:repository-version" content="${version}"><a href=q.zip>`;
    if (isRead) expect(names(text)).toEqual(['q.zip']);
    else thrown('PAGE_VERSION', () => links(text));
  });

  it('reads the status of the project (PEP 792)', () => {
    const text =
      '<meta name="pypi:project-status" content="archived"><meta content="no &lt;time&gt;" name="pypi:project-status-reason">';
    expect(parseHtmlPage(text, origin).status).toEqual({ status: 'archived', reason: 'no <time>' });
    expect(parseHtmlPage('<a href=q.zip>', origin).status).toBeUndefined();
  });

  it('does not print what a page says as it stands', () => {
    const text = '<meta name="pypi:repository-version" content="2\u001b[31m">';
    expect(thrown('PAGE_VERSION', () => links(text)).message).toContain('\\u{1b}');
  });
});

describe('digests in fragments', () => {
  const upper = sha256('A');
  it.each([
    ['upper case', `#sha256=${upper}`, [{ algorithm: 'sha256', hex: sha256('a') }]],
    ['an upper-case algorithm', `#SHA256=${upper}`, [{ algorithm: 'sha256', hex: sha256('a') }]],
    ['sha512', `#sha512=${'b'.repeat(128)}`, [{ algorithm: 'sha512', hex: 'b'.repeat(128) }]],
    ['several parts', `#egg=q&sha256=${sha256('c')}`, [{ algorithm: 'sha256', hex: sha256('c') }]],
    ['md5', `#md5=${'d'.repeat(32)}`, []],
    ['too few digits', '#sha256=abc', []],
    ['no hex', `#sha256=${'g'.repeat(64)}`, []],
    ['nothing', '#', []],
    ['no digest', '#sha256', []],
  ])('%s', (_, fragment, advertised) => {
    expect(links(`<a href="q.zip${fragment}">`)[0]?.advertised).toEqual(advertised);
  });
});

describe('links that lead elsewhere', () => {
  const refusals = (url: string, href: string, trustedHosts: readonly string[] = []) =>
    parseHtmlPage(`<a href="${href}">`, { ...origin, url, trustedHosts }).links[0]?.refused;

  it('to a file of this machine are refused of pages from the network', () => {
    expect(refusals('https://index.example/q/', 'file:///etc/q-1.0.zip')).toMatch(/^is linked as a file/);
    expect(refusals('http://127.0.0.1/q/', 'file:///etc/q-1.0.zip')).toMatch(/^is linked as a file/);
    expect(refusals('file:///srv/q/index.html', '../q-1.0.zip')).toBeUndefined();
  });

  it('to plain http are refused of pages that came over https, but for trusted hosts', () => {
    expect(refusals('https://index.example/q/', 'http://index.example/q.zip')).toMatch(/plain http/);
    expect(refusals('https://index.example/q/', 'http://127.0.0.1/q.zip')).toMatch(/plain http/);
    expect(refusals('https://index.example/q/', 'http://h.example/q.zip', ['h.example'])).toBeUndefined();
    expect(refusals('http://127.0.0.1/q/', 'http://127.0.0.1/q.zip')).toBeUndefined();
    expect(refusals('file:///srv/q/index.html', 'http://h.example/q.zip')).toBeUndefined();
  });

  it('by way of <base> as well', () => {
    const text = '<base href="http://index.example/"><a href="q.zip">';
    expect(parseHtmlPage(text, origin).links[0]?.refused).toMatch(/plain http/);
  });
});
