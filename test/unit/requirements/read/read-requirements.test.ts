import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { mergeEntries } from '../../../../src/requirements/merge.js';
import { readRequirements } from '../../../../src/requirements/read/read-requirements.js';
import { PeepError } from '../../../../src/text/errors.js';
import { cwd, digestsOf, hex, peep, pinOf, read, refusalOf } from '../memory-files.js';

describe("peep's hash comments", () => {
  it('gather downwards over comments and blank lines, for the next requirement alone', async () => {
    const { entries } = await read(
      [
        `# sha256: ${peep('a')}`,
        '# Tarball:',
        '',
        `   # sha256:   ${peep('b')}  # a remark # with a hash`,
        'quill==1.0',
        'inkpot==2.0',
        '',
      ].join('\n'),
    );
    expect(digestsOf(entries[0])).toEqual([`sha256:${hex('a')}`, `sha256:${hex('b')}`]);
    expect(pinOf(entries[0]).place).toEqual({ file: 'req.txt', line: 5 });
    expect(pinOf(entries[1]).hashed).toBe(false);
  });

  it.each([
    ['another algorithm', `# sha512: ${peep('a')}`],
    ['capitals', `# SHA256: ${peep('a')}`],
    ['no space after the sign', `#sha256: ${peep('a')}`],
    ['no space after the colon', `# sha256:${peep('a')}`],
    ['two signs', `## sha256: ${peep('a')}`],
    ['words behind the digest', `# sha256: ${peep('a')} trailing words`],
    ['spaces in the digest', '# sha256: invalid hash with spaces  # hi mom'],
    ['nothing', '# sha256:'],
  ])('are ordinary comments with %s', async (_, comment) => {
    const { entries } = await read(`${comment}\nquill==1.0\n`);
    expect(pinOf(entries[0]).hashed).toBe(false);
  });

  it('take 64 hex digits, in either case', async () => {
    const { entries } = await read(`# sha256: ${hex('A')}\nquill==1.0\n`);
    expect(digestsOf(entries[0])).toEqual([`sha256:${hex('a')}`]);
  });

  it.each([
    ['too short', 'badbadbad'],
    ['padded', `${peep('a')}=`],
    ['not canonical', `${peep('a').slice(0, 42)}r`],
    ['glued to a remark', `${peep('a')}#remark`],
    ['with hash signs', 'some_number_######_signs # hi # there'],
  ])('that are %s refuse the requirement below, with the place of the comment', async (_, token) => {
    const { entries } = await read(`\n# sha256: ${token}\n# sha256: ${peep('b')}\nquill==1.0\ninkpot==2.0\n`);
    const refused = refusalOf(entries[0]);
    expect(refused).toMatchObject({ status: 'malformed', requirement: 'quill==1.0', place: { line: 4 } });
    expect(refused.error).toMatchObject({ code: 'DIGEST_MALFORMED', place: { file: 'req.txt', line: 2 } });
    expect(pinOf(entries[1]).hashed).toBe(false);
  });

  it('are not carried past an option line', async () => {
    const { entries } = await read(`# sha256: ${peep('a')}\n--pre\nquill==1.0\n`);
    expect(pinOf(entries[0]).hashed).toBe(false);
  });

  it('at the end of a continued line belong to the next requirement', async () => {
    const { entries } = await read(`quill==1.0 \\\n  # sha256: ${peep('a')}\ninkpot==2.0\n`);
    expect(pinOf(entries[0]).hashed).toBe(false);
    expect(digestsOf(entries[1])).toEqual([`sha256:${hex('a')}`]);
  });

  it('and pip options mean any of these', async () => {
    const { entries } = await read(
      `# sha256: ${peep('a')}\nquill==1.0 --hash=sha512:${hex('c', 128)} \\\n --hash=sha256:${hex('B')}\n`,
    );
    expect(digestsOf(entries[0])).toEqual([
      `sha256:${hex('a')}`,
      `sha512:${hex('c', 128)}`,
      `sha256:${hex('b')}`,
    ]);
    expect(pinOf(entries[0]).hashStyle).toBe('peep');
  });
});

