import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectArchive } from '../../src/api/select-archive.js';
import type { Digests } from '../../src/hash/digest.js';
import { safeArchiveFilename } from '../../src/packaging/filename.js';
import type { ProjectName } from '../../src/packaging/types.js';
import { select } from '../../src/resolver/choose/select.js';
import type { ArchiveLink } from '../../src/resolver/link.js';
import { archiveUrl, lastComponent } from '../../src/resolver/pages/archive-url.js';
import { decodeHtml } from '../../src/resolver/pages/decode-html.js';
import type { Page, PageOrigin } from '../../src/resolver/pages/page.js';
import { readPage } from '../../src/resolver/pages/read-page.js';
import { PeepError } from '../../src/text/errors.js';

const origin: PageOrigin = {
  url: 'https://index.example/simple/quill/',
  index: 'https://index.example/simple/',
  source: 'index',
  order: 0,
};

/** The page, or undefined when it is refused with an error of peep's own. */
function read(type: string, bytes: Uint8Array): Page | undefined {
  try {
    return readPage(type, bytes, origin);
  } catch (error) {
    expect(error).toBeInstanceOf(PeepError);
    return undefined;
  }
}

function parsed(address: string, base?: string): URL | undefined {
  try {
    return new URL(address, base);
  } catch {
    return undefined;
  }
}

function mixture(pieces: readonly string[], maxLength: number): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...pieces) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
  return fc.array(piece, { maxLength }).map((parts) => parts.join(''));
}

const digest = 'a'.repeat(64);

const addresses = mixture(
  [
    ...[
      'https://',
      'http://',
      'file://',
      '//',
      '/',
      'h.example',
      ':80',
      '@',
      'u:p@',
      '?',
      '#',
      '%',
      '%2',
      '%2F',
    ],
    ...[
      '%2f',
      '%25',
      '%00',
      '%ff',
      '..',
      '.',
      '\\',
      ' ',
      '\t',
      ';',
      '+',
      '%2B',
      'é',
      '[',
      ']',
      'mailto:',
      'a',
    ],
    ...['quill-1.0.zip', 'quill-1.0-py3-none-any.whl', `sha256=${digest}`, '&', '=', '\ud800', '!', '(', "'"],
  ],
  12,
);

const markup = mixture(
  [
    ...[
      '<a ',
      '<A\n',
      '<base ',
      '<meta ',
      '</a>',
      '<',
      '>',
      '/>',
      '/',
      '<!--',
      '-->',
      '<script>',
      '</script>',
    ],
    ...[
      '<title>',
      '<![CDATA[',
      ']]>',
      '<?',
      '<!DOCTYPE html>',
      '&',
      '&gt;',
      '&#62;',
      '&#x110000;',
      '&#xd800',
      ';',
    ],
    ...[
      'href=',
      'href',
      'HREF = ',
      'data-yanked',
      'data-yanked=',
      'data-requires-python=',
      '"',
      "'",
      ' ',
      '\0',
    ],
    ...[
      'name="pypi:repository-version"',
      'content="1.0"',
      'content=',
      '2.0',
      'charset=utf-16',
      '__proto__=x',
    ],
    ...['quill-1.0.zip', 'https://h.example/q.whl', `#sha256=${digest}`, '\f', '\ufeff', 'file:///x.zip'],
  ],
  60,
);

describe('addresses', () => {
  it('become URLs that a parser takes, and that stay as they are the second time', () => {
    fc.assert(
      fc.property(addresses, addresses, (address, base) => {
        const from = parsed(base) === undefined ? origin.url : base;
        const read = archiveUrl(address, from);
        // Twice: Node 20 leaves some dot segments in the first time.
        const standard = parsed(parsed(address, from)?.href ?? '');
        const isKnown = /^(?:https?|file):$/.test(standard?.protocol ?? '');
        expect(read !== undefined).toBe(isKnown);
        if (read === undefined || standard === undefined) return;
        expect(archiveUrl(read.url, from)?.url).toBe(read.url);
        const again = new URL(read.url);
        expect([again.origin, again.search, again.username, again.password]).toEqual([
          standard.origin,
          standard.search,
          standard.username,
          standard.password,
        ]);
        expect(decoded(again.pathname)).toBe(decoded(standard.pathname));
        expect(`#${read.fragment}`).toBe(standard.hash || '#');
        expect(lastComponent(read.path)).not.toContain('/');
      }),
      { numRuns: 3000 },
    );
  });

  function decoded(path: string): string {
    return path
      .split(/(\/|%2F|[@;])/i)
      .map((part, i) => {
        if (i % 2 === 1) return part.toUpperCase();
        try {
          return decodeURIComponent(part);
        } catch {
          return part;
        }
      })
      .join('');
  }
});

