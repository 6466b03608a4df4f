import { describe, expect, test } from 'vitest';
import type { Sha256 } from '../../../src/hash/digest.js';
import { linksPage } from '../../../src/install/links-page.js';
import { nameSpecifier } from '../../../src/install/name-specifier.js';
import type { MarkerEnvironment, ProjectName } from '../../../src/packaging/types.js';
import { needReader } from '../../../src/prepare/read-need.js';
import { isPeepError } from '../../../src/text/errors.js';

describe('the name and version that pip is asked for', () => {
  test.each([
    ['Flask-0.9.tar.gz', 'flask', '0.9', '==0.9'],
    ['foo_bar-1.0-py3-none-any.whl', 'foo-bar', '1', '==1'],
    ['torch-2.1.0+cpu-cp311-cp311-linux_x86_64.whl', 'torch', '2.1.0', '==2.1.0'],
    ['torch-2.1.0+cpu-cp311-cp311-linux_x86_64.whl', 'torch', '2.1.0+cpu', '==2.1.0+cpu'],
    ['my-pkg-2-1.0.zip', 'my-pkg-2', '1.0', '==1.0'],
    ['pytz-2004d.tar.gz', 'pytz', '2004d', '===2004d'],
    // No standard names: pip gets the file.
    ['pytz-2004e.tar.gz', 'pytz', '2004d', undefined],
    ['v1.0.tar.gz', 'foo', '1.0', undefined],
    ['0123456789abcdef0123456789abcdef01234567.zip', 'foo', '1.0', undefined],
    ['foo-main.zip', 'foo', '1.0', undefined],
    ['foo-1.1.tar.gz', 'foo', '1.0', undefined],
    ['bar-1.0.tar.gz', 'foo', '1.0', undefined],
    ['foo-1.0.tar.gz', 'foo', undefined, undefined],
    // Metadata that would begin another line, or an option, in what pip reads.
    ['foo-1.0.tar.gz', 'foo', '1.0\n --find-links /evil', undefined],
    ['foo-1.0.tar.gz', 'foo', '1.0\n', undefined],
    ['foo-1.0.tar.gz', 'foo', '1.0 --pre', undefined],
  ])('%s of %s %s', (filename, project, version, expected) => {
    expect(nameSpecifier(filename, project as ProjectName, version)).toBe(expected);
  });
});

test('a page of links names each archive with its digest', () => {
  const sha256 = 'cd'.repeat(32) as Sha256;
  const page = linksPage([{ relativePath: 'build/a+b-1.0 "<.tar.gz', sha256 }]);
  expect(page).toContain(`<a href="build/a%2Bb-1.0%20%22%3C.tar.gz#sha256=${sha256}">`);
  expect(page).toContain('>build/a+b-1.0 &#34;&#60;.tar.gz</a>');
});

describe('a requirement of a build', () => {
  const read = needReader({ python_version: '3.8', python_full_version: '3.8.1' } as MarkerEnvironment);

  test('is read for the target', () => {
    const need = read('Foo.Bar[C_x]>=1,<3; python_version < "3.9" and extra == "fast"');
    expect(need).toMatchObject({ project: 'foo-bar', extras: ['c-x'], specifier: '<3,>=1', url: undefined });
    expect([need.applies(''), need.applies('fast')]).toEqual([false, true]);
    expect([need.admits('2'), need.admits('3'), need.admits('2rc1')]).toEqual([true, false, true]);
  });

  test('may be an address', () => {
    expect(read('x @ https://host/x.zip').url).toBe('https://host/x.zip');
  });

  test('that is none is an error of peep', () => {
    try {
      read('not a requirement');
    } catch (error) {
      expect(isPeepError(error)).toBe(true);
      return;
    }
    throw new Error('nothing was thrown');
  });
});
