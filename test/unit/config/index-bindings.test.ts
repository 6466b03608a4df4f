import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindingsOf, indexVariable, parseBindings } from '../../../src/config/index-bindings.js';
import type { ProjectName } from '../../../src/packaging/types.js';
import { PeepError } from '../../../src/text/errors.js';

const context = { cwd: '/work', home: '/home/me', platform: 'linux' } as const;
const parse = (indexes: string[], projects: string[]) => parseBindings({ indexes, projects }, context);
const boundTo = (project: string, ...from: string[]) =>
  bindingsOf(
    project as ProjectName,
    parse(
      ['company=https://c.test/simple', 'other=https://o.test/simple/'],
      ['other:x', 'company:y', ...from],
    ),
  ).map(({ name }) => name);

describe('indexes that projects are bound to', () => {
  it('have a name, a URL and patterns', () => {
    expect(parse(['Company=https://c.test/simple'], ['company:Acme_*', 'COMPANY:tool'])).toEqual([
      { name: 'company', url: 'https://c.test/simple/', patterns: ['acme-*', 'tool'] },
    ]);
  });

  it.each([
    ['acme', 'company:acme', ['company']],
    ['acme-core', 'company:acme', []],
    ['acme-core', 'company:acme-*', ['company']],
    ['acme', 'company:acme-*', []],
    ['my-acme', 'company:acme*', []],
    ['acme-a-b-core', 'company:acme-*-core', ['company']],
    ['acme-core', 'company:acme-*-core', []],
    ['aa', 'company:a*a*a', []],
    ['aaa', 'company:a*a*a', ['company']],
    ['anything', 'company:*', ['company']],
  ])('%s by %s', (project, from, names) => {
    expect(boundTo(project, from)).toEqual(names);
  });

  it.each([
    [['company'], [], 'is not NAME=URL'],
    [['=https://c.test/'], [], 'is not NAME=URL'],
    [['company='], [], 'is not NAME=URL'],
    [['a b=https://c.test/'], ['a b:x'], 'is not NAME=URL'],
    [['c=https://c.test/', 'C=https://d.test/'], ['c:x'], 'twice'],
    [['c=https://c.test/'], [], 'has no projects'],
    [['c=https://c.test/'], ['x'], 'is not NAME:PROJECT'],
    [['c=https://c.test/'], ['c:'], 'is not NAME:PROJECT'],
    [['c=https://c.test/'], ['c:a b'], 'is not NAME:PROJECT'],
    [['c=https://c.test/'], ['d:x'], 'but no --index defines it'],
  ])('%j %j is refused', (indexes, projects, why) => {
    expect(() => parse(indexes, projects)).toThrow(why);
  });

  it('shows no password of a URL', () => {
    expect(() => parse(['c d=https://me:s3cret@c.test/'], [])).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('s3cret') }),
    );
  });

  it('match as a regular expression does', () => {
    const text = fc.stringMatching(/^[ab-]{0,12}$/);
    const pattern = fc.stringMatching(/^[ab*-]{1,8}$/);
    fc.assert(
      fc.property(text, pattern, (project, written) => {
        let bindings: ReturnType<typeof parse>;
        try {
          bindings = parse(['c=https://c.test/'], [`c:${written}`]);
        } catch (error) {
          if (error instanceof PeepError) return;
          throw error;
        }
        const normal = written.replace(/-+/g, '-');
        const expected = new RegExp(`^${normal.replaceAll('*', '.*')}$`).test(project);
        expect(bindingsOf(project as ProjectName, bindings).length > 0).toBe(expected);
      }),
    );
  });

  it('have variables of their names', () => {
    expect(indexVariable('company.eu-1', 'TOKEN')).toBe('PEEP_INDEX_COMPANY_EU_1_TOKEN');
  });
});
