import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Credentials,
  type CredentialsDeps,
  createCredentials,
} from '../../../../src/fetch/http/credentials.js';
import { commandKeyring, commandKeyringLogin } from '../../../../src/fetch/http/keyring.js';
import { directory } from '../support.js';

const nobody = { username: '', password: '' };

function credentials(deps: Partial<CredentialsDeps> = {}): Credentials {
  return createCredentials({
    env: {},
    home: undefined,
    platform: 'linux',
    urls: [],
    keyringProvider: 'disabled',
    ...deps,
  });
}

async function sent(from: Credentials, url: string): Promise<string | undefined> {
  const parsed = new URL(url);
  const found = await from.upFront(parsed, { username: parsed.username, password: parsed.password });
  return found && Buffer.from(found.header.slice('Basic '.length), 'base64').toString();
}

describe('credentials of URLs', () => {
  it('serve every URL of their origin, the nearest path first', async () => {
    const from = credentials({
      urls: [
        'https://a:1@h.test/simple/',
        'https://b:2@h.test/team/simple/',
        'https://c:3@other.test/simple/',
      ],
    });
    expect(await sent(from, 'https://h.test/simple/x/')).toBe('a:1');
    expect(await sent(from, 'https://h.test/team/simple/x/')).toBe('b:2');
    expect(await sent(from, 'https://h.test/packages/x.whl')).toBe('a:1');
    expect(await sent(from, 'https://h.test:443/packages/x.whl')).toBe('a:1');
    for (const url of ['http://h.test/simple/x/', 'https://h.test:444/simple/', 'https://x.h.test/simple/']) {
      expect(await sent(from, url)).toBeUndefined();
    }
  });

  it('of the index whose page led to an archive come before those of a nearer path, at its own origin', async () => {
    const group = (name: string) => `https://${name}:1@h.test/groups/${name}/simple/`;
    const from = credentials({ urls: [group('a'), group('b')] });
    const header = (url: string, linkedBy: string) => from.upFront(new URL(url), nobody, linkedBy);
    const shown = async (...args: [string, string]) =>
      Buffer.from((await header(...args))?.header.slice('Basic '.length) ?? '', 'base64').toString();
    expect(await shown('https://h.test/packages/x.whl', group('b'))).toBe('b:1');
    expect(await shown('https://h.test/groups/a/x.whl', group('b'))).toBe('b:1');
    expect(await shown('https://h.test/groups/b/x.whl', 'https://h.test/groups/c/simple/')).toBe('b:1');
    expect(await shown('https://other.test/packages/x.whl', group('b'))).toBe('');
  });

  it('of the URL itself come first, percent-decoded', async () => {
    const from = credentials({ urls: ['https://a:1@h.test/simple/'] });
    expect(await sent(from, 'https://me%40x:p%3Aw%25@h.test/simple/')).toBe('me@x:p:w%');
    expect(await sent(from, 'https://me:100%@h.test/simple/')).toBe('me:100%');
  });

  it('with a user alone are sent with an empty password: a token', async () => {
    expect(await sent(credentials(), 'https://token@h.test/')).toBe('token:');
  });
});

describe('netrc', () => {
  const home = () => {
    const path = directory();
    writeFileSync(join(path, '.netrc'), 'machine h.test login a password 1\ndefault login any password 0\n');
    return path;
  };

  it('of the home directory serves its hosts, and by default the others that the user named', async () => {
    const urls = ['https://h.test:8443/simple/', 'http://x.test/simple/'];
    const from = credentials({ home: home(), urls, named: ['https://y.test/quill-1.0.zip'] });
    expect(await sent(from, 'https://h.test:8443/x')).toBe('a:1');
    expect(await sent(from, 'http://x.test/packages/x')).toBe('any:0');
    expect(await sent(from, 'https://y.test/')).toBe('any:0');
  });

  it('never sends the default where a page or a redirect leads (P7)', async () => {
    const from = credentials({ home: home(), urls: ['https://x.test/simple/'] });
    for (const url of ['https://y.test/', 'http://x.test/', 'https://x.test:8443/', 'https://sub.x.test/']) {
      expect(await sent(from, url)).toBeUndefined();
    }
  });

  it('serves a host that it names where a page leads: https, and no other port than the one the user chose', async () => {
    const elsewhere = credentials({ home: home(), urls: ['https://x.test/simple/'] });
    expect(await sent(elsewhere, 'https://h.test/x.whl')).toBe('a:1');
    expect(await sent(elsewhere, 'https://h.test:8443/x.whl')).toBeUndefined();
    expect(await sent(elsewhere, 'http://h.test/x.whl')).toBeUndefined();
    const there = credentials({ home: home(), urls: ['https://h.test:8443/simple/'] });
    expect(await sent(there, 'https://h.test:8443/x.whl')).toBe('a:1');
    expect(await sent(there, 'https://h.test/x.whl')).toBeUndefined();
    expect(await sent(there, 'https://h.test:9443/x.whl')).toBeUndefined();
  });

  it('named by NETRC is the only one', async () => {
    const env = { NETRC: join(directory(), 'mine') };
    writeFileSync(env.NETRC, 'machine h.test\n  login b\n  password "2 3"\n');
    expect(await sent(credentials({ home: home(), env }), 'https://h.test/')).toBe('b:2 3');
    expect(
      await sent(credentials({ home: home(), env: { NETRC: '/nowhere' } }), 'https://h.test/'),
    ).toBeUndefined();
  });

  it('gives the password of the user that the URL names, and of no other', async () => {
    const from = credentials({ home: home() });
    expect(await sent(from, 'https://a@h.test/')).toBe('a:1');
    expect(await sent(from, 'https://b@h.test/')).toBe('b:');
  });

  it('that is malformed counts as absent, as in pip', async () => {
    const env = { NETRC: join(directory(), 'bad') };
    writeFileSync(env.NETRC, 'machine h.test login\n');
    expect(await sent(credentials({ env }), 'https://h.test/')).toBeUndefined();
  });
});