describe('pages', () => {
  it('of any markup are links or an error', () => {
    fc.assert(
      fc.property(markup, (text) => {
        for (const link of read('text/html', Buffer.from(text))?.links ?? []) expectSound(link);
      }),
      { numRuns: 3000 },
    );
  });

  it('of any JSON are links or an error', () => {
    const member = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      addresses,
      fc.constantFrom('', null, true, [], {}),
    );
    const file = fc.dictionary(
      fc.constantFrom('url', 'hashes', 'size', 'yanked', 'requires-python', 'upload-time', '__proto__'),
      member,
    );
    const page = fc.record(
      {
        files: fc.oneof(
          { weight: 5, arbitrary: fc.array(fc.oneof(file, member)) },
          { weight: 1, arbitrary: member },
        ),
        meta: fc.oneof(fc.record({ 'api-version': fc.oneof(member, fc.constant('1.0')) }), member),
        'project-status': member,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(page, (value) => {
        const links = read('application/json', Buffer.from(JSON.stringify(value)))?.links ?? [];
        for (const link of links) expectSound(link);
      }),
      { numRuns: 2000 },
    );
  });

  it('of any bytes under any content type are links or an error', () => {
    const type = mixture(
      [
        'text/html',
        'application/json',
        ';',
        'charset=',
        'utf-8',
        'utf-16',
        '"',
        ' ',
        '+json',
        'application/vnd.pypi.simple.v1',
      ],
      5,
    );
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 200 }), (contentType, bytes) => {
        for (const link of read(contentType, bytes)?.links ?? []) expectSound(link);
        expect(typeof decodeHtml(bytes, contentType)).toBe('string');
      }),
      { numRuns: 2000 },
    );
  });

  it('say the same in HTML and in JSON', () => {
    const names = fc.stringMatching(/^[A-Za-z0-9_.+!-]{1,30}\.(?:whl|zip|tar\.gz)$/);
    const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => value.trim() === value);
    const file = fc.record({
      url: names.map(encodeURIComponent),
      requiresPython: fc.option(
        text.filter((value) => value !== ''),
        { nil: undefined },
      ),
      yanked: fc.option(
        text.filter((value) => value !== ''),
        { nil: undefined },
      ),
      hex: fc.stringMatching(/^[0-9a-fA-F]{64}$/),
    });
    fc.assert(
      fc.property(fc.array(file, { minLength: 1, maxLength: 5 }), (files) => {
        const json = {
          files: files.map(({ url, requiresPython, yanked, hex }) => ({
            url,
            hashes: { sha256: hex },
            'requires-python': requiresPython ?? null,
            yanked: yanked ?? false,
          })),
        };
        const html = files.map(({ url, requiresPython, yanked, hex }) => {
          const python =
            requiresPython === undefined ? '' : ` data-requires-python="${escaped(requiresPython)}"`;
          const yank = yanked === undefined ? '' : ` data-yanked='${escaped(yanked)}'`;
          return `<a${yank} href="${url}#sha256=${hex}"${python}>${escaped(url)}</a>`;
        });
        const fromJson = read('application/json', Buffer.from(JSON.stringify(json)));
        expect(fromJson?.links).toHaveLength(files.length);
        expect(read('text/html; charset=utf-8', Buffer.from(html.join('<br>')))).toEqual(fromJson);
      }),
    );
  });

  function escaped(text: string): string {
    return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  }

  function expectSound(link: ArchiveLink): void {
    expect(link.url).toMatch(/^(?:https?|file):\/\//);
    expect(link.url).not.toContain('#');
    expect(parsed(link.url)).toBeDefined();
    expect(link.filename).not.toContain('/');
    for (const { hex } of link.advertised) expect(hex).toMatch(/^[0-9a-f]+$/);
    if (link.url.startsWith('file:') || link.url.startsWith('http:')) expect(link.refused).toBeTruthy();
  }
});