describe('what a line can pin', () => {
  it('is one version, as written', async () => {
    const { entries } = await read(
      'Quill_Pen[ink,Nib] == 1.0.post1 ; python_version < "4" --config-settings k=v # why\n',
    );
    expect(pinOf(entries[0])).toEqual({
      source: {
        kind: 'version',
        project: 'quill-pen',
        name: 'Quill_Pen',
        operator: '==',
        version: '1.0.post1',
      },
      extras: ['Nib', 'ink'],
      marker: 'python_version < "4"',
      requirement: 'Quill_Pen[ink,Nib] == 1.0.post1 ; python_version < "4"',
      place: { file: 'req.txt', line: 1 },
      pipOptions: ['--config-settings=k=v'],
      hashStyle: 'pip',
      hashed: false,
    });
  });

  it('is a version from before PEP 440', async () => {
    const { entries } = await read('quill===2004d\ninkpot==2004d ; os_name == "nt"\n');
    expect(pinOf(entries[0]).source).toMatchObject({ operator: '===', version: '2004d' });
    expect(pinOf(entries[1])).toMatchObject({
      source: { operator: '==', version: '2004d' },
      marker: 'os_name == "nt"',
    });
  });

  it('is an archive on the web or on disk', async () => {
    const { entries } = await read(
      [
        `https://u:p@files.example/1234567.zip#egg=quill&sha256=${hex('a')}`,
        `inkpot @ https://files.example/i.whl#md5=${hex('b', 32)} ; os_name == "nt"`,
        'https://files.example/vellum-2.0.tar.gz',
        './wheels/nib-3.0-py3-none-any.whl[fine]',
        'file:///srv/parchment-1.0-py3-none-any.whl',
        'file:wheels/quire-1.0.zip',
        'https://files.example/v1.zip',
      ].join('\n'),
    );
    expect(entries.map((entry) => pinOf(entry).source)).toEqual([
      { kind: 'url', url: 'https://u:p@files.example/1234567.zip', project: 'quill', name: 'quill' },
      { kind: 'url', url: 'https://files.example/i.whl', project: 'inkpot', name: 'inkpot' },
      {
        kind: 'url',
        url: 'https://files.example/vellum-2.0.tar.gz',
        project: 'vellum',
        name: 'vellum',
        version: '2.0',
      },
      {
        kind: 'path',
        path: resolve(cwd, 'wheels/nib-3.0-py3-none-any.whl'),
        project: 'nib',
        name: 'nib',
        version: '3.0',
      },
      {
        kind: 'url',
        url: 'file:///srv/parchment-1.0-py3-none-any.whl',
        project: 'parchment',
        name: 'parchment',
        version: '1.0',
      },
      {
        kind: 'url',
        url: pathToFileURL(resolve(cwd, 'wheels/quire-1.0.zip')).href,
        project: 'quire',
        name: 'quire',
        version: '1.0',
      },
      { kind: 'url', url: 'https://files.example/v1.zip', project: undefined, name: undefined },
    ]);
    expect(digestsOf(entries[0])).toEqual([`sha256:${hex('a')}`]);
    expect(pinOf(entries[1])).toMatchObject({ hashed: false, marker: 'os_name == "nt"' });
    expect(pinOf(entries[3]).extras).toEqual(['fine']);
  });

  it.each([
    ['quill', 'REQUIREMENT_UNPINNED'],
    ['quill>=1.0', 'REQUIREMENT_UNPINNED'],
    ['quill==1.*', 'REQUIREMENT_UNPINNED'],
    ['quill==1.0,!=1.1', 'REQUIREMENT_UNPINNED'],
    ['-e .', 'REQUIREMENT_EDITABLE'],
    ['--editable=git+https://git.example/quill#egg=quill', 'REQUIREMENT_EDITABLE'],
    ['git+https://git.example/quill.git@v1#egg=quill', 'REQUIREMENT_VCS'],
    ['quill @ git+https://git.example/quill.git', 'REQUIREMENT_VCS'],
    ['./quill', 'REQUIREMENT_FOLDER'],
    ['..', 'REQUIREMENT_FOLDER'],
    ['ftp://files.example/quill-1.0.zip', 'REQUIREMENT_URL'],
    ['https://files.example/quill.zip#egg=quill&subdirectory=python', 'REQUIREMENT_URL'],
  ])('is not %s', async (line, code) => {
    const { entries } = await read(`\n${line}\ninkpot==1.0\n`);
    const refused = refusalOf(entries[0]);
    expect(refused).toMatchObject({
      status: 'refused',
      requirement: line,
      place: { file: 'req.txt', line: 2 },
    });
    expect(refused.error).toMatchObject({ code, place: { line: 2 } });
    expect(refused.error.hint).toBeTruthy();
    expect(pinOf(entries[1]).source).toMatchObject({ project: 'inkpot' });
  });
});

