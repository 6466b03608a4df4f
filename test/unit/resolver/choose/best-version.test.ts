import { describe, expect, it } from 'vitest';
import type { ProjectName } from '../../../../src/packaging/types.js';
import { bestVersion } from '../../../../src/resolver/choose/best-version.js';
import type { ArchiveLink } from '../../../../src/resolver/link.js';
import { isPeepError } from '../../../../src/text/errors.js';
import { link, linux311 } from '../samples.js';

function best(specifier: string, files: readonly (string | ArchiveLink)[]): string | undefined {
  const links = files.map((file) => (typeof file === 'string' ? link(file) : file));
  const formatControl = { noBinary: new Set<string>(), onlyBinary: new Set<string>() };
  return bestVersion(links, 'quill' as ProjectName, specifier, {
    target: linux311,
    formatControl,
    preferBinary: false,
  });
}

describe('the best version', () => {
  it.each<[string, readonly (string | ArchiveLink)[], string | undefined]>([
    ['>=1', ['quill-1.0.zip', 'quill-10.0.zip', 'quill-9.0-py3-none-any.whl', 'quill-0.9.zip'], '10.0'],
    ['', ['quill-1.0.zip', 'quill-2.0rc1.zip'], '1.0'],
    ['>=2', ['quill-1.0.zip', 'quill-2.1rc1.zip', 'quill-2.1rc2.zip'], '2.1rc2'],
    ['', [link('quill-2.0.zip', { yanked: 'broken' }), 'quill-1.0.zip'], '1.0'],
    ['', [link('quill-2.0.zip', { yanked: 'broken' }), 'quill-1.0rc1.zip'], '1.0rc1'],
    ['', [link('quill-2.0.zip', { yanked: 'broken' }), link('quill-1.0.zip', { yanked: '' })], '2.0'],
    [
      '',
      ['quill-2.0-cp310-cp310-win32.whl', link('quill-3.0.zip', { requiresPython: '<3' }), 'quill-1.0.zip'],
      '1.0',
    ],
    ['', ['quill-v1.0.zip', 'ink-2.0.zip', 'README'], '1.0'],
    ['>=3', ['quill-1.0.zip'], undefined],
    ['>=3', [], undefined],
  ])('of %j', (specifier, files, version) => {
    expect(best(specifier, files)).toBe(version);
  });

  it('of no specifier is an error', () => {
    expect(() => best('=1', [])).toThrow(
      expect.toSatisfy((error) => isPeepError(error, 'SPECIFIER_MALFORMED')),
    );
  });
});
