import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProjectName } from '../../../../src/packaging/types.js';
import { select } from '../../../../src/resolver/choose/select.js';
import { parseHtmlPage } from '../../../../src/resolver/pages/html.js';
import { parseJsonPage } from '../../../../src/resolver/pages/json.js';
import { createNameFilter, type WantedVersions } from '../../../../src/resolver/pages/name-filter.js';
import { link, origin, request } from '../samples.js';

const name = (text: string) => text as ProjectName;
const filterFor = (project: string, wanted: WantedVersions) =>
  createNameFilter(new Map([[name(project), wanted]]));
const pinned = (version: string, operator: '==' | '===' = '==') => [{ operator, version }] as const;

describe('a name filter', () => {
  it.each([
    ['1.2', 'quill-1.2-py3-none-any.whl'],
    ['1.2', 'Quill-1.2.0.0-py3-none-any.whl'],
    ['1.2.0', 'quill-1.2.tar.gz'],
    ['1.2', 'quill-01.02-py3-none-any.whl'],
    ['1.2', 'quill-v1.2-py3-none-any.whl'],
    ['1.2', 'quill-0!1.2-py3-none-any.whl'],
    ['2!1.2', 'quill-2!1.2-py3-none-any.whl'],
    ['1.2', 'quill-1.2+local.7-py3-none-any.whl'],
    ['1.2', 'quill-1.2-py2.7.zip'],
    ['0', 'quill-00.0-py3-none-any.whl'],
    ['2.0.5', 'quill-2.00.5-py3-none-any.whl'],
    ['1.0rc1', 'quill-1.0c1-py3-none-any.whl'],
    ['1.2', 'quill-1.2.win32-py2.7.exe'],
    ['1.2', 'quill-1.2-py2.7.egg'],
  ])('for %s admits %s', (version, filename) => {
    expect(filterFor('quill', pinned(version)).admits(filename)).toBe(true);
  });

  it.each([
    ['1.2', 'quill-1.20-py3-none-any.whl'],
    ['1.2', 'quill-1.2.1-py3-none-any.whl'],
    ['1.2', 'quill-1-py3-none-any.whl'],
    ['1.2', 'quill-2!1.2-py3-none-any.whl'],
    ['10.2', 'quill-1.2.tar.gz'],
    ['1.2', 'quill_pen-1.2-py3-none-any.whl'],
    ['1.2', `quill-1.2-${'a'.repeat(300)}.zip`],
    ['1.2', 'quill-1.3-py2.7.egg'],
    ['1.2', 'index.html'],
  ])('for %s passes over %s', (version, filename) => {
    expect(filterFor('quill', pinned(version)).admits(filename)).toBe(false);
  });

  it('counts what it passes over, and names each version once', () => {
    const filter = filterFor('a-b', pinned('1.0'));
    for (const file of ['a_b-2.0-py3-none-any.whl', 'a.b-2.0.tar.gz', 'a_b-3.0.zip', 'other-1.0.zip'])
      filter.admits(file);
    expect(filter.others().get(name('a-b'))).toEqual({ count: 4, versions: ['2.0', '3.0'] });
  });

  it('of several projects keeps each one apart', () => {
    const filter = createNameFilter(
      new Map<ProjectName, WantedVersions>([
        [name('quill'), pinned('1.0')],
        [name('quill-pen'), 'all'],
      ]),
    );
    expect(filter.admits('quill-1.0.zip')).toBe(true);
    expect(filter.admits('quill-2.0.zip')).toBe(false);
    expect(filter.admits('quill_pen-7.0-py3-none-any.whl')).toBe(true);
    expect(filter.admits('ink-1.0.zip')).toBe(false);
    expect(filter.others().get(name('quill'))).toEqual({ count: 1, versions: ['2.0'] });
  });

  const project = fc.constantFrom('quill', 'quill-pen', 'q2');
  const number = fc.constantFrom('0', '1', '2', '10', '01', '00');
  const version = fc
    .tuple(
      fc.constantFrom('', '', '', 'v', '1!', '0!'),
      fc.array(number, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
      fc.constantFrom('', '', '', 'rc1', 'c1', '.post1', '.dev0', '+l.1', '_1', 'x'),
    )
    .map((parts) => parts.join(''));
  const filename = fc
    .tuple(
      fc.constantFrom('quill', 'Quill', 'quill_pen', 'quill-pen', 'quill.pen', 'q2', 'quill__pen', 'other'),
      version,
      fc.constantFrom('-py3-none-any.whl', '-1-py3-none-any.whl', '.tar.gz', '.zip', '-py2.7.zip', '.tgz'),
    )
    .map(([head, middle, tail]) => `${head}-${middle}${tail}`);

  it('never passes over what the choice would take, on plain names and within pages', () => {
    fc.assert(
      fc.property(
        project,
        version,
        fc.constantFrom('==', '==='),
        fc.array(filename),
        (owner, pin, op, files) => {
          const wanted = { operator: op as '==' | '===', version: pin };
          const wish = request('', { project: name(owner), ...wanted } as never);
          let chosen: string[];
          try {
            chosen = select(
              files.map((file) => link(file)),
              wish,
            ).candidates.map((each) => each.link.filename);
          } catch {
            return;
          }
          const filter = filterFor(owner, [wanted]);
          const admitted = files.filter((file) => filter.admits(file));
          expect(admitted).toEqual(expect.arrayContaining(chosen));
          const json = JSON.stringify({ files: files.map((file) => ({ filename: file, url: `x/${file}` })) });
          const html = files
            .map((file) => `<a href="../x/${file}#sha256=${'a'.repeat(64)}">${file}</a>`)
            .join('');
          for (const page of [
            parseJsonPage(Buffer.from(json), origin, filterFor(owner, [wanted])),
            parseHtmlPage(html, origin, filterFor(owner, [wanted])),
          ]) {
            expect(page.links.map(({ filename }) => filename)).toEqual(admitted);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a page that is filtered', () => {
  it('does not look at files of other versions, but at their grammar', () => {
    const other = '{"filename": "quill-2.0.zip", "url": 7, "hashes": "none", "yanked": 3}';
    const page = `{"files": [${other}, {"url": "quill-1.0.zip"}]}`;
    expect(parseJsonPage(Buffer.from(page), origin, filterFor('quill', pinned('1.0'))).links).toHaveLength(1);
    expect(() => parseJsonPage(Buffer.from(page), origin)).toThrow(/not (?:a )?(?:text|string)/);
  });

  it.each([
    ['escapes in a member', '{"file\\u006eame": "quill-1.0.zip", "url": "x"}'],
    ['escapes in a name', '{"filename": "quill\\u002d1.0.zip", "url": "x"}'],
    ['an address alone', '{"url": "a/quill-1.0.zip"}'],
    ['an escaped address', '{"url": "a/quill%2D1.0.zip"}'],
    ['an address with a query', '{"url": "a/quill-1.0.zip?x=/quill-2.0.zip"}'],
    [
      'a member that stands there twice',
      '{"filename": "quill-2.0.zip", "url": "x", "filename": "quill-1.0.zip"}',
    ],
    ['an empty name', '{"filename": "", "url": "quill-1.0.zip"}'],
  ])('finds the pinned version with %s', (_, file) => {
    const { links } = parseJsonPage(
      Buffer.from(`{"files": [${file}]}`),
      origin,
      filterFor('quill', pinned('1.0')),
    );
    expect(links.map(({ filename }) => filename)).toEqual(['quill-1.0.zip']);
  });

  it.each([
    '<a href="quill-1.0.zip#a/quill-2.0.zip">',
    '<a href="quill&#45;1.0.zip">',
    '<a href="https://files.example/quill-1.0.zip?quill-2.0.zip">',
  ])('finds the pinned version in %s', (html) => {
    const { links } = parseHtmlPage(html, origin, filterFor('quill', pinned('1.0')));
    expect(links.map(({ filename }) => filename)).toEqual(['quill-1.0.zip']);
  });
});
