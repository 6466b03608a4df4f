import { describe, expect, it } from 'vitest';
import type { RecordedPublisher } from '../../../src/packaging/publisher.js';
import { formatPublisher, parsePublisher } from '../../../src/packaging/publisher-record.js';
import { editRequirements } from '../../../src/requirements/edit/edit.js';
import { portRequirements } from '../../../src/requirements/edit/port.js';
import { cwd, memoryFiles, read } from './memory-files.js';

const hex = 'ab'.repeat(32);
const acme = 'github acme/demo release.yml id=1001';
const other = 'gitlab group/demo .gitlab-ci.yml id=2002';
const publisher = (text: string) => parsePublisher(text) as RecordedPublisher;

async function pins(text: string, more: Record<string, string> = {}, constraints: string[] = []) {
  const { entries } = await read({ 'req.txt': text, ...more }, { constraints });
  return entries.map((entry) =>
    entry.kind === 'pin'
      ? (entry.pin.publishers ?? []).map(formatPublisher)
      : `${entry.line.error.code} ${entry.line.error.place?.line}`,
  );
}

describe('# attested-by: lines', () => {
  it('gather downwards over comments and blank lines, for the next requirement only', async () => {
    const text = `# attested-by: ${acme}\n# a remark\n\n#attested-by: ${other} # of old\nquill==1.0 --hash=sha256:${hex}\nbeta==1.0 --hash=sha256:${hex}\n`;
    expect(await pins(text)).toEqual([[acme, other], []]);
  });

  it('go with peep hash comments, in whatever order', async () => {
    const digest = Buffer.from(hex, 'hex').toString('base64url');
    const text = `# attested-by: none\n# sha256: ${digest}\n# attested-by: ${acme}\nquill==1.0\n`;
    expect(await pins(text)).toEqual([['none', acme]]);
  });

  it.each(['', 'acme', 'github acme/demo release.yml', `${acme} id=2`])(
    "'%s' is refused, naming its line",
    async (text) => {
      expect(await pins(`\n# attested-by: ${text}\nquill==1.0 --hash=sha256:${hex}\n`)).toEqual([
        'PUBLISHER_MALFORMED 2',
      ]);
    },
  );

  it('of a constraint count for its requirement; where both record some, shared ones', async () => {
    const constraint = `# attested-by: ${acme}\nquill==1.0\n`;
    const lent = await pins('quill==1.0\n', { 'c.txt': constraint }, ['c.txt']);
    expect(lent).toEqual([[acme]]);
    const both = await pins(
      `# attested-by: ${acme}\n# attested-by: ${other}\nquill==1.0\n`,
      { 'c.txt': constraint },
      ['c.txt'],
    );
    expect(both).toEqual([[acme]]);
    const none = await pins(`# attested-by: ${other}\nquill==1.0\n`, { 'c.txt': constraint }, ['c.txt']);
    expect(none).toEqual(['CONSTRAINT_CONFLICT 2']);
  });

  it('are read from pylock.toml', async () => {
    const lock = (
      identity: string,
    ) => `lock-version = "1.0"\ncreated-by = "test"\n[[packages]]\nname = "quill"\nversion = "1.0"
${identity}
[[packages.wheels]]\nurl = "https://index.example/quill-1.0-py3-none-any.whl"\nhashes = { sha256 = "${hex}" }\n`;
    const fields =
      'kind = "GitHub", repository = "acme/demo", workflow = "release.yml", environment = "pypi"';
    const { entries } = await read(
      { 'pylock.toml': lock(`attestation-identities = [{ ${fields} }]`) },
      { entries: ['pylock.toml'] },
    );
    expect(entries).toMatchObject([
      {
        pin: {
          publishers: [
            {
              kind: 'github',
              host: 'github.com',
              repository: 'acme/demo',
              workflow: 'release.yml',
              id: undefined,
              environment: undefined,
            },
          ],
        },
      },
    ]);
    const broken = await read(
      { 'pylock.toml': lock('attestation-identities = [{ kind = "Other" }]') },
      { entries: ['pylock.toml'] },
    );
    expect(broken.entries).toMatchObject([{ line: { error: { code: 'LOCK_INVALID' } } }]);
  });
});

describe('edits', () => {
  const edit = (text: string, publishers: string[], line: number) =>
    Buffer.from(
      editRequirements(Buffer.from(text), 'requirements.txt', [
        { line, style: 'peep', publishers: publishers.map(publisher) },
      ]),
    ).toString();

  it('put records above a requirement, take others away, and leave what stays as it is', () => {
    expect(edit('quill==1.0\n', [acme], 1)).toBe(`# attested-by: ${acme}\nquill==1.0\n`);
    expect(edit(`# attested-by: ${acme} # ours\nquill==1.0\n`, [acme, other], 2)).toBe(
      `# attested-by: ${acme} # ours\n# attested-by: ${other}\nquill==1.0\n`,
    );
    expect(edit(`# attested-by: ${acme}\n# a remark\nquill==1.0\n`, [other], 3)).toBe(
      `# a remark\n# attested-by: ${other}\nquill==1.0\n`,
    );
    expect(edit(`# attested-by: ${acme}\nquill==1.0\n`, [], 2)).toBe('quill==1.0\n');
  });

  it('stand below the hash lines of the same edit', () => {
    const digest = { algorithm: 'sha256', hex } as const;
    const changed = editRequirements(Buffer.from('quill==1.0\n'), 'requirements.txt', [
      { line: 1, style: 'peep', digests: [digest], publishers: [publisher(acme)] },
    ]);
    expect(Buffer.from(changed).toString()).toMatch(/^# sha256: \S+\n# attested-by: .*\nquill==1\.0\n$/);
  });
});

describe('port', () => {
  it.each([false, true])('keeps them as comments (reverse: %s)', async (reverse) => {
    const text = `# attested-by: ${acme}\nquill==1.0 --hash=sha256:${hex}\n`;
    const { text: ported, refused } = await portRequirements(memoryFiles({ 'requirements.txt': text }), {
      entries: ['requirements.txt'],
      env: {},
      cwd,
      reverse,
    });
    expect(refused).toEqual([]);
    expect(ported).toContain(`# attested-by: ${acme}\nquill==1.0`);
  });
});
