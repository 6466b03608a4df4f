import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../../src/hash/digest.js';
import { editRequirements, type LineEdit } from '../../../../src/requirements/edit/edit.js';
import { hex, peep } from '../memory-files.js';

const digest = (digit: string): Digest => ({ algorithm: 'sha256', hex: hex(digit) });
const option = (digit: string) => `--hash=sha256:${hex(digit)}`;

function edit(text: string, ...edits: LineEdit[]): string {
  return Buffer.from(editRequirements(Buffer.from(text), 'req.txt', edits)).toString();
}

describe("peep's style", () => {
  it('adds lines above the requirement, indented and ended as there', () => {
    expect(
      edit('# why\r\n\r\n  quill==1.0  # é\r\ninkpot==2.0', {
        line: 3,
        style: 'peep',
        digests: [digest('a'), digest('b')],
      }),
    ).toBe(
      `# why\r\n\r\n  # sha256: ${peep('a')}\r\n  # sha256: ${peep('b')}\r\n  quill==1.0  # é\r\ninkpot==2.0`,
    );
  });

  it('puts a new digest in the place of an old one, and keeps remarks', () => {
    const before = `# sha256: ${peep('a')}  # the wheel\n# between\n# sha256:   ${peep('b')} # ö\nquill==1.0\n`;
    expect(edit(before, { line: 4, style: 'peep', digests: [digest('b'), digest('c')] })).toBe(
      `# sha256: ${peep('c')}  # the wheel\n# between\n# sha256:   ${peep('b')} # ö\nquill==1.0\n`,
    );
  });

  it('adds behind the last one, and removes what is too many', () => {
    const before = `# sha256: ${peep('a')}\n# sha256: ${peep('b')}\n# end\nquill==1.0\n`;
    expect(edit(before, { line: 4, style: 'peep', digests: [digest('a'), digest('b'), digest('c')] })).toBe(
      `# sha256: ${peep('a')}\n# sha256: ${peep('b')}\n# sha256: ${peep('c')}\n# end\nquill==1.0\n`,
    );
    expect(edit(before, { line: 4, style: 'peep', digests: [digest('b')] })).toBe(
      `# sha256: ${peep('b')}\n# end\nquill==1.0\n`,
    );
    expect(edit(before, { line: 4, style: 'peep', digests: [] })).toBe('# end\nquill==1.0\n');
  });

  it('replaces a token that is no digest', () => {
    expect(
      edit('# sha256: badbadbad # hm\nquill==1.0', { line: 2, style: 'peep', digests: [digest('a')] }),
    ).toBe(`# sha256: ${peep('a')} # hm\nquill==1.0`);
  });
});

describe("pip's style", () => {
  it('adds continuation lines', () => {
    expect(
      edit('quill==1.0\ninkpot==2.0', { line: 1, style: 'pip', digests: [digest('a'), digest('b')] }),
    ).toBe(`quill==1.0 \\\n    ${option('a')} \\\n    ${option('b')}\ninkpot==2.0`);
    expect(edit('quill==1.0', { line: 1, style: 'pip', digests: [digest('a')] })).toBe(
      `quill==1.0 \\\n    ${option('a')}`,
    );
  });

  it('stays on the line where a comment ends it', () => {
    expect(edit('quill==1.0  # why\n', { line: 1, style: 'pip', digests: [digest('a'), digest('b')] })).toBe(
      `quill==1.0 ${option('a')} ${option('b')}  # why\n`,
    );
  });

  it('replaces, adds and removes in place', () => {
    const before = `quill==1.0 \\\n\t ${option('a')} \\\n\t ${option('b')}\n    # via inkpot\nnib==1\n`;
    expect(edit(before, { line: 1, style: 'pip', digests: [digest('c'), digest('b')] })).toBe(
      before.replace(option('a'), option('c')),
    );
    expect(edit(before, { line: 1, style: 'pip', digests: [digest('a')] })).toBe(
      `quill==1.0 \\\n\t ${option('a')}\n    # via inkpot\nnib==1\n`,
    );
    expect(edit(before, { line: 1, style: 'pip', digests: [] })).toBe(
      'quill==1.0\n    # via inkpot\nnib==1\n',
    );
    expect(edit(before, { line: 1, style: 'pip', digests: [digest('a'), digest('b'), digest('c')] })).toBe(
      `quill==1.0 \\\n\t ${option('a')} \\\n\t ${option('c')} \\\n\t ${option('b')}\n    # via inkpot\nnib==1\n`,
    );
  });

  it('works on one line, and where a comment ends the continuation', () => {
    expect(
      edit(`quill==1.0 ${option('a')} # x\n`, { line: 1, style: 'pip', digests: [digest('a'), digest('b')] }),
    ).toBe(`quill==1.0 ${option('a')} ${option('b')} # x\n`);
    const commented = `quill==1.0 \\\n    ${option('a')} \\\n    # via nib\ninkpot==1\n`;
    expect(edit(commented, { line: 1, style: 'pip', digests: [digest('a'), digest('b')] })).toBe(
      `quill==1.0 \\\n    ${option('a')} \\\n    ${option('b')} \\\n    # via nib\ninkpot==1\n`,
    );
  });

  it('takes the digests that peep comments cannot', () => {
    const sha512: Digest = { algorithm: 'sha512', hex: hex('d', 128) };
    expect(edit('quill==1.0\n', { line: 1, style: 'peep', digests: [digest('a'), sha512] })).toBe(
      `# sha256: ${peep('a')}\nquill==1.0 \\\n    --hash=sha512:${sha512.hex}\n`,
    );
  });
});