describe('lines that are refused', () => {
  const digest = `sha256:${hex('a')}`;
  it.each([
    ['quill==1.0 --hash=sha256:', 'DIGEST_MALFORMED'],
    [`quill==1.0 --hash=sha256:${hex('a', 63)}`, 'DIGEST_MALFORMED'],
    [`quill==1.0 --hash=md5:${hex('a', 32)}`, 'HASH_INVALID'],
    [`quill==1.0 --hash=${hex('a')}`, 'HASH_INVALID'],
    [`quill @ https://files.example/q.whl#sha256=${hex('a', 63)}`, 'DIGEST_MALFORMED'],
    [`--hash=${digest}`, 'HASH_ORPHAN'],
    [`quill==1.0 --hash=${digest} inkpot==2.0`, 'TEXT_IGNORED'],
    [`quill==1.0 --hash=${digest} -- --hash=${digest}`, 'TEXT_IGNORED'],
    ['- quill==1.0', 'TEXT_IGNORED'],
    [`quill==1.0\t--hash=${digest}`, 'OPTION_MISPLACED'],
    ['quill==1.0 --no-index', 'OPTION_MISPLACED'],
    ['-r a.txt --pre', 'OPTION_MISPLACED'],
    ['-f a -f b', 'OPTION_MISPLACED'],
    ['-foo==1.0', 'DASH_REQUIREMENT'],
    ['-inkpot==1.0', 'DASH_REQUIREMENT'],
    ['-requirements.txt', 'DASH_REQUIREMENT'],
    ['-control', 'DASH_REQUIREMENT'],
    ['--no-require-hashes', 'HASHES_OFF'],
    ['--upgrade', 'OPTION_INVALID'],
    ['--no', 'OPTION_INVALID'],
    ['--pre=1', 'OPTION_INVALID'],
    ['-r', 'OPTION_INVALID'],
    ['quill==1.0 --hash="sha256', 'OPTION_INVALID'],
    ['quill==1.0\u2028inkpot==2.0', 'LINE_SEPARATOR'],
    ['quill==1.0 \u2028', 'LINE_SEPARATOR'],
    ['quill==1.0\f', 'LINE_SEPARATOR'],
    ['# note\u2028inkpot==2.0', 'LINE_SEPARATOR'],
    ['# note\rinkpot==2.0', 'LINE_SEPARATOR'],
    ['quill==1.0\u0000', 'STRAY_CHARACTER'],
    ['\ufeffquill==1.0', 'STRAY_CHARACTER'],
    ['quill\u200b==1.0', 'STRAY_CHARACTER'],
    ['quill==${SPACED}', 'VARIABLE_UNSAFE'],
    ['${OPTION}', 'VARIABLE_UNSAFE'],
  ])('%j: %s', async (line, code) => {
    const env = { SPACED: '1.0 --pre', OPTION: '--pre' };
    const { entries, options } = await read(`# first\n${line}\n\nvellum==1.0\n`, { env });
    const refused = refusalOf(entries[0]);
    expect(refused.error).toMatchObject({ code, place: { file: 'req.txt', line: 2 } });
    expect(refused.error.hint).toBeTruthy();
    expect(refused.place.line).toBe(2);
    expect(pinOf(entries[1]).source).toMatchObject({ project: 'vellum' });
    expect(options).toMatchObject({ pre: false, noIndex: false, findLinks: [] });
  });

  it.each(['\r', '\u000b', '\f', '\u001c', '\u001d', '\u001e', '\u0085', '\u2028', '\u2029'])(
    'also where a remark alone holds the separator %j',
    async (separator) => {
      const { entries } = await read(
        `# a remark${separator}that goes on\nquill==1.0  # one${separator}two\n`,
      );
      expect(entries.map((entry) => refusalOf(entry).error.code)).toEqual([
        'LINE_SEPARATOR',
        'LINE_SEPARATOR',
      ]);
    },
  );

  it('show no password and no value of a variable', async () => {
    const env = { TOKEN: 's3cret', SPACED: 's3cret word' };
    const { entries } = await read(
      [
        'quill @ https://me:${TOKEN}@files.example/q.whl',
        'inkpot @ https://me:hunter2@files.example/i.whl',
        'https://me:hunter2@files.example/a b.whl',
        '-e git+https://me:hunter2@git.example/q',
        'vellum==${SPACED}',
        'https://me:hunter2@files.example/q.whl --foo',
        'parchment @ https://me:hunter2@files.example/q.whl oops',
        'nib==${TOKEN}!',
      ].join('\n'),
      { env },
    );
    const text = JSON.stringify(
      entries.map((entry) =>
        entry.kind === 'pin' ? entry.pin.requirement : [entry.line.requirement, entry.line.error.message],
      ),
    );
    expect(text).not.toMatch(/s3cret|hunter2/);
    expect(pinOf(entries[0]).source).toMatchObject({ url: 'https://me:s3cret@files.example/q.whl' });
  });
});

