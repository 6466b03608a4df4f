import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readProjectSettings } from '../../../src/config/project-settings.js';
import { tempDirectory } from '../../support/temp-directory.js';

async function read(text: string | undefined) {
  using directory = tempDirectory();
  if (text !== undefined) writeFileSync(directory.join('pyproject.toml'), text);
  return await readProjectSettings(directory.path);
}

const none = {
  minAge: undefined,
  requireProvenance: false,
  provenanceIndex: undefined,
  verifyInstalled: false,
  bindings: { indexes: [], projects: [] },
};

describe('[tool.peep] of pyproject.toml', () => {
  it('holds defaults', async () => {
    const text =
      '[tool.peep]\nmin-age = "7d"\nrequire-provenance = true\nprovenance-index = "https://pypi.org/simple/"\nverify-installed = true\n';
    expect(await read(text)).toEqual({
      ...none,
      minAge: 7 * 86_400,
      requireProvenance: true,
      provenanceIndex: 'https://pypi.org/simple/',
      verifyInstalled: true,
    });
    expect(await read('tool = { peep = { min-age = "1" } }\n')).toEqual({ ...none, minAge: 86_400 });
  });

  it.each([undefined, '', '[project]\nname = "x"\n', '[tool.other]\nx = 1\n', 'no toml, and no table'])(
    'is absent: %s',
    async (text) => {
      expect(await read(text)).toEqual(none);
    },
  );

  it.each([
    ['min_age = "7d"', 'SETTING_INVALID'],
    ['min-age = 7', 'SETTING_INVALID'],
    ['min-age = "soon"', 'SIZE_INVALID'],
    ['require-provenance = "yes"', 'SETTING_INVALID'],
    ['provenance-index = "file:///x"', 'SETTING_INVALID'],
    ['=', 'CONFIG_INVALID'],
  ])('%s: %s', async (line, code) => {
    await expect(read(`[tool.peep]\n${line}\n`)).rejects.toMatchObject({ code });
  });

  it('binds projects to indexes', async () => {
    const text =
      '[tool.peep.indexes.company]\nurl = "https://c.test/simple/"\nprojects = ["acme-*", "tool"]\n';
    expect(await read(text)).toEqual({
      ...none,
      bindings: {
        indexes: ['company=https://c.test/simple/'],
        projects: ['company:acme-*', 'company:tool'],
      },
    });
  });

  it.each([
    ['indexes = 1', "'indexes' is not a table"],
    ['indexes.c = 1', 'is not a table of an index'],
    ['indexes."a b" = { url = "https://c.test/", projects = ["x"] }', 'is not a table of an index'],
    ['indexes.c = { projects = ["x"] }', "has no 'url'"],
    ['indexes.c = { url = "https://c.test/" }', "has no list 'projects'"],
    ['indexes.c = { url = "https://c.test/", projects = [] }', "has no list 'projects'"],
    ['indexes.c = { url = "https://c.test/", projects = ["a b"] }', 'that is not a project name'],
    ['indexes.c = { url = "https://c.test/", projects = ["x"], token = "s3cret" }', 'PEEP_INDEX_C_TOKEN'],
    ['indexes.c = { url = "https://me:s3cret@c.test/", projects = ["x"] }', 'has a user or password'],
  ])('%s is refused, and no secret is shown', async (line, why) => {
    const error = await read(`[tool.peep]\n${line}\n`).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SETTING_INVALID', message: expect.stringContaining(why) });
    expect((error as Error).message).not.toContain('s3cret');
  });

  it('is a table', async () => {
    await expect(read('[tool]\npeep = 1\n')).rejects.toMatchObject({ code: 'SETTING_INVALID' });
  });
});
