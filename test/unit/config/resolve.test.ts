import { describe, expect, it } from 'vitest';
import { defaultIndexUrl } from '../../../src/config/defaults.js';
import { withFormatOption } from '../../../src/config/format-control.js';
import { parseIni } from '../../../src/config/ini.js';
import {
  type ConfiguredContext,
  type FileIndexOptions,
  type IndexCommandLine,
  type NetworkCommandLine,
  resolveFormatControl,
  resolveIndexSettings,
  resolveNetworkSettings,
} from '../../../src/config/resolve.js';

const bare: IndexCommandLine = {
  indexUrl: undefined,
  extraIndexUrls: [],
  noIndex: false,
  findLinks: [],
  formats: [],
  preferBinary: false,
  pre: false,
  trustedHosts: [],
};
const emptyFile: FileIndexOptions = { ...bare, noBinary: new Set(), onlyBinary: new Set() };
const noNetwork: NetworkCommandLine = {
  timeout: undefined,
  retries: undefined,
  proxy: undefined,
  cert: undefined,
  clientCert: undefined,
  keyringProvider: undefined,
};

function context(env: Record<string, string> = {}, conf = ''): ConfiguredContext {
  return {
    env,
    pipConfig: conf === '' ? [] : [{ path: '/etc/pip.conf', sections: parseIni(conf, '/etc/pip.conf') }],
    cwd: '/project',
    home: '/home/me',
    platform: 'linux',
  };
}

const a = 'https://a.example/simple/';
const b = 'https://b.example/simple/';
const c = 'https://c.example/simple/';
const d = 'https://d.example/simple/';

describe('which indexes are asked', () => {
  const urls = (
    given: Partial<IndexCommandLine>,
    file?: Partial<FileIndexOptions>,
    where = context(),
  ): readonly string[] =>
    resolveIndexSettings({ ...bare, ...given }, file && { ...emptyFile, ...file }, where).indexUrls;

  it("PyPI's when nothing is configured", () => {
    expect(urls({})).toEqual([defaultIndexUrl]);
  });

  it('requirements file over command line over variable over pip.conf', () => {
    const where = context({ PIP_INDEX_URL: b }, `[global]\nindex-url = ${a}\n`);
    expect(urls({}, undefined, context({}, `[global]\nindex-url = ${a}\n`))).toEqual([a]);
    expect(urls({}, undefined, where)).toEqual([b]);
    expect(urls({ indexUrl: c }, undefined, where)).toEqual([c]);
    expect(urls({ indexUrl: c, extraIndexUrls: [a] }, { indexUrl: d }, where)).toEqual([d]);
    expect(urls({ indexUrl: c }, { indexUrl: d, extraIndexUrls: [a] }, where)).toEqual([d, a]);
  });

  it('extra ones add up, but for a variable, which replaces the list of pip.conf', () => {
    const conf = `[global]\nextra-index-url =\n  ${a}\n  ${b}\n`;
    expect(urls({ extraIndexUrls: [c] }, { extraIndexUrls: [d] }, context({}, conf))).toEqual([
      defaultIndexUrl,
      a,
      b,
      c,
      d,
    ]);
    expect(
      urls({ extraIndexUrls: [c] }, undefined, context({ PIP_EXTRA_INDEX_URL: `${d} ${b}` }, conf)),
    ).toEqual([defaultIndexUrl, d, b, c]);
  });

  it('none with --no-index, wherever it stands', () => {
    expect(urls({ noIndex: true, indexUrl: a })).toEqual([]);
    expect(urls({ indexUrl: a }, undefined, context({ PIP_NO_INDEX: 'yes' }))).toEqual([]);
    expect(urls({ extraIndexUrls: [a] }, undefined, context({}, '[global]\nno-index = 1\n'))).toEqual([]);
    expect(urls({}, { noIndex: true }, context())).toEqual([]);
    expect(urls({ noIndex: true }, { extraIndexUrls: [a] })).toEqual([]);
  });

  it('a variable can take the --no-index of pip.conf back', () => {
    expect(urls({}, undefined, context({ PIP_NO_INDEX: '0' }, '[global]\nno-index = 1\n'))).toEqual([
      defaultIndexUrl,
    ]);
  });

  it('one named in a file works while --no-index is on the command line', () => {
    expect(urls({ noIndex: true }, { indexUrl: a })).toEqual([a]);
  });

  it('each ends in a slash, and directories become URLs', () => {
    expect(urls({ indexUrl: 'https://a.example/simple' })).toEqual([a]);
    expect(urls({ indexUrl: './my index' })).toEqual(['file:///project/my%20index/']);
    expect(urls({ indexUrl: '~/simple' })).toEqual(['file:///home/me/simple/']);
    expect(urls({ indexUrl: 'file:///srv/simple' })).toEqual(['file:///srv/simple/']);
    expect(
      urls({ indexUrl: 'D:\\simple' }, undefined, { ...context(), platform: 'win32', cwd: 'C:\\' }),
    ).toEqual(['file:///D:/simple/']);
  });

  it.each([
    ['', '--index-url'],
    ['ftp://a.example/', 'http'],
    ['git+https://a.example/', 'http'],
    ['https://', 'http'],
    ['https://a.example/\nhttps://b.example/', 'control characters'],
    ['https://a.example/ b', 'blanks'],
  ])('%j is refused', (indexUrl, named) => {
    expect(() => urls({ indexUrl })).toThrowError(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        message: expect.stringContaining(named),
        hint: expect.stringContaining('--index-url'),
      }),
    );
  });

  it('a bad value names where it stands, and keeps its password to itself (P7)', () => {
    const where = context({}, '[install]\nindex-url = ftp://me:secret@a.example/\n');
    expect(() => urls({}, undefined, where)).toThrowError(
      expect.objectContaining({
        message: expect.stringMatching(/^(?!.*secret).*\[install\] of '\/etc\/pip\.conf'/),
      }),
    );
  });
});