describe('files', () => {
  it('are named as the user named them, and nested ones by the way to them', async () => {
    const { entries } = await read(
      {
        'reqs/base.txt': '-r ../more/a.txt\nquill==1.0\n',
        'more/a.txt': '-c c.txt\ninkpot==1.0\n',
        'more/c.txt': '',
      },
      { entries: ['./reqs/base.txt'] },
    );
    expect(entries.map((entry) => pinOf(entry).place)).toEqual([
      { file: 'more/a.txt', line: 2 },
      { file: './reqs/base.txt', line: 2 },
    ]);
  });

  it('may come from the web, with what they include', async () => {
    const { entries } = await read(
      {
        'https://u:p@req.example/a/req.txt': '-r ../b.txt\n',
        'https://u:p@req.example/b.txt': 'quill==1.0\n',
      },
      { entries: ['https://u:p@req.example/a/req.txt'] },
    );
    expect(pinOf(entries[0]).place).toEqual({ file: 'https://****@req.example/b.txt', line: 1 });
    await expect(
      read(
        { 'https://req.example/r.txt': '-r file:///etc/passwd\n' },
        { entries: ['https://req.example/r.txt'] },
      ),
    ).rejects.toMatchObject({ code: 'REQUIREMENTS_UNREADABLE', place: { line: 1 } });
  });

  it('that are absent are named, with the line that names them', async () => {
    await expect(read({})).rejects.toMatchObject({
      code: 'REQUIREMENTS_UNREADABLE',
      message: "cannot open the requirements file 'req.txt': there is no such file",
      place: undefined,
    });
    await expect(read('\n-c nope.txt\n')).rejects.toMatchObject({
      code: 'REQUIREMENTS_UNREADABLE',
      message: "cannot open the constraints file 'nope.txt': there is no such file",
      place: { file: 'req.txt', line: 2 },
    });
  });

  it('that include themselves, or too much, are refused', async () => {
    await expect(read({ 'req.txt': '-r a.txt\n', 'a.txt': '\n-r ./req.txt\n' })).rejects.toMatchObject({
      code: 'REQUIREMENTS_RECURSION',
      place: { file: 'a.txt', line: 2 },
    });
    const doubling = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [
        i === 0 ? 'req.txt' : `${i}.txt`,
        `-r ${i + 1}.txt\n-r ${i + 1}.txt\n`,
      ]),
    );
    await expect(read({ ...doubling, '30.txt': '' })).rejects.toMatchObject({
      code: 'REQUIREMENTS_TOO_LARGE',
    });
    await expect(read('#'.repeat(11 << 20))).rejects.toMatchObject({ code: 'REQUIREMENTS_TOO_LARGE' });
  });

  it('are decoded as they say', async () => {
    const text = '# é\nquill==1.0\n';
    const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le');
    const latin1 = Buffer.from(`# -*- coding: iso-8859-1 -*-\n${text}`, 'latin1');
    expect((await read({ 'req.txt': utf16 })).entries).toHaveLength(1);
    expect((await read({ 'req.txt': latin1 })).entries).toHaveLength(1);
    for (const bytes of [Buffer.from(text, 'latin1'), Buffer.from('# coding: utf-7\nquill+AD0APQ-1.0\n')]) {
      await expect(read({ 'req.txt': bytes })).rejects.toMatchObject({ code: 'REQUIREMENTS_ENCODING' });
    }
  });

  it.each([
    ['a declaration far behind in its line', `# ${'x'.repeat(10_000)} coding: utf-7\nquill==1.0\n`],
    ['one behind a form feed', '# coding:\f\funicode_escape\nquill==1.0\n'],
    ['one in the second line', 'quill==1.0\n#coding=raw_unicode_escape\n'],
  ])('are refused for an encoding that hides text: %s', async (_, text) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'REQUIREMENTS_ENCODING' });
  });

  it('are refused where a declared encoding changes what they ask for', async () => {
    const bytes = Buffer.from('# coding: latin-1\nquill==1.0\n./\xe9.whl\n', 'latin1');
    await expect(read({ 'req.txt': bytes })).rejects.toMatchObject({
      message: expect.stringContaining("the encoding 'latin-1', in which line 3 differs from UTF-8"),
    });
  });

  const utf16 = (text: string) => Buffer.from(text, 'utf16le');
  it.each([
    ['UTF-16 without a mark', utf16('quill==1.0\n'), 'it is UTF-16 without a byte order mark'],
    [
      'UTF-16 behind UTF-8',
      Buffer.concat([Buffer.from('quill==1.0\nnib==2.0\n'), utf16('inkpot==2.0\r\n')]),
      'it is UTF-8, and UTF-16 from line 3 on: two programs probably wrote it',
    ],
    [
      'UTF-8 behind UTF-16',
      Buffer.concat([utf16('\ufeffquill==1.0\r\n'), Buffer.from('inkpot==2.0\n')]),
      "it is UTF-16, and UTF-8 where it says 'inkpot==2.0': two programs probably wrote it",
    ],
  ])('say what is wrong with %s', async (_, bytes, why) => {
    await expect(read({ 'req.txt': bytes })).rejects.toMatchObject({
      code: 'REQUIREMENTS_ENCODING',
      message: `cannot read 'req.txt': ${why}`,
    });
  });
});