describe('the keyring', () => {
  const url = new URL('https://h.test/packages/x.whl');

  it('is asked for the index, then for the host, and only for a user that is named', async () => {
    const asked: string[][] = [];
    const keyring = async (...args: [string, string]) => {
      asked.push(args);
      return args[0] === 'h.test' ? 'pw' : undefined;
    };
    const urls = ['https://user@h.test/simple/'];
    const from = credentials({ urls, keyringProvider: 'subprocess', keyring });
    const found = await from.afterChallenge(url, nobody, undefined);
    expect(found?.header).toBe(`Basic ${Buffer.from('user:pw').toString('base64')}`);
    expect(asked).toEqual([
      ['https://h.test/simple/', 'user'],
      ['h.test', 'user'],
    ]);
    await from.afterChallenge(url, nobody, undefined);
    expect(asked.length).toBe(2);
    expect(await from.afterChallenge(new URL('https://x.test/'), nobody, undefined)).toBeUndefined();
    // The same answer again would be refused again.
    expect(await from.afterChallenge(url, nobody, found)).toBeUndefined();
    expect(
      await from.afterChallenge(url, { username: 'user', password: 'wrong' }, undefined),
    ).toBeUndefined();
  });

  it('is asked for user and password where no URL names a user, and only for origins that the user named', async () => {
    const asked: (readonly string[])[] = [];
    const run = async (_program: string, args: readonly string[]) => {
      asked.push(args);
      return '{"username": "me", "password": "pw"}';
    };
    const keyringLogin = commandKeyringLogin({
      env: { PATH: '/usr/bin' },
      platform: 'linux',
      run,
      isExecutable: async () => true,
    });
    const urls = ['https://h.test/simple/'];
    const from = credentials({ urls, keyringProvider: 'subprocess', keyringLogin });
    const found = await from.afterChallenge(url, nobody, undefined);
    expect(found?.header).toBe(`Basic ${Buffer.from('me:pw').toString('base64')}`);
    expect(asked).toEqual([['--mode=creds', '--output=json', 'get', 'https://h.test/simple/']]);
    expect(await from.afterChallenge(new URL('https://x.test/'), nobody, undefined)).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  it.skipIf(process.platform === 'win32')(
    'is the command of that name on PATH, never one of the working directory',
    async () => {
      const bin = directory();
      const program = join(bin, 'keyring');
      writeFileSync(program, '#!/bin/sh\n[ "$1 $3" = "get user" ] && echo "pw of $2"\n');
      chmodSync(program, 0o755);
      const ask = commandKeyring({
        env: { PATH: [bin, '/usr/bin', '/bin'].join(delimiter) },
        platform: 'linux',
      });
      expect(await ask('https://h.test/', 'user')).toBe('pw of https://h.test/');
      expect(await ask('https://h.test/', 'other')).toBeUndefined();
      expect(await ask('--help', 'user')).toBeUndefined();

      const looked: string[] = [];
      const isExecutable = async (path: string) => {
        looked.push(path);
        return false;
      };
      const PATH = ['', '.', 'bin', '/usr/bin'].join(delimiter);
      expect(
        await commandKeyring({ env: { PATH }, platform: 'linux', isExecutable })('h', 'u'),
      ).toBeUndefined();
      expect(looked).toEqual(['/usr/bin/keyring']);
    },
  );

  it('that is a directory or fails to start knows nothing', async () => {
    const bin = directory();
    mkdirSync(join(bin, 'keyring'));
    expect(await commandKeyring({ env: { PATH: bin }, platform: 'linux' })('h', 'u')).toBeUndefined();
  });
});