describe('the other index settings', () => {
  const resolve = (given: Partial<IndexCommandLine>, file?: Partial<FileIndexOptions>, where = context()) =>
    resolveIndexSettings({ ...bare, ...given }, file && { ...emptyFile, ...file }, where);

  it('find-links add up; paths become absolute', () => {
    const where = context({ PIP_FIND_LINKS: 'wheels ~/more file:///x' }, '[global]\nfind-links = /conf\n');
    expect(
      resolve({ findLinks: ['https://a.example/links.html'] }, { findLinks: ['/next/to/file'] }, where)
        .findLinks,
    ).toEqual([
      '/project/wheels',
      '/home/me/more',
      'file:///x',
      'https://a.example/links.html',
      '/next/to/file',
    ]);
  });

  it('switches come from anywhere', () => {
    expect(resolve({})).toMatchObject({ preferBinary: false, allowPrereleases: false });
    expect(resolve({ preferBinary: true, pre: true })).toMatchObject({
      preferBinary: true,
      allowPrereleases: true,
    });
    expect(resolve({}, { preferBinary: true, pre: true })).toMatchObject({
      preferBinary: true,
      allowPrereleases: true,
    });
    expect(
      resolve({}, undefined, context({ PIP_PRE: '1' }, '[install]\nprefer-binary = On\n')),
    ).toMatchObject({ preferBinary: true, allowPrereleases: true });
    expect(() => resolve({}, undefined, context({ PIP_PRE: 'perhaps' }))).toThrowError(
      expect.objectContaining({ code: 'SETTING_INVALID', message: expect.stringContaining('PIP_PRE') }),
    );
  });

  it('trusted hosts add up', () => {
    const where = context({ PIP_TRUSTED_HOST: 'a.example b.example:8080' });
    expect(
      resolve({ trustedHosts: ['c.example'] }, { trustedHosts: ['[::1]:80', 'a.example'] }, where)
        .trustedHosts,
    ).toEqual(['a.example', 'b.example:8080', 'c.example', '[::1]:80']);
    expect(() => resolve({ trustedHosts: ['https://a.example'] })).toThrowError(
      expect.objectContaining({ code: 'SETTING_INVALID' }),
    );
  });
});

