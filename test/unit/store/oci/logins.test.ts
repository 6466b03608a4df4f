import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { helperLogin, loginPlaces } from '../../../../src/store/oci/docker-config.js';
import { dockerLogins } from '../../../../src/store/oci/find-login.js';
import { parseReference } from '../../../../src/store/oci/reference.js';
import { directory, failure } from '../../fetch/support.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const password = (username: string, secret: string) => ({ kind: 'password', username, password: secret });

describe('docker’s config', () => {
  const places = (config: unknown, host = 'r.test', repository = 'team/python') =>
    loginPlaces(JSON.stringify(config), host, repository);

  it.each<[string, unknown, unknown]>([
    ['a user and password', { auth: base64('me:a:b') }, password('me', 'a:b')],
    ['both in the open', { username: 'me', password: 'pw' }, password('me', 'pw')],
    [
      'a refresh token',
      { auth: base64('me:'), identitytoken: 'tok' },
      { kind: 'refresh-token', token: 'tok' },
    ],
    ['a token of the registry', { registrytoken: 'tok' }, { kind: 'bearer', token: 'tok' }],
  ])('holds %s', (_, entry, login) => {
    expect(places({ auths: { 'r.test': entry } })).toEqual([{ kind: 'login', login }]);
  });

  it('files them under hosts, old addresses and, for podman, paths', () => {
    const entry = (name: string) => ({ auth: base64(`${name}:x`) });
    const found = (keys: readonly string[], host?: string) =>
      places({ auths: Object.fromEntries(keys.map((key) => [key, entry(key)])) }, host).map((place) =>
        place.kind === 'login' && place.login.kind === 'password' ? place.login.username : place,
      );
    expect(found(['r.test:5000', 'r.test'])).toEqual(['r.test']);
    expect(found(['R.test/v1/'])).toEqual(['R.test/v1/']);
    expect(found(['r.test/team', 'r.test', 'r.test/other'])).toEqual(['r.test/team', 'r.test']);
    expect(places({ auths: { 'https://r.test/v2/': entry('old') } })).toHaveLength(1);
    expect(
      places({ auths: { 'https://index.docker.io/v1/': entry('hub') } }, 'registry-1.docker.io'),
    ).toHaveLength(1);
    expect(found(['other.test'])).toEqual([]);
  });

  it('names helpers: for one registry before the file, for all after it', () => {
    const config = {
      auths: { 'r.test': { auth: base64('me:x') } },
      credsStore: 'all',
      credHelpers: { 'r.test': 'one' },
    };
    expect(places(config).map((place) => (place.kind === 'helper' ? place.program : place.kind))).toEqual([
      'docker-credential-one',
      'login',
      'docker-credential-all',
    ]);
    // docker leaves an empty entry where a helper holds the login.
    expect(places({ auths: { 'r.test': {} }, credsStore: 'all' })).toHaveLength(1);
  });

  it.each([
    [[]],
    [null],
    [{ auths: [] }],
    [{ auths: { 'r.test': 'x' } }],
    [{ auths: { 'r.test': { auth: 7 } } }],
    [{ credsStore: '../evil' }],
    [{ credsStore: 7 }],
    [{ credHelpers: { 'r.test': 'a b' } }],
  ])('%j is none', (config) => {
    expect(() => places(config)).toThrow(TypeError);
  });

  it('of any shape is read or refused', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (auths, more) => {
        const config = JSON.stringify({ auths, credHelpers: more, credsStore: more });
        for (const read of [
          () => loginPlaces(config, 'r.test', 'a'),
          () => helperLogin(JSON.stringify(more)),
        ]) {
          try {
            read();
          } catch (error) {
            if (!(error instanceof TypeError) && !(error instanceof SyntaxError)) throw error;
          }
        }
      }),
    );
  });
});

describe('a login', () => {
  const reference = parseReference('oci://r.test/team/python');
  const config = (name: string) => JSON.stringify({ auths: { 'r.test': { auth: base64(`${name}:x`) } } });

  it('comes from the first file that has one', async () => {
    const files = new Map([
      ['/auth.json', '{}'],
      ['/docker/config.json', config('docker')],
      ['/run/containers/auth.json', config('podman')],
    ]);
    const readText = async (path: string) => {
      const text = files.get(path);
      if (text === undefined) throw Object.assign(new Error('none'), { code: 'ENOENT' });
      return text;
    };
    const env = { REGISTRY_AUTH_FILE: '/auth.json', DOCKER_CONFIG: '/docker', XDG_RUNTIME_DIR: '/run' };
    const find = dockerLogins({ env, home: '/home/me', platform: 'linux', readText });
    expect(await find(reference)).toEqual(password('docker', 'x'));
    files.delete('/docker/config.json');
    expect(await find(reference)).toEqual(password('podman', 'x'));
    files.clear();
    expect(await find(reference)).toBeUndefined();
    files.set('/home/me/.config/containers/auth.json', config('home'));
    expect(await find(reference)).toEqual(password('home', 'x'));
  });

  it.skipIf(process.platform === 'win32')('comes from a credential helper', async () => {
    const home = directory();
    mkdirSync(join(home, '.docker'));
    mkdirSync(join(home, 'bin'));
    const write = (helper: string, script: string) => {
      writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ credsStore: helper }));
      const path = join(home, `bin/docker-credential-${helper}`);
      writeFileSync(path, `#!/bin/sh\n${script}\n`);
      chmodSync(path, 0o755);
    };
    const env = { PATH: `${join(home, 'bin')}:/usr/bin:/bin` };
    const find = () => dockerLogins({ env, home, platform: 'linux' })(reference);

    write(
      'good',
      'read -r server; [ "$1" = get ] && echo "{\\"Username\\":\\"u-$server\\",\\"Secret\\":\\"s\\"}"',
    );
    expect(await find()).toEqual(password('u-r.test', 's'));
    write('token', 'echo \'{"Username":"<token>","Secret":"t"}\'');
    expect(await find()).toEqual({ kind: 'refresh-token', token: 't' });
    write('empty', 'echo "credentials not found in native keychain"; exit 1');
    expect(await find()).toBeUndefined();
    write('broken', 'echo "the keychain is locked"; exit 1');
    expect(await failure(find())).toMatchObject({
      code: 'REGISTRY_LOGIN',
      message: expect.stringContaining('the keychain is locked'),
    });
    write('babble', 'echo "s3cret"');
    const error = await failure(find());
    expect(error.code).toBe('REGISTRY_LOGIN');
    expect(`${error.message}${error.cause}`).not.toContain('s3cret');
    writeFileSync(join(home, '.docker/config.json'), '{"credsStore":"absent"}');
    expect((await failure(find())).message).toContain("'docker-credential-absent', which is not on PATH");
  });

  it('of a file that is no JSON is an error, and nothing of the file is shown', async () => {
    const readText = async () => '{"auths": s3cret';
    const error = await failure(
      dockerLogins({ env: {}, home: '/h', platform: 'linux', readText })(reference),
    );
    expect(error.code).toBe('REGISTRY_LOGIN');
    expect(error.message).toContain('/h/.docker/config.json');
    expect(`${error.message}${error.hint}${error.cause}`).not.toContain('s3cret');
  });
});
