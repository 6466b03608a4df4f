import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readProjectSettings } from '../../../src/config/project-settings.js';
import type { NetworkSettings } from '../../../src/config/settings.js';
import { readTlsSettings } from '../../../src/fetch/http/tls.js';
import { readRegular } from '../../../src/files/regular-file.js';
import { type Digests, parseHexDigest } from '../../../src/hash/digest.js';
import { hashRegularFile } from '../../../src/hash/hash-file.js';
import { readAnswer } from '../../../src/install/build/read-answer.js';
import { otherPips } from '../../../src/install/other-pips.js';
import type { MarkerEnvironment } from '../../../src/packaging/types.js';
import { readPinnedFile } from '../../../src/pinning/files.js';
import { aliasPath, storeLayout } from '../../../src/store/layout.js';
import { createStore } from '../../../src/store/store.js';
import { readInstalled } from '../../../src/target/installed.js';
import { readLinuxBinary } from '../../../src/target/linux-binary.js';
import type { Interpreter } from '../../../src/target/target.js';
import { claimedFiles } from '../../../src/verify/record.js';
import { tempDirectory } from '../../support/temp-directory.js';

const strict = { maxBytes: 10, followLinks: false };

describe('readRegular', () => {
  it('reads a file up to its limit', async () => {
    using directory = tempDirectory();
    writeFileSync(directory.join('it'), '0123456789');
    expect(String(await readRegular(directory.join('it'), strict))).toBe('0123456789');
    symlinkSync(directory.join('it'), directory.join('link'));
    expect(await readRegular(directory.join('link'), { maxBytes: 10 })).toHaveLength(10);
  });

  it.each([
    ['a directory', (path: string) => mkdirSync(path), 'it is a directory'],
    ['a pipe', pipe, 'it is not a regular file'],
    ['a device', (path: string) => symlinkSync('/dev/zero', path), 'it is not a regular file', true],
    ['a link', (path: string) => symlinkSync('/dev/zero', path), 'it is a symbolic link'],
    ['too large a file', large, 'it has 11 bytes, and peep reads at most 10'],
  ])('refuses %s', async (_, make, message, followLinks = false) => {
    using directory = tempDirectory();
    make(directory.join('it'));
    const read = readRegular(directory.join('it'), { ...strict, followLinks });
    await expect(read).rejects.toThrow(message);
  });
});

it('nothing waits at a pipe: a hash, the pyproject.toml of the directory, what an environment says', async () => {
  using directory = tempDirectory();
  pipe(directory.join('pyproject.toml'));
  await expect(hashRegularFile(directory.join('pyproject.toml'))).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
  });
  await expect(readProjectSettings(directory.path)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  const metadata = directory.join('quill-1.0.dist-info');
  mkdirSync(metadata);
  for (const name of ['RECORD', 'direct_url.json']) pipe(join(metadata, name));
  writeFileSync(join(metadata, 'METADATA'), '');
  expect(claimedFiles(metadata)).toEqual([]);
  pipe(directory.join('old.egg-link'));
  expect([...(await readInstalled([directory.path]))]).toMatchObject([
    ['quill', { version: '1.0', directUrl: undefined }],
  ]);
});

it('nothing waits at a pipe: what a back end answers, a pip, a pinned file, certificates, the store', async () => {
  using directory = tempDirectory();
  const path = directory.join('it.pem');
  pipe(path);
  const answered = { label: 'quill 1.0', answer: path, log: path };
  for (const status of [0, 1])
    await expect(readAnswer({ ...answered, status })).rejects.toMatchObject({ code: 'BUILD_BACKEND_FAILED' });
  await expect(readPinnedFile(path, '/')).rejects.toMatchObject({ code: 'REQUIREMENTS_UNWRITABLE' });
  pipe(directory.join('__pip-runner__.py'));
  const pips = otherPips({ target: {} as Interpreter, env: {}, platform: 'linux' });
  expect(await pips.oldestPython(directory.path)).toBeUndefined();
  const settings = { cert: undefined, clientCert: undefined } as NetworkSettings;
  const tls = readTlsSettings(settings, { SSL_CERT_DIR: directory.path });
  await expect(tls).rejects.toMatchObject({ code: 'NETWORK_SETTINGS' });
  const facts = readLinuxBinary(
    { bits: 32, glibc: [2, 31], environment: { platform_machine: 'i686' } as MarkerEnvironment },
    path,
    () => Promise.reject(new Error('nothing runs')),
  );
  expect(await facts).toMatchObject({ wheelAbi: false });
  const store = createStore(directory.join('store'), () => undefined);
  const digest = parseHexDigest('sha512', 'ab'.repeat(64));
  const alias = aliasPath(storeLayout(directory.join('store')), digest);
  mkdirSync(dirname(alias), { recursive: true });
  pipe(alias);
  expect(await store.find([digest] as unknown as Digests)).toEqual([]);
});

function pipe(path: string): void {
  execFileSync('mkfifo', [path]);
}

function large(path: string): void {
  writeFileSync(path, '');
  truncateSync(path, 11);
}