const filenames = mixture(
  [
    ...[
      'quill',
      'Quill',
      'quill_pen',
      '-',
      '-',
      '-',
      '_',
      '.',
      '1.0',
      '1',
      '0',
      '+cpu',
      '!',
      'rc1',
      '.post1',
      'v',
    ],
    ...[
      'py3',
      'py2.py3',
      'cp311',
      'none',
      'abi3',
      'any',
      'manylinux_2_28_x86_64',
      '.whl',
      '.whl',
      '.tar.gz',
      '.zip',
    ],
    ...['py3-none-any.whl', '-py3.11', 'macosx10', '/', '..', '%', '2004d'],
  ],
  10,
);

describe('the choice', () => {
  const target = {
    tags: ['cp311-cp311-manylinux_2_28_x86_64', 'cp311-abi3-any', 'py3-none-any'],
    pythonVersion: [3, 11, 0] as const,
  };
  const digests: Digests = [{ algorithm: 'sha256', hex: digest }];

  const link: fc.Arbitrary<ArchiveLink> = fc.record({
    filename: filenames,
    url: fc.uuid().map((id) => `https://files.example/${id}`),
    advertised: fc.constantFrom([], digests, [{ algorithm: 'sha256', hex: 'b'.repeat(64) } as const]),
    size: fc.constant(undefined),
    requiresPython: fc.option(fc.constantFrom('>=3', '<3', '', 'x'), { nil: undefined }),
    yanked: fc.constantFrom<(false | string)[]>(false, '', 'broken'),
    uploadTime: fc.constant(undefined),
    index: fc.constant(undefined),
    source: fc.constant('index' as const),
    order: fc.nat(2),
  });
  const request = fc.record({
    project: fc.constantFrom('quill' as ProjectName, 'quill-pen' as ProjectName, '1' as ProjectName),
    operator: fc.constantFrom('==' as const, '===' as const),
    version: fc.constantFrom('1.0', '1', '1.0+cpu', '1.0rc1', '2004d', 'v1'),
    digests: fc.option(fc.constant(digests), { nil: undefined }),
    target: fc.constant(target),
    formatControl: fc.constantFrom(
      { noBinary: new Set<string>(), onlyBinary: new Set<string>() },
      { noBinary: new Set(['quill']), onlyBinary: new Set([':all:']) },
    ),
    preferBinary: fc.boolean(),
  });

  it('has a place for every link, takes only safe names, and does not depend on their order (P9, P10)', () => {
    fc.assert(
      fc.property(
        fc.array(link, { maxLength: 12 }),
        request,
        fc.infiniteStream(fc.nat()),
        (links, wish, random) => {
          const { candidates, passedOver, rejections } = select(links, wish);
          expect([...candidates, ...rejections].map((entry) => entry.link.url).sort()).toEqual(
            links.map(({ url }) => url).sort(),
          );
          expect(passedOver.map((entry) => entry.link)).toEqual(
            candidates.slice(1).map((entry) => entry.link),
          );
          for (const { link: taken } of candidates)
            expect(safeArchiveFilename(taken.filename)).toBe(taken.filename);
          for (const { reason } of [...rejections, ...passedOver])
            expect(reason).not.toMatch(/[\u0000-\u001f]|undefined/);
          const shuffled = links
            .map((each) => ({ each, at: random.next().value as number }))
            .sort((a, b) => a.at - b.at)
            .map(({ each }) => each);
          expect(select(shuffled, wish).candidates).toEqual(candidates);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('from any list answers, or throws an error of peep’s own', () => {
    const file = fc.record(
      {
        filename: filenames,
        url: addresses,
        requiresPython: fc.string(),
        yanked: fc.oneof(fc.boolean(), fc.string()),
      },
      { requiredKeys: ['filename'] },
    );
    const pin = mixture(['==', '===', '>=', '~=', '1.0', '1.*', '2004d', ',', ' ', '!='], 4);
    fc.assert(
      fc.property(
        fc.array(file, { maxLength: 6 }),
        pin,
        fc.constantFrom('quill', 'Quill.Pen', '-', ''),
        (files, text, project) => {
          try {
            const choice = selectArchive({ project, pin: text, indexes: [files], target });
            expect(choice.filename === null || choice.ranked.includes(choice.filename)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(PeepError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