describe('options', () => {
  it('are merged in order, as in pip', async () => {
    const { options } = await read(
      {
        'req.txt': [
          '--extra-index-url https://dropped.example/simple',
          '-i https://a.example/simple',
          '--extra-index-url https://b.example/simple',
          '-f wheels',
          '-f elsewhere',
          '--no-binary quill,Ink_Pot',
          '--only-binary quill',
          '--prefer-binary --pre',
          '--trusted-host a.example',
          '--require-hashes',
        ].join('\n'),
        'wheels/x.whl': '',
      },
      { formatControl: { noBinary: new Set(), onlyBinary: new Set([':all:']) } },
    );
    expect(options).toMatchObject({
      indexUrl: 'https://a.example/simple',
      extraIndexUrls: ['https://b.example/simple'],
      noIndex: false,
      findLinks: [resolve(cwd, 'wheels'), 'elsewhere'],
      noBinary: new Set(['ink-pot']),
      onlyBinary: new Set([':all:', 'quill']),
      preferBinary: true,
      pre: true,
      trustedHosts: ['a.example'],
      requireHashes: true,
    });
  });
});

describe('one project, pinned twice', () => {
  it('to two versions is refused, where the second stands', async () => {
    const { entries } = await read('Quill==1.0\nquill==1.1\nquill==1.0.0\n');
    expect(pinOf(entries[0]).requirement).toBe('Quill==1.0');
    expect(refusalOf(entries[1])).toMatchObject({
      status: 'refused',
      place: { line: 2 },
      error: { code: 'PIN_CONFLICT', message: expect.stringContaining('req.txt, line 1') },
    });
    expect(pinOf(entries[2]).requirement).toBe('quill==1.0.0');
  });

  it('to one version keeps what the digests share', async () => {
    const line = (...digits: string[]) =>
      `quill==1.0 ${digits.map((d) => `--hash=sha256:${hex(d)}`).join(' ')}\n`;
    const shared = await read(line('a', 'b') + line('b', 'c'));
    expect(shared.entries.map(digestsOf)).toEqual([[`sha256:${hex('b')}`], [`sha256:${hex('b')}`]]);
    const apart = await read(line('a') + line('b'));
    expect(refusalOf(apart.entries[1]).error.code).toBe('PIN_CONFLICT');
    const without = await read(`${line('a')}quill==1.0\n`);
    expect(pinOf(without.entries[1]).hashed).toBe(false);
  });

  it('is no conflict under markers that exclude each other', async () => {
    const text = 'quill==1.0 ; os_name == "nt"\nquill==2.0 ; os_name == "posix"\n';
    const all = await read(text);
    expect(all.entries.every(({ kind }) => kind === 'pin')).toBe(true);
    const one = await read(text, { markerHolds: (marker) => marker.includes('nt') });
    expect(one.entries.every(({ kind }) => kind === 'pin')).toBe(true);
    const both = await mergeEntries(all.written, all.constraints, () => true);
    expect(refusalOf(both[1]).error.code).toBe('PIN_CONFLICT');
  });
});