describe('--no-binary and --only-binary', () => {
  const control = (where: ConfiguredContext, ...formats: IndexCommandLine['formats']) => {
    const { noBinary, onlyBinary } = resolveFormatControl({ formats }, where);
    return [[...noBinary], [...onlyBinary]];
  };

  it('work on what the weaker ones left', () => {
    const where = context(
      { PIP_ONLY_BINARY: 'Zope.Interface' },
      '[global]\nonly-binary = :all:\n[install]\nno-binary = numpy\n',
    );
    expect(control(where)).toEqual([['numpy'], [':all:', 'zope-interface']]);
    expect(control(where, { option: 'only-binary', value: 'numpy' })).toEqual([
      [],
      [':all:', 'zope-interface', 'numpy'],
    ]);
    expect(control(where, { option: 'no-binary', value: ':all:' })).toEqual([[':all:'], []]);
  });

  it.each([
    ['a,b', ['a', 'b'], ['x']],
    [':all:', [':all:'], []],
    [':none:', [], ['x']],
    ['a,:none:,b', ['b'], ['x']],
    [':all:,a', [':all:'], []],
    [':all:,:none:,a', ['a'], []],
    ['a,:all:', [':all:'], []],
    ['X', ['x'], []],
  ])('--no-binary %s', (value, noBinary, onlyBinary) => {
    const start = { noBinary: new Set<string>(), onlyBinary: new Set(['x']) };
    const after = withFormatOption(start, { option: 'no-binary', value });
    expect([[...after.noBinary], [...after.onlyBinary]]).toEqual([noBinary, onlyBinary]);
  });

  it('refuse an option where a name is wanted', () => {
    expect(() => control(context(), { option: 'no-binary', value: '--pre' })).toThrowError(
      expect.objectContaining({ code: 'SETTING_INVALID', message: expect.stringContaining('--no-binary') }),
    );
  });
});

describe('how the network is used', () => {
  const network = (given: Partial<NetworkCommandLine>, where = context()) =>
    resolveNetworkSettings(
      { ...noNetwork, trustedHosts: [], jobs: 16, offline: false, ...given },
      undefined,
      where,
    );

  it("pip's defaults", () => {
    expect(network({})).toEqual({
      jobs: 16,
      offline: false,
      timeout: 15,
      retries: 5,
      proxy: undefined,
      cert: undefined,
      clientCert: undefined,
      keyringProvider: 'auto',
      trustedHosts: [],
    });
  });

  it('command line over variable over pip.conf', () => {
    const conf =
      '[global]\ntimeout = 1\nretries = 1\nproxy = http://conf\ncert = ~/ca.pem\nclient-cert = own.pem\nkeyring-provider = subprocess\n';
    expect(network({}, context({}, conf))).toMatchObject({
      timeout: 1,
      retries: 1,
      proxy: 'http://conf',
      cert: '/home/me/ca.pem',
      clientCert: '/project/own.pem',
      keyringProvider: 'subprocess',
    });
    const env = {
      PIP_DEFAULT_TIMEOUT: '2.5',
      PIP_RETRIES: '0',
      PIP_PROXY: 'http://env',
      PIP_CERT: '/env.pem',
    };
    expect(network({}, context(env, conf))).toMatchObject({
      timeout: 2.5,
      retries: 0,
      proxy: 'http://env',
      cert: '/env.pem',
    });
    expect(network({ timeout: '3', proxy: 'http://me' }, context(env, conf))).toMatchObject({
      timeout: 3,
      proxy: 'http://me',
    });
  });

  it.each([
    [{ timeout: 'soon' }, '--timeout'],
    [{ timeout: '0' }, '--timeout'],
    [{ timeout: '1e9' }, '--timeout'],
    [{ retries: '-1' }, '--retries'],
    [{ retries: '1.5' }, '--retries'],
    [{ keyringProvider: 'all' }, '--keyring-provider'],
    [{ cert: '' }, '--cert'],
  ])('%j is refused', (given, named) => {
    expect(() => network(given)).toThrowError(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        message: expect.stringContaining(named),
        hint: expect.stringContaining(named),
      }),
    );
  });
});
