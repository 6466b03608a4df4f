import { describe, expect, it } from 'vitest';
import { read, refusalOf } from '../memory-files.js';

const errorOf = async (file: string, text: string, source = {}) => {
  try {
    await read({ [file]: text }, { entries: [file], ...source });
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('a file that is no requirements file', () => {
  it.each([
    [
      'pyproject.toml',
      '[build-system]\nrequires = ["x"]\n[project]\nname = "quill"\n',
      /pyproject\.toml/,
      /uv lock/,
    ],
    [
      'Pipfile',
      '[[source]]\nurl = "https://i.example"\n[packages]\nquill = "*"\n',
      /Pipfile/,
      /Pipfile\.lock/,
    ],
    ['package.json', '{"name": "quill", "dependencies": {}}', /package\.json/, /lock file/],
    ['package-lock.json', '{\n "lockfileVersion": 3 }', /package-lock\.json/, /lock file/],
    ['environment.yml', 'name: quill\ndependencies:\n - pip\n', /conda/, /pip freeze/],
    ['Cargo.lock', 'version = 4\n\n[[package]]\nname = "q"\nversion = "1"\n', /Cargo\.lock/, /lock file/],
    ['settings.toml', '[server]\nport = 1\n', /TOML file/, /lock file/],
    ['list.json', '[\n "quill"\n]\n', /JSON file/, /lock file/],
  ])('%s is told as what it is, in one error', async (file, text, what, hint) => {
    const expected = {
      code: 'REQUIREMENTS_KIND',
      message: expect.stringMatching(what),
      hint: expect.stringMatching(hint),
      place: { file, line: 1 },
    };
    expect(await errorOf(file, text)).toMatchObject(expected);
    await expect(
      read({ [file]: text, 'req.txt': `quill==1.0\n-c ${file}\n` }, { entries: ['req.txt'] }),
    ).rejects.toMatchObject(expected);
  });

  it.each([
    ['uv.lock', 'version = 2\nrequires-python = ">=3.10"\n', /uv\.lock of version 2/],
    ['poetry.lock', '[metadata]\nlock-version = "3.0"\n', /poetry\.lock of version 3\.0/],
    ['pdm.lock', '[metadata]\nlock_version = "4.3"\n', /pdm\.lock of version 4\.3/],
    ['Pipfile.lock', '{\n"_meta": {"pipfile-spec": 7}}', /pipfile-spec is 7/],
    ['pylock.toml', 'lock-version = "2.0"\n', /pylock\.toml of version 2\.0/],
  ])('%s of a version that is not known is refused by name', async (file, text, message) => {
    expect(await errorOf(file, text)).toMatchObject({
      code: 'LOCK_VERSION',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['uv.lock', 'version = 1\nrequires-python = ">=3.10"\n[[package]\n'],
    ['Pipfile.lock', '{\n "_meta": {'],
    ['poetry.lock', `x = ${'['.repeat(5000)}`],
    ['uv.lock', Buffer.from('version = 1\nrequires-python = "\xff"\n', 'latin1')],
  ])('%s that is broken is one error', async (file, text) => {
    expect(await errorOf(file, text as string)).toMatchObject({ code: 'LOCK_INVALID' });
  });

  it('is told by its content, under any name', async () => {
    const lock = 'version = 1\nrequires-python = ">=3.10"\n\n[manifest]\nrequirements = []\n';
    expect((await read({ 'frozen.txt': lock }, { entries: ['frozen.txt'] })).entries).toEqual([]);
  });

  it.each(['[quill]\n', '{quill}\n', 'quill = 1.0\n', 'quill: 1.0\n', 'quill=1.21.0=py39\ninkpot=1\n'])(
    'is none for one odd line: %j',
    async (text) => {
      expect(refusalOf((await read(text)).entries[0]).status).toBe('malformed');
    },
  );
});