describe('constraints', () => {
  const files = (constraint: string, requirement: string) => ({
    'c.txt': `${constraint}\n`,
    'req.txt': `${requirement}\n`,
  });

  it('limit versions, archives and digests, and ask for nothing', async () => {
    const kept = await read(files('quill>=1.0\nother==3', '-c c.txt\nquill==1.5'));
    expect(kept.entries).toHaveLength(1);
    const excluded = await read(files('quill==1.0', 'quill==1.5'), { constraints: ['c.txt'] });
    expect(refusalOf(excluded.entries[0]).error).toMatchObject({
      code: 'CONSTRAINT_CONFLICT',
      message: expect.stringContaining('c.txt, line 1'),
      place: { file: 'req.txt', line: 1 },
    });
    const archive = await read(files('quill @ https://files.example/q.whl', '-c c.txt\nquill==1.5'));
    expect(refusalOf(archive.entries[0]).error.code).toBe('CONSTRAINT_CONFLICT');
  });

  it('lend their hashes, and share those of the requirement', async () => {
    const hash = (digit: string) => `--hash=sha256:${hex(digit)}`;
    const lent = await read(files(`quill==1.0 ${hash('a')}`, '-c c.txt\nquill==1.0'));
    expect(digestsOf(lent.entries[0])).toEqual([`sha256:${hex('a')}`]);
    const narrowed = await read(
      files(`quill==1.0 ${hash('a')}`, `-c c.txt\nquill==1.0 ${hash('b')} ${hash('a')}`),
    );
    expect(digestsOf(narrowed.entries[0])).toEqual([`sha256:${hex('a')}`]);
    const apart = await read(files(`quill==1.0 ${hash('a')}`, `-c c.txt\nquill==1.0 ${hash('b')}`));
    expect(refusalOf(apart.entries[0]).error.code).toBe('CONSTRAINT_CONFLICT');
  });

  it('do not meet pins whose marker is false', async () => {
    const text = files('quill==2.0', '-c c.txt\nquill==1.5 ; os_name == "nt"');
    for (const source of [{}, { markerHolds: () => false }]) {
      expect(pinOf((await read(text, source)).entries[0]).requirement).toContain('quill==1.5');
    }
    const { entries } = await read(text, { markerHolds: () => true });
    expect(refusalOf(entries[0]).error.code).toBe('CONSTRAINT_CONFLICT');
  });

  it('follow their markers', async () => {
    const text = files('quill==2.0 ; os_name == "nt"', '-c c.txt\nquill==1.5');
    expect(pinOf((await read(text)).entries[0]).requirement).toBe('quill==1.5');
    expect(pinOf((await read(text, { markerHolds: () => false })).entries[0]).requirement).toBe('quill==1.5');
    expect(refusalOf((await read(text, { markerHolds: () => true })).entries[0]).error.code).toBe(
      'CONSTRAINT_CONFLICT',
    );
  });

  it('cannot have extras, be editable or lack a name, and do not pin what is unpinned', async () => {
    const { entries } = await read(
      files('quill[x]==1.0\n-e .\nhttps://files.example/v1.zip\nvellum==1.0', '-c c.txt\nvellum'),
    );
    expect(entries.map((entry) => refusalOf(entry).error.code)).toEqual([
      'CONSTRAINT_INVALID',
      'REQUIREMENT_EDITABLE',
      'CONSTRAINT_INVALID',
      'REQUIREMENT_UNPINNED',
    ]);
  });
});