describe('both', () => {
  const pip = `quill==1.0 \\\n    ${option('a')} \\\n    ${option('b')}\n`;
  const comments = `# sha256: ${peep('a')}\n# sha256: ${peep('b')}\nquill==1.0\n`;
  const digests = [digest('a'), digest('b')];

  it('turn into each other when asked, and only then', () => {
    expect(edit(pip, { line: 1, style: 'peep', digests, restyle: true })).toBe(comments);
    expect(edit(comments, { line: 3, style: 'pip', digests, restyle: true })).toBe(pip);
    expect(edit(pip, { line: 1, style: 'peep', digests })).toBe(pip);
    expect(edit(comments, { line: 3, style: 'pip', digests })).toBe(comments);
  });

  it('move a version, and change nothing when nothing is to change', () => {
    expect(
      edit(`${comments}Nib[x] == 1.0 ; a=="1.0" # 1.0\n`.replace('a==', 'os_name=='), {
        line: 4,
        style: 'peep',
        version: { from: '1.0', to: '1.10.2' },
      }),
    ).toBe(`${comments}Nib[x] == 1.10.2 ; os_name=="1.0" # 1.0\n`);
    expect(
      edit(`${comments}${pip}`, { line: 3, style: 'peep', digests }, { line: 4, style: 'pip', digests }),
    ).toBe(`${comments}${pip}`);
  });

  it('keep line ends where they are mixed', () => {
    const before = `nib==1\n# sha256: ${peep('a')}\r\nquill==1.0\r\nvellum==1\n`;
    expect(edit(before, { line: 3, style: 'peep', digests: [digest('a'), digest('b')] })).toBe(
      `nib==1\n# sha256: ${peep('a')}\r\n# sha256: ${peep('b')}\nquill==1.0\r\nvellum==1\n`,
    );
  });

  it.each(['utf16le', 'utf8'] as const)('keep a byte order mark and %s', (encoding) => {
    const bytes = Buffer.from('\ufeff# é\r\nquill==1.0 # ß\r\n', encoding);
    const changed = editRequirements(bytes, 'req.txt', [{ line: 2, style: 'peep', digests: [digest('a')] }]);
    expect(Buffer.from(changed).toString(encoding)).toBe(
      `\ufeff# é\r\n# sha256: ${peep('a')}\r\nquill==1.0 # ß\r\n`,
    );
  });

  it('keep bytes of other encodings', () => {
    const bytes = Buffer.from('# coding: latin-1\nquill==1.0 # \xdf\n', 'latin1');
    const changed = editRequirements(bytes, 'req.txt', [{ line: 2, style: 'pip', digests: [digest('a')] }]);
    expect(Buffer.from(changed).toString('latin1')).toBe(
      `# coding: latin-1\nquill==1.0 ${option('a')} # \xdf\n`,
    );
  });

  it.each([
    ['a line where nothing starts', '\nquill==1.0\n', 1],
    ['a torn option', `quill==1.0 --hash \\\n sha256:${hex('a')}\n`, 1],
    ['a quoted option', `quill==1.0 --hash="sha256:${hex('a')}"\n`, 1],
    ['an abbreviated option', `quill==1.0 --has=sha256:${hex('a')}\n`, 1],
    ['a hash comment that holds a line together', `nib==1 \\\n# sha256: ${peep('a')}\nquill==1.0\n`, 3],
  ])('refuse %s', (_, text, line) => {
    expect(() => edit(text, { line, style: 'pip', digests: [digest('b')], restyle: true })).toThrow(
      expect.objectContaining({ code: 'EDIT_FAILED' }),
    );
  });

  it('refuse a version that comes from a variable', () => {
    expect(() =>
      edit('quill==${V}\n', { line: 1, style: 'pip', version: { from: '1.0', to: '2.0' } }),
    ).toThrow(expect.objectContaining({ code: 'EDIT_FAILED', place: { file: 'req.txt', line: 1 } }));
  });
});
