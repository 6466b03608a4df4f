import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { sdist } from '../../mock-index/sdist.js';
import { gzipArchive, paxRecords, tarArchive } from '../../mock-index/tar-archive.js';
import { wheel } from '../../mock-index/wheel.js';
import { zipArchive } from '../../mock-index/zip-archive.js';

const hello = { name: 'Hello-World', version: '1.0' };

describe('zipArchive', () => {
  it.each([
    ['plain', {}, {}],
    ['deflated', { method: 'deflate' }, {}],
    ['with a data descriptor', { descriptor: true }, {}],
    ['with a data descriptor of ZIP64', { descriptor: true, zip64: true }, {}],
    ['in ZIP64', { zip64: true }, { zip64: true }],
    ['with a prefix that offsets count', {}, { prefix: Buffer.from('#!/bin/sh\n') }],
    ['with a comment', { comment: 'c' }, { comment: 'archive' }],
  ] as const)('writes what another reader reads: %s', async (_, entry, tweaks) => {
    const bytes = zipArchive(
      [{ name: 'ü/a.txt', data: 'hello '.repeat(99), ...entry }, { name: 'b' }],
      tweaks,
    );
    expect(await unzip(bytes)).toEqual({ 'ü/a.txt': 'hello '.repeat(99), b: '' });
  });

  it('lets headers disagree', () => {
    const bytes = zipArchive([{ name: 'a', data: 'x', local: { name: 'z', crc: 7 }, central: { size: 9 } }]);
    expect(bytes.subarray(30, 31).toString()).toBe('z');
    expect(bytes.readUInt32LE(14)).toBe(7);
    const central = bytes.indexOf('PK\x01\x02', 0, 'latin1');
    expect([bytes.readUInt32LE(central + 24), bytes.readUInt32LE(central + 16)]).toEqual([9, 0x8cdc1683]);
  });
});

describe('tarArchive', () => {
  it('writes what another reader reads', async () => {
    const long = `${'d'.repeat(60)}/${'f'.repeat(60)}`;
    const bytes = tarArchive([
      { name: 'r/', type: '5' },
      { name: long, data: 'long' },
      { name: 'l', type: '2', linkname: 'a' },
      { name: 'p', data: 'x', pax: { path: 'r/ü' } },
    ]);
    expect(bytes.length % 512).toBe(0);
    expect(await untar(bytes)).toEqual([
      ['r/', 'directory', ''],
      [long, 'file', 'long'],
      ['l', 'symlink', ''],
      ['r/ü', 'file', 'x'],
    ]);
  });

  it('counts the length of PAX records as the format wants', () => {
    expect(paxRecords({ a: 'b' }).toString()).toBe('6 a=b\n');
    expect(paxRecords({ path: 'x'.repeat(91) }).toString()).toMatch(/^101 path=x+\n$/);
    expect(paxRecords({ path: 'x'.repeat(90) })).toHaveLength(99);
  });

  it('compresses without a time, in as many members as wanted', () => {
    const bytes = gzipArchive(Buffer.from('abcdef'), { membersAt: [2, 4], trailing: Buffer.from('\0') });
    expect(bytes.readUInt32LE(4)).toBe(0);
    expect(gunzipSync(bytes).toString()).toBe('abcdef');
  });
});

describe('wheel', () => {
  it('has RECORD, metadata, scripts and data', async () => {
    const { filename, bytes } = wheel({
      ...hello,
      requiresDist: ['click>=8'],
      entryPoints: { console_scripts: { hello: 'hello_world:main' } },
      scripts: { run: '#!python\n' },
    });
    const files = await unzip(bytes);
    expect(filename).toBe('Hello_World-1.0-py3-none-any.whl');
    expect(Object.keys(files)).toEqual([
      'hello_world/__init__.py',
      'Hello_World-1.0.data/scripts/run',
      'Hello_World-1.0.dist-info/METADATA',
      'Hello_World-1.0.dist-info/WHEEL',
      'Hello_World-1.0.dist-info/entry_points.txt',
      'Hello_World-1.0.dist-info/RECORD',
    ]);
    expect(files['Hello_World-1.0.dist-info/METADATA']).toContain('Requires-Dist: click>=8\n');
    expect(files['Hello_World-1.0.dist-info/RECORD']).toMatch(
      /^hello_world\/__init__\.py,sha256=[\w-]{43},20\n/,
    );
  });

  it('is the same for ever', () => {
    expect(wheel(hello).sha256).toBe(wheel({ ...hello }).sha256);
    expect(wheel(hello).sha256).toBe('595f911fa0c9f908f352147918ced0989fba8cbe01fa0f7e6dd9deefd0fb2a7e');
  });

  it('leaves out and replaces what it is told to', async () => {
    const { bytes } = wheel({ ...hello, distInfo: { WHEEL: null, RECORD: 'nothing' } });
    const files = await unzip(bytes);
    expect(files['Hello_World-1.0.dist-info/RECORD']).toBe('nothing');
    expect(files).not.toHaveProperty(['Hello_World-1.0.dist-info/WHEEL']);
  });
});

describe('sdist', () => {
  it('has one root directory with PKG-INFO in both formats', async () => {
    const tar = sdist(hello);
    const names = (await untar(gunzipSync(tar.bytes))).map(([name]) => name);
    expect(tar.filename).toBe('Hello-World-1.0.tar.gz');
    expect(names).toEqual([
      'Hello-World-1.0/',
      'Hello-World-1.0/PKG-INFO',
      'Hello-World-1.0/pyproject.toml',
      'Hello-World-1.0/build_backend.py',
      'Hello-World-1.0/hello_world/__init__.py',
    ]);
    const zip = sdist({ ...hello, format: 'zip', build: 'legacy', pkgInfo: null });
    expect(Object.keys(await unzip(zip.bytes))).toEqual([
      'Hello-World-1.0/setup.py',
      'Hello-World-1.0/hello_world/__init__.py',
    ]);
  });
});

async function unzip(bytes: Buffer): Promise<Record<string, string>> {
  const zip = await new Promise<ZipFile>((resolve, reject) =>
    fromBuffer(bytes, { lazyEntries: true }, (error, file) => (error ? reject(error) : resolve(file))),
  );
  const files: Record<string, string> = {};
  return new Promise((resolve, reject) => {
    zip.on('error', reject).on('end', () => resolve(files));
    zip.on('entry', (entry: Entry) => {
      zip.openReadStream(entry, async (error, stream) => {
        if (error) return reject(error);
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        files[entry.fileName] = Buffer.concat(chunks).toString();
        zip.readEntry();
      });
    });
    zip.readEntry();
  });
}

async function untar(bytes: Buffer): Promise<[string, string | null | undefined, string][]> {
  const members: [string, string | null | undefined, string][] = [];
  const reader = extract();
  reader.end(bytes);
  for await (const member of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of member) chunks.push(chunk as Buffer);
    members.push([member.header.name, member.header.type, Buffer.concat(chunks).toString()]);
  }
  return members;
}