it('throws nothing but its own errors for the file as a whole', async () => {
  await expect(read({}, { entries: ['file://host/x'] })).rejects.toBeInstanceOf(PeepError);
});

describe('what is read as written and may not be meant', () => {
  it('is a hash above a requirement that is a comment now', async () => {
    const text = `# sha256: ${peep('a')}\n# quill==1.0\n\nvellum==1.0\n`;
    const { entries, warnings } = await read(text);
    expect(pinOf(entries[0]).hashed).toBe(true);
    expect(warnings.map(({ message }) => message)).toEqual([
      'the hash in line 1 is above the comment in line 2, but applies to line 4',
    ]);
    expect((await read(`# quill==1.0\n# sha256: ${peep('a')}\n# vetted\nvellum==1.0\n`)).warnings).toEqual(
      [],
    );
  });

  it.each([
    ['#sha256: DIGEST', true],
    ['# sha-256: DIGEST', true],
    ['# SHA256:DIGEST', true],
    ['# sha256 DIGEST  # vetted', true],
    ['# sha256: DIGEST', false],
    ['# sha256: DIGEST  # vetted', false],
    ['# sha256 is what peep computes', false],
    ['# --hash=sha256:HEX', false],
  ])('%s above a requirement: looks like a hash comment: %s', async (comment, isTold) => {
    const text = comment.replace('DIGEST', peep('a')).replace('HEX', 'a'.repeat(64));
    const { warnings } = await read(`vellum==1.0\n${text}\n\nquill==1.0\n`);
    const told = { message: 'line 2 looks like a hash comment but is not one, so peep ignores it' };
    expect(warnings).toMatchObject(isTold ? [{ ...told, place: { line: 4 } }] : []);
    // Above no requirement it is nobody's.
    expect((await read(`${text}\n-i https://index.example/\n`)).warnings).toEqual([]);
  });

  it('is what stands behind a remark that ends in a backslash', async () => {
    const { entries, warnings } = await read('quill==1.0  # mac \\\nvellum==1.0\n');
    expect(entries.map((entry) => pinOf(entry).requirement)).toEqual(['quill==1.0', 'vellum==1.0']);
    expect(warnings).toMatchObject([{ place: { line: 2 } }]);
    const lost = await read(
      `quill==1.0 --hash=sha256:${hex('a')}  # mac \\\n    --hash=sha256:${hex('b')}\n`,
    );
    expect(refusalOf(lost.entries[1]).error).toMatchObject({
      code: 'HASH_ORPHAN',
      hint: 'The comment in line 1 ends the requirement: move the comment to a line of its own.',
    });
  });
});

