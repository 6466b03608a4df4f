import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseIni } from '../../../src/config/ini.js';
import { isPeepError } from '../../../src/text/errors.js';
import { defaultPython } from '../../support/pythons.js';

const texts = {
  plain: '[global]\nindex-url = https://a.example/simple\n',
  colon: '[global]\nindex-url: https://a.example/simple\n',
  'no blanks': '[global]\nindex-url=https://a.example/?a=b:c\n',
  'several lines': '[global]\nfind-links =\n    /one\n    /two\n\n    /three\ntimeout = 3\n',
  'a comment inside a value': '[global]\nfind-links =\n    /one\n    # not this\n    /two\n',
  'a comment without indent inside a value': '[global]\nfind-links =\n    /one\n# not this\n    /two\n',
  comments: '# one\n; two\n[global]\n# three\ntimeout = 3 # part of it\n',
  'an indented section': '  [global]\n  timeout = 3\n',
  'indented options': '[global]\n  timeout = 3\n  retries = 4\n',
  'a deeper option goes on with the value': '[global]\ntimeout = 3\n  retries = 4\n',
  'an indented option first': '[global]\n    timeout = 3\nretries = 4\n',
  capitals: '[Global]\nTimeOut = 3\n[global]\nTimeOut = 4\n',
  DEFAULT: '[DEFAULT]\ntimeout = 3\nretries = 1\n[global]\nretries = 2\n[install]\n',
  'DEFAULT twice': '[DEFAULT]\ntimeout = 3\n[DEFAULT]\nretries = 1\n[global]\n',
  'DEFAULT last': '[global]\nretries = 2\n[DEFAULT]\ntimeout = 3\n',
  'line ends': '[global]\r\ntimeout = 3\r\nretries = 4\rcert = x\n',
  'an empty value': '[global]\ntimeout =\nretries = 2\n',
  'empty lines at the end of a value': '[global]\nfind-links = a\n\n\n',
  'a closing bracket in a name': '[glo]bal]\ntimeout = 3\n',
  'text behind a section': '[global] more\ntimeout = 3\n',
  'a section twice': '[global]\n[global]\n',
  'an option twice': '[global]\ntimeout = 3\nTIMEOUT = 4\n',
  'no section': 'timeout = 3\n',
  'no delimiter': '[global]\ntimeout\n',
  'no name': '[global]\n = 3\n',
  'an empty section name': '[]\ntimeout = 3\n',
  nothing: '',
  'only comments': '# a\n\n; b',
  'a continuation before any option': '[global]\n\n   timeout = 3\n',
  tabs: '[global]\nfind-links\t=\ta\n\tb\n',
  percent: '[global]\nindex-url = https://u:p%40w@a.example/\n',
};

function read(text: string): Record<string, Record<string, string>> | 'invalid' {
  try {
    return Object.fromEntries(
      [...parseIni(text, 'pip.conf')].map(([name, options]) => [name, Object.fromEntries(options)]),
    );
  } catch (error) {
    if (isPeepError(error, 'CONFIG_INVALID')) return 'invalid';
    throw error;
  }
}

/** All in one start of Python, for one takes longer than everything else here. */
const code = `
import configparser, json, sys
def read(text):
    p = configparser.RawConfigParser()
    try:
        p.read_file(text.replace('\\r\\n', '\\n').replace('\\r', '\\n').splitlines(True))
    except configparser.Error:
        return 'invalid'
    return {s: dict(p.items(s)) for s in p.sections()}
print(json.dumps({k: read(v) for k, v in json.load(sys.stdin).items()}))`;

const python = await defaultPython();

describe('parseIni', () => {
  describe.skipIf(python === undefined)('reads what RawConfigParser of Python reads', () => {
    const expected =
      python === undefined
        ? {}
        : (JSON.parse(
            execFileSync(python.path, ['-c', code], { input: JSON.stringify(texts) }).toString(),
          ) as Record<string, unknown>);
    it.each(Object.entries(texts))('%s', (name, text) => {
      expect(read(text)).toEqual(expected[name]);
    });
  });

  it('names file and line of what it cannot read', () => {
    expect(() => parseIni('[global]\ntimeout = 3\nbroken\n', '/etc/pip.conf')).toThrowError(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/'\/etc\/pip\.conf'.*'broken'/),
        place: { file: '/etc/pip.conf', line: 3 },
        hint: expect.any(String),
      }),
    );
  });

  it('passes over a byte order mark', () => {
    expect(read('\ufeff[global]\ntimeout = 3\n')).toEqual({ global: { timeout: '3' } });
  });
});
