import { describe, expect, it } from 'vitest';
import { checkBindings } from '../../../src/compile/check-question.js';
import { projectWishes } from '../../../src/compile/pyproject.js';
import { resolverEnvironment } from '../../../src/compile/resolver-environment.js';
import { withNetrc } from '../../../src/compile/resolver-logins.js';
import { checkSamePins } from '../../../src/compile/same-pins.js';
import { readRequirements } from '../../../src/requirements/read/read-requirements.js';

const none = { extras: [], allExtras: true, groups: [], allGroups: true };
const index = {
  ...{ indexUrls: ['https://one.example/', 'https://one.example:8443/', 'http://one.example/'] },
  ...{ findLinks: ['https://two.example/'], trustedHosts: [], preferBinary: false, allowPrereleases: false },
  formatControl: { noBinary: new Set<string>(), onlyBinary: new Set<string>() },
};
const requirements = (text: string) =>
  readRequirements(
    { readFile: async () => Buffer.from(text), exists: async () => false },
    { entries: ['r.txt'], env: {}, cwd: '/' },
  );

describe('what compile refuses', () => {
  it.each([
    [{ project: { name: 'a\n# sha256: x' } }],
    [{ 'dependency-groups': { 'a\nb': [] } }],
    [{ project: { 'optional-dependencies': { 'a b': [] } } }],
  ])('the names in %j', (document) => {
    expect(() => projectWishes(document, 'pyproject.toml', none)).toThrow('cannot compile');
  });

  it('comments that change pins', async () => {
    const checked = await requirements(
      'a==1\n    # via x\n# sha256: WwY6dMjf0ihRZiB4hXpHXlKFGx5vl3ZrfxDHjFPFgRU\nb==1\n',
    );
    const other = await requirements(
      'a==1\n# sha256: WwY6dMjf0ihRZiB4hXpHXlKFGx5vl3ZrfxDHjFPFgRU\n    # via x\n\nb==1\n',
    );
    const worse = await requirements('a==1\nb==1\n');
    expect(() => checkSamePins(checked, other, 'r.txt')).not.toThrow();
    expect(() => checkSamePins(checked, worse, 'r.txt')).toThrow('would change its pins');
  });

  it('bound projects beside other indexes', () => {
    const bindings = [{ name: 'own', url: 'https://own.example/', patterns: ['a'] as const }];
    expect(() => checkBindings({ ...index, bindings })).toThrow('bound to the index own');
    expect(() => checkBindings({ ...index, indexUrls: [], bindings })).not.toThrow();
  });
});

describe('what a resolver is told', () => {
  it('logins of netrc for https on port 443 alone, and no default', () => {
    const entry = { login: 'ada', password: 'p w' };
    const { indexUrls, findLinks } = withNetrc(index, [
      { ...entry, host: 'one.example' },
      { ...entry, host: undefined },
    ]);
    expect(indexUrls).toEqual(['https://ada:p%20w@one.example/', ...index.indexUrls.slice(1)]);
    expect(findLinks).toEqual(index.findLinks);
  });

  it('variables that it needs', () => {
    const env = { Path: 'x', LC_ALL: 'C', AWS_SECRET_ACCESS_KEY: 's', https_proxy: 'p' };
    expect(resolverEnvironment(env, false)).toEqual({
      ...{ Path: 'x', LC_ALL: 'C', https_proxy: 'p', GIT_ALLOW_PROTOCOL: 'none' },
    });
    expect(resolverEnvironment(env, true)).toEqual(env);
  });
});
