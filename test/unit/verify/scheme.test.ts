import { describe, expect, it } from 'vitest';
import { schemeOf } from '../../../src/verify/scheme.js';

describe('the scheme around a site-packages directory', () => {
  it.each([
    ['/v/lib/python3.11/site-packages', '/v', '/v/bin'],
    ['/v/lib64/python3.13t/site-packages', '/v', '/v/bin'],
    ['/usr/lib/python3/dist-packages', '/usr', '/usr/bin'],
    ['/usr/local/lib/python3.12/dist-packages', '/usr/local', '/usr/local/bin'],
    ['/home/me/.local/lib/pypy3.10/site-packages', '/home/me/.local', '/home/me/.local/bin'],
  ])('%s', (site, data, scripts) => {
    expect(schemeOf(site, 'linux')).toMatchObject({ site, data, scripts });
  });

  it('knows both places of headers', () => {
    expect(schemeOf('/v/lib/python3.11/site-packages', 'linux')?.headers).toEqual([
      '/v/include/site/python3.11',
      '/v/include/python3.11',
    ]);
  });

  it.each(['/srv/target', '/v/lib/python3.11', '/v/python3.11/site-packages', '/v/lib/other/site-packages'])(
    'is not guessed for %s',
    (site) => {
      expect(schemeOf(site, 'linux')).toBeUndefined();
    },
  );
});