describe('markers and constraints', () => {
  const never = 'python_version < "2"';
  it.each([
    ['a git requirement', `quill @ git+https://g.example/q ; ${never}`, 'quill'],
    ['a range', `quill>=1.0 ; ${never}`, 'quill'],
    ['a bare name', `quill ; ${never}`, 'quill'],
    ['a directory', `./quill ; ${never}`, undefined],
    ['a subdirectory', `quill @ https://q.example/q.zip#subdirectory=a ; ${never}`, 'quill'],
    ['an editable requirement, as poetry writes it', `-e file:///srv/quill ; ${never}`, undefined],
    [
      'a quoted editable requirement',
      `-e "git+https://g.example/q#egg=quill ; ${never.replaceAll('"', "'")}"`,
      'quill',
    ],
  ])('%s keeps its marker', async (_, line, name) => {
    const refused = refusalOf((await read(line)).entries[0]);
    expect(refused).toMatchObject({ status: 'refused', name, marker: never });
  });

  it('pip does not accept pip does not accept a constraint that pip does not accept fails nothing when no requirement needs it', async () => {
    const files = { 'req.txt': '-c c.txt\nvellum==1.0\n', 'c.txt': 'quill @ git+https://g.example/q\n' };
    expect((await read(files)).entries.map((entry) => pinOf(entry).requirement)).toEqual(['vellum==1.0']);
    const asked = await read({ ...files, 'req.txt': '-c c.txt\nquill==1.0\n' });
    expect(refusalOf(asked.entries[0]).error).toMatchObject({
      code: 'CONSTRAINT_CONFLICT',
      message: expect.stringContaining('version control'),
    });
  });

  it('a constraint lends version and digests to a name', async () => {
    const files = {
      'req.txt': '-c c.txt\nQuill[fine]\nnib\n',
      'c.txt': `quill==1.0 --hash=sha256:${hex('a')}\nnib==2.0\n`,
    };
    const { entries } = await read(files);
    const lent = pinOf(entries[0]);
    expect(lent).toMatchObject({ requirement: 'Quill[fine]==1.0', extras: ['fine'], place: { line: 2 } });
    expect(digestsOf(entries[0])).toEqual([`sha256:${hex('a')}`]);
    expect(refusalOf(entries[1]).error.code).toBe('REQUIREMENT_UNPINNED');
  });

  it('takes name and version from #egg=, as users of peep.py write them', async () => {
    const { entries } = await read('https://files.example/0a1b.tar.gz#egg=quill==0.6\n');
    expect(pinOf(entries[0]).source).toMatchObject({ project: 'quill', version: '0.6' });
  });

  it('thousands of lines for one project take linear time', async () => {
    const many = (count: number, line: string) => `${line}\n`.repeat(count);
    const hashed = `quill==1.0 --hash=sha256:${hex('a')}`;
    const time = async (count: number) => {
      const start = performance.now();
      await read({ 'req.txt': `-c c.txt\n${many(count, hashed)}`, 'c.txt': many(count, hashed) });
      return performance.now() - start;
    };
    await time(2000);
    // Quadratic would be 64 times as long.
    expect((await time(16_000)) / (await time(2000))).toBeLessThan(32);
  }, 120_000);
});

it.each([
  [
    `quill==1.0 --hash=sha256:${hex('a')} ; os_name == "nt"`,
    'the marker follows an option, where pip ignores it',
  ],
  [
    `quill==1.0 \\ \n  --hash=sha256:${hex('a')}`,
    'a blank follows the backslash, so the line is not continued',
  ],
])('%j says what is wrong with it', async (text, message) => {
  expect(refusalOf((await read(text)).entries[0]).error.message).toBe(message);
});

it.each([
  'file:///etc/passwd',
  ' file:///etc/passwd',
  'fi\tle:///etc/passwd',
  'FILE:/etc/passwd',
  '\u0001file:/x',
])('a file from the web does not reach %j', async (target) => {
  const files = { 'https://r.example/req.txt': `-r "${target}"\n` };
  const opened: string[] = [];
  const reading = readRequirements(
    {
      readFile: async (location) => {
        opened.push(location);
        return Buffer.from(files[location as keyof typeof files] ?? '');
      },
      exists: async () => false,
    },
    { entries: ['https://r.example/req.txt'], env: {}, cwd },
  );
  await reading.catch(() => undefined);
  expect(opened.filter((location) => !location.startsWith('https:'))).toEqual([]);
});
