import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, redactText, redactUrl } from '../../../src/text/redact.js';

describe('redactUrl (P7)', () => {
  it.each([
    ['https://user:pass@host/x', 'https://****@host/x'],
    ['https://user:p@ss@host/x', 'https://****@host/x'],
    ['https://token@host', 'https://****@host'],
    ['https://user:pa/SECRET@127.0.0.1:9/s', 'https://****@127.0.0.1:9/s'],
    ['https://user:12/SECRET@host/s', 'https://****@host/s'],
    ['https://user:pa#SECRET@host/s', 'https://****@host/s'],
    ['https://user:pa SECRET@host/s', 'https://****@host/s'],
    ['https://user:pa?SECRET@host/s', 'https://****'],
    ['http:/user:SECRET@host/s', 'http:/****@host/s'],
    ['http:user:SECRET@host/s', 'http:****@host/s'],
    ['HTTP:\\\\user:SECRET@host', 'HTTP:\\\\****@host'],
    [' https://user:SECRET@host', '****@host'],
    ['git+https://user:SECRET@host.example/x.git@v1', 'git+https://****@v1'],
    ['user:SECRET@proxy:8080', '****@proxy:8080'],
    ['//user:SECRET@host', '****@host'],
    ['https://host/x?X-Amz-Signature=abc&y=z#f', 'https://host/x?****#f'],
    ['https://host:1/x?Signature=abc@SECRET', 'https://****'],
    ['https://me.you/SECRET@host', 'https://****@host'],
    ['https://host/\u001b[2J', 'https://host/\\u{1b}[2J'],
  ])('%s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });

  it.each([
    'git+https://host.example/x.git@v1#egg=x',
    'git+ssh://git@host.example/x.git@v1',
    'file:///home/me@there/x.whl',
    'file:///C:/me@there/x.whl',
    'C:\\me@there\\x.whl',
    './me@there/x.whl',
    'no url at all',
  ])('leaves %s: there can be no password in it', (url) => {
    expect(redactUrl(url)).toBe(url);
  });
});

// Characters that a keyboard has, and some that it has not; those that escape are shown differently, not hidden.
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'@:/?#\\%&=[] '),
    fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }),
  ),
});
const host = fc.constantFrom('index.example', 'host', '127.0.0.1:9101', '[::1]:9101', 'localhost');
const rest = fc.constantFrom('', '/', '/simple/', '/simple/?a=b', '/p/x-1.0.tar.gz#sha256=00');
const scheme = fc.constantFrom(
  ...['https://', 'http://', 'http:/', 'http:', 'https:', 'HTTPS:\\\\', 'http:///', 'ftp://', 'git+https://'],
  ...['git+ssh://', 'socks5://', 'foo://', 'https:/\\', '//', ''],
);
const spelled = fc
  .record({ scheme, user: text, password: text, host, rest })
  .filter(
    ({ password, host, rest, scheme }) =>
      password.length >= 4 &&
      !'\\u{****}'.includes(password) &&
      !`${scheme}****@${host}${rest}?****`.includes(password),
  );

describe('no password is shown, however the URL is spelled (P7)', () => {
  it('alone', () => {
    fc.assert(
      fc.property(spelled, ({ scheme, user, password, host, rest }) => {
        // One letter before a colon and a slash is a drive of Windows.
        fc.pre(scheme !== '' || user.length !== 1);
        expect(redactUrl(`${scheme}${user}:${password}@${host}${rest}`)).not.toContain(password);
      }),
      { numRuns: 2000 },
    );
  });

  it('in a line of several', () => {
    // What stands in a word before a colon and a line's other URLs are looked for word by word.
    const words = spelled.filter(({ scheme }) => scheme !== '' && scheme !== '//');
    fc.assert(
      fc.property(
        words,
        words,
        fc.constantFrom('-i ', '--index-url=', 'x @ ', 'x@', '# see "'),
        (one, two, before) => {
          const line = [one, two]
            .map(
              ({ scheme, user, password, host, rest }) =>
                `${before}${scheme}${user}:${password}@${host}${rest}`,
            )
            .join(' ');
          fc.pre(
            ![before, line.replaceAll(one.password, '').replaceAll(two.password, '')]
              .join(' ')
              .includes(one.password),
          );
          const shown = redactText(`first line\n${line}\r\n`);
          expect(shown).not.toContain(one.password);
          expect(shown).not.toContain(two.password);
          expect(shown).toMatch(/^first line\n.*\r\n$/);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('redactText (P7)', () => {
  it.each([
    [
      '--index-url https://u:SECRET1@h/ --extra-index-url https://u:SECRET2@h2/ --bogus',
      '--index-url https://****@h/ --extra-index-url https://****@h2/ --bogus',
    ],
    [
      '--index-url http://user:p@SECRET@127.0.0.1:9101/simple',
      '--index-url http://****@127.0.0.1:9101/simple',
    ],
    ['--extra-index-url https:user:SECRET1@', '--extra-index-url https:****@'],
    ['-i "https://user:pa SECRET@h/"', '-i "https://****@h/"'],
    ['--proxy=user:SECRET@h:1 -i https://h.example/?q', '--proxy=****@h:1 -i https://h.example/?****'],
    ['-i https://${U}:${P}@h/?sig=1 # why?', '-i https://${U}:${P}@h/?**** # why?'],
    ['-i https://${U}:SECRET@h/', '-i https://****@h/'],
    ['-i https://${U}:${P}@SECRET@h/', '-i https://****@h/'],
  ])('%s', (line, shown) => {
    expect(redactText(line)).toBe(shown);
  });

  it.each([
    'quill[a] @ git+https://host.example/quill.git@v1 ; python_version < "4"',
    'quill==1.0 --hash=sha256:00 # ask me@host.example',
    '-i https://host.example/simple # ask me@host.example',
    '# sha256: Abc-_\n\tquill==1.0\r\n',
  ])('leaves %j', (line) => {
    expect(redactText(line)).toBe(line);
  });

  it('shows what would steer a terminal', () => {
    expect(redactText('a\u001b[2J\rb\n')).toBe('a\\u{1b}[2J\\u{d}b\n');
  });

  it.each(['\ufe0f', '\u{e0100}', '\u{e0041}', '\u3164', '\u00ad', '\u180e', '\u200d', '\u2066', '\ud800'])(
    'shows what nobody can see: %j',
    (character) => {
      expect(printable(`a${character}b`)).toMatch(/^a\\u\{[0-9a-f]+\}b$/);
    },
  );
});
