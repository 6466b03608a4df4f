import { packedTars } from '../packed.js';
import { type SdistShape, sample, sdist } from '../projects.js';
import { buildTar, gnuName, gzip, pax, paxRecord, type TarMember } from '../tar-builder.js';
import { buildZip } from '../zip-builder.js';
import type { Case } from './case.js';

const good = () => sdist();
const add = (...members: TarMember[]) => sdist({ add: members });
const file = (more: Partial<TarMember>): TarMember => ({ name: 'demo-1.0/x', content: 'x', ...more });
const withPack = (pack: (tar: Buffer) => Buffer, shape: SdistShape = {}) => sdist({ ...shape, pack });
const link = (name: string, target: string): TarMember => ({
  name: `demo-1.0/${name}`,
  type: '2',
  link: target,
});
const hard = (name: string, target: string): TarMember => ({
  name: `demo-1.0/${name}`,
  type: '1',
  link: target,
});
const zeros = Buffer.alloc(80 << 20);
const flipped = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes);
  flip(copy, at);
  return copy;
};
const flip = (packed: Buffer, at: number) => packed.writeUInt8((packed[at] ?? 0) ^ 1, at);
const patched = (change: (packed: Buffer) => unknown) =>
  withPack((tar) => {
    const packed = gzip(tar);
    change(packed);
    return packed;
  });

export const tarCases: readonly Case[] = [
  // gzip
  { rule: 'gzip-header', what: 'no gzip at all', hostile: () => withPack((tar) => tar), inside: good },
  {
    rule: 'gzip-header',
    what: 'a reserved flag',
    hostile: () => patched((packed) => packed.writeUInt8(0x80, 3)),
    inside: good,
  },
  {
    rule: 'gzip-header',
    what: 'a name without an end',
    hostile: () => withPack(() => Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 0x61])),
    inside: () => withPack((tar) => named(gzip(tar))),
  },
  {
    rule: 'gzip-deflate',
    what: 'broken deflate data',
    hostile: () => patched((packed) => packed.fill(0xff, 20, 40)),
    inside: good,
  },
  {
    rule: 'gzip-deflate',
    what: 'a file cut off in its data',
    hostile: () => withPack((tar) => gzip(tar).subarray(0, -30)),
    inside: good,
  },
  {
    rule: 'gzip-deflate',
    what: 'a file cut off in its trailer',
    hostile: () => withPack((tar) => gzip(tar).subarray(0, -3)),
    inside: good,
  },
  {
    rule: 'gzip-checksum',
    what: 'a wrong CRC',
    hostile: () => patched((packed) => flip(packed, packed.length - 8)),
    inside: good,
  },
  {
    rule: 'gzip-checksum',
    what: 'a wrong length',
    hostile: () => patched((packed) => flip(packed, packed.length - 1)),
    inside: good,
  },
  {
    rule: 'gzip-data-after',
    what: 'text behind the gzip data',
    hostile: () => withPack((tar) => Buffer.concat([gzip(tar), Buffer.from('more')])),
    inside: () => withPack((tar) => Buffer.concat([gzip(tar), Buffer.alloc(4)])),
  },
  {
    rule: 'gzip-padding',
    what: 'zeros behind the gzip data',
    hostile: () => withPack((tar) => Buffer.concat([gzip(tar), Buffer.alloc(100)])),
    inside: good,
  },
  {
    rule: 'gzip-members',
    what: 'two members',
    hostile: () => withPack((tar) => Buffer.concat([gzip(tar.subarray(0, 1024)), gzip(tar.subarray(1024))])),
    inside: good,
  },
  // bombs
  {
    rule: 'bomb-ratio',
    what: '80 MiB of zeros in a file',
    hostile: () => add(file({ content: zeros })),
    inside: () => add(file({ content: zeros.subarray(0, 60 << 20) })),
  },
  {
    rule: 'bomb-ratio',
    what: '80 MiB of zeros behind the archive',
    hostile: () => sdist({ suffix: zeros }),
    inside: () => sdist({ suffix: zeros.subarray(0, 10_240) }),
  },
  {
    rule: 'bomb-entries',
    what: 'too many gzip members',
    hostile: () =>
      withPack((tar) =>
        Buffer.concat([...Array.from({ length: 10_001 }, () => gzip(Buffer.alloc(0))), gzip(tar)]),
      ),
    inside: () => withPack((tar) => Buffer.concat([gzip(Buffer.alloc(0)), gzip(tar)])),
  },
  {
    rule: 'bomb-metadata',
    what: 'a PAX header of 2 MiB',
    hostile: () => add(pax([paxRecord('comment', 'x'.repeat(2 << 20))]), file({})),
    inside: () => add(pax([paxRecord('comment', 'x'.repeat(1000))]), file({})),
  },
  {
    rule: 'bomb-metadata',
    what: 'PKG-INFO of 17 MiB',
    hostile: () => sdist({ pkgInfo: `Name: demo\nVersion: 1.0\n\n${'x'.repeat(17 << 20)}` }),
    inside: () => sdist({ pkgInfo: `Name: demo\nVersion: 1.0\n\n${'x'.repeat(2 << 20)}` }),
  },
  // headers
  {
    rule: 'tar-checksum',
    what: 'a wrong header checksum',
    hostile: () => add(file({ checksum: '000000\0 ' })),
    inside: () => add(file({})),
  },
  {
    rule: 'tar-checksum',
    what: 'text where a header should be',
    hostile: () =>
      sdist({ endBlocks: 0, suffix: Buffer.concat([Buffer.alloc(512, 'x'), Buffer.alloc(1024)]) }),
    inside: good,
  },
  {
    rule: 'tar-number',
    what: 'a size in decimal digits',
    hostile: () => add(file({ patch: { 124: Buffer.from('00000000009\0') } })),
    inside: () => add(file({ patch: { 124: Buffer.from('00000000001 ') } })),
  },
  {
    rule: 'tar-number',
    what: 'a date that Python takes for the end of the archive',
    hostile: () => add(file({ patch: { 136: Buffer.from('never      \0') } })),
    inside: () => add(file({ patch: { 136: Buffer.from('           \0') } })),
  },
  {
    rule: 'tar-number',
    what: 'a size in base 256',
    hostile: () => add(file({ patch: { 124: Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) } })),
    inside: () => add(file({ patch: { 108: Buffer.from([0x80, 0, 0, 0, 0, 0x20, 0, 0]) } })),
  },
  {
    rule: 'tar-number',
    what: 'a digit that int() takes with an underscore',
    hostile: () => add(file({ patch: { 124: Buffer.from('0000000000_1') } })),
    inside: good,
  },
  {
    rule: 'tar-truncated',
    what: 'the last file cut off',
    hostile: () => sdist({ endBlocks: 0, members: (all) => [...all, file({ size: 2000, content: 'x' })] }),
    inside: good,
  },
  {
    rule: 'tar-truncated',
    what: 'half a header',
    hostile: () => sdist({ endBlocks: 0, suffix: Buffer.alloc(100) }),
    inside: good,
  },
  {
    rule: 'tar-truncated',
    what: 'half a zero block at the end',
    hostile: () => sdist({ endBlocks: 1, suffix: Buffer.alloc(300) }),
    inside: () => sdist({ endBlocks: 1, suffix: Buffer.alloc(512) }),
  },
  {
    rule: 'tar-end-missing',
    what: 'no zero block',
    hostile: () => sdist({ endBlocks: 0 }),
    inside: () => sdist({ endBlocks: 20 }),
  },
  {
    rule: 'tar-end-single',
    what: 'one zero block',
    hostile: () => sdist({ endBlocks: 1 }),
    inside: () => sdist({ endBlocks: 2 }),
  },
  {
    rule: 'tar-data-after',
    what: 'another archive behind the end',
    hostile: () => sdist({ suffix: buildTar([file({})]) }),
    inside: () => sdist({ suffix: Buffer.alloc(8192) }),
  },
  {
    rule: 'tar-data-after',
    what: 'an entry behind a single zero block',
    hostile: () => sdist({ endBlocks: 1, suffix: buildTar([file({})]) }),
    inside: good,
  },
  {
    rule: 'tar-data-after',
    what: 'one byte in the last record',
    hostile: () => sdist({ suffix: Buffer.concat([Buffer.alloc(511), Buffer.from('x')]) }),
    inside: good,
  },
  {
    rule: 'tar-type',
    what: 'a contiguous file',
    hostile: () => add(file({ type: '7' })),
    inside: () => add(file({ type: '\0' })),
  },
  {
    rule: 'tar-type',
    what: 'a GNU multi-volume part',
    hostile: () => add(file({ type: 'M' })),
    inside: good,
  },
  {
    rule: 'tar-type',
    what: 'a Solaris extended header',
    hostile: () => add(file({ type: 'X' })),
    inside: () => add(pax([paxRecord('mtime', '1.5')]), file({})),
  },
  {
    rule: 'tar-device',
    what: 'a character device',
    hostile: () => add(file({ type: '3', content: '' })),
    inside: good,
  },
  {
    rule: 'tar-device',
    what: 'a block device',
    hostile: () => add(file({ type: '4', content: '' })),
    inside: good,
  },
  { rule: 'tar-device', what: 'a fifo', hostile: () => add(file({ type: '6', content: '' })), inside: good },
  {
    rule: 'tar-sparse',
    what: 'a GNU sparse file',
    hostile: () => add(file({ type: 'S', magic: 'gnu' })),
    inside: () => add(file({ magic: 'gnu' })),
  },
  {
    rule: 'tar-sparse',
    what: 'a sparse file by PAX',
    hostile: () => add(pax([paxRecord('GNU.sparse.major', '1')]), file({})),
    inside: () => add(pax([paxRecord('SCHILY.dev', '1')]), file({})),
  },
  {
    rule: 'tar-directory-content',
    what: 'a directory with content',
    hostile: () => add({ name: 'demo-1.0/d/', content: 'x' }),
    inside: () => add({ name: 'demo-1.0/d/' }),
  },
  {
    rule: 'tar-directory-content',
    what: 'a hard link with content',
    hostile: () => add({ ...hard('h', 'demo-1.0/PKG-INFO'), content: 'x' }),
    inside: () => add(hard('h', 'demo-1.0/PKG-INFO')),
  },
  {
    rule: 'tar-directory-slash',
    what: 'a file whose name ends with a slash',
    hostile: () => add(file({ name: 'demo-1.0/d/', type: '0', content: '' })),
    inside: () => add(file({ name: 'demo-1.0/d/', type: '\0', content: '' })),
  },
  {
    rule: 'tar-magic',
    what: 'an unknown kind of tar',
    hostile: () => add(file({ magic: Buffer.from('USTAR\x0000') })),
    inside: () => add(file({ magic: 'v7' })),
  },
  {
    rule: 'tar-prefix',
    what: 'GNU dates that Python reads as a directory',
    hostile: () => add(file({ magic: 'gnu', prefix: Buffer.from('../../evil') })),
    inside: () => add(file({ magic: 'ustar', name: 'x', prefix: Buffer.from('demo-1.0') })),
  },
  {
    rule: 'tar-prefix',
    what: 'an old header with a prefix',
    hostile: () => add(file({ magic: 'v7', prefix: Buffer.from('evil') })),
    inside: () => add(file({ magic: 'v7' })),
  },
  {
    rule: 'tar-prefix',
    what: 'a ustar prefix with bytes behind its end',
    hostile: () => add(file({ name: 'x', prefix: Buffer.from('demo-1.0\0evil') })),
    inside: good,
  },
  {
    rule: 'tar-name-residue',
    what: 'bytes behind the end of a name',
    hostile: () => add(file({ name: Buffer.from('demo-1.0/x\0evil') })),
    inside: () => add(file({ name: 'demo-1.0/xevil' })),
  },
  {
    rule: 'tar-setuid',
    what: 'a set-user-id file',
    hostile: () => add(file({ mode: 0o4755 })),
    inside: () => add({ name: 'demo-1.0/d/', mode: 0o2755 }, file({ mode: 0o1755 })),
  },
  // PAX and GNU names
  {
    rule: 'tar-pax-malformed',
    what: 'a record longer than the header',
    hostile: () => add(pax([Buffer.from('99 path=a\n')]), file({})),
    inside: () => add(pax([paxRecord('path', 'demo-1.0/a')]), file({})),
  },
  {
    rule: 'tar-pax-malformed',
    what: 'a record without a line end',
    hostile: () => add(pax([Buffer.from('10 path=abc')]), file({})),
    inside: good,
  },
  {
    rule: 'tar-pax-malformed',
    what: 'an empty path',
    hostile: () => add(pax([paxRecord('path', '')]), file({})),
    inside: () => add(pax([paxRecord('comment', '')]), file({})),
  },
  {
    rule: 'tar-pax-malformed',
    what: 'a size that is not a number',
    hostile: () => add(pax([paxRecord('size', '0x1')]), file({})),
    inside: () => add(pax([paxRecord('size', '1')]), file({})),
  },
  {
    rule: 'tar-pax-duplicate',
    what: 'two paths for one entry',
    hostile: () => add(pax([paxRecord('path', 'demo-1.0/a'), paxRecord('path', 'demo-1.0/b')]), file({})),
    inside: () => add(pax([paxRecord('path', 'demo-1.0/a'), paxRecord('mtime', '1')]), file({})),
  },
  {
    rule: 'tar-pax-size',
    what: 'PAX hides an archive in the content (CVE-2025-62518)',
    hostile: () =>
      add(
        pax([paxRecord('size', '1024')]),
        file({
          size: 0,
          content: buildTar([file({ name: 'demo-1.0/evil' })]).subarray(0, 1024),
          bare: false,
        }),
      ),
    inside: () => add(pax([paxRecord('size', '1')]), file({})),
  },
  {
    rule: 'tar-pax-global',
    what: 'a global path',
    hostile: () => add(pax([paxRecord('path', 'demo-1.0/evil')], 'g'), file({})),
    inside: () => sdist({ before: [pax([paxRecord('comment', 'abcdef')], 'g')] }),
  },
  {
    rule: 'tar-pax-global',
    what: 'a global size',
    hostile: () => add(pax([paxRecord('size', '0')], 'g'), file({})),
    inside: good,
  },
  {
    rule: 'tar-pax-charset',
    what: 'names in another charset',
    hostile: () => add(pax([paxRecord('hdrcharset', 'BINARY')]), file({})),
    inside: () => add(pax([paxRecord('hdrcharset', 'ISO-IR 10646 2000 UTF-8')]), file({})),
  },
  {
    rule: 'tar-gnu-name',
    what: 'a GNU long name with a second end',
    hostile: () => add(gnuName('demo-1.0/a\0evil'), file({})),
    inside: () => add(gnuName('demo-1.0/a'), file({ magic: 'gnu' })),
  },
  {
    rule: 'tar-gnu-name',
    what: 'a GNU long name without an end',
    hostile: () => add({ ...gnuName(''), content: 'demo-1.0/a' }, file({})),
    inside: good,
  },
  {
    rule: 'tar-name-mixed',
    what: 'a PAX path and a GNU name for one entry',
    hostile: () => add(pax([paxRecord('path', 'demo-1.0/a')]), gnuName('demo-1.0/b'), file({})),
    inside: () => add(pax([paxRecord('path', 'demo-1.0/a')]), file({}), gnuName('demo-1.0/b'), file({})),
  },
  {
    rule: 'tar-name-mixed',
    what: 'a GNU name and a PAX header for one entry',
    hostile: () => add(gnuName('demo-1.0/b'), pax([paxRecord('mtime', '1')]), file({})),
    inside: good,
  },
  {
    rule: 'tar-name-dangling',
    what: 'a PAX header before the end',
    hostile: () => add(pax([paxRecord('path', 'demo-1.0/a')])),
    inside: good,
  },
  {
    rule: 'tar-name-dangling',
    what: 'two PAX headers for one entry',
    hostile: () => add(pax([paxRecord('mtime', '1')]), pax([paxRecord('mtime', '2')]), file({})),
    inside: good,
  },
  {
    rule: 'tar-name-dangling',
    what: 'two GNU names for one entry',
    hostile: () => add(gnuName('demo-1.0/a'), gnuName('demo-1.0/b'), file({})),
    inside: () =>
      add(gnuName('demo-1.0/a'), gnuName('PKG-INFO', 'K'), { name: 'x', type: '2', magic: 'gnu' }),
  },
  {
    rule: 'tar-name-dangling',
    what: 'a link name for a plain file',
    hostile: () => add(pax([paxRecord('linkpath', 'a')]), file({})),
    inside: () => add(pax([paxRecord('linkpath', 'PKG-INFO')]), link('l', 'x')),
  },
  // links
  {
    rule: 'tar-link-escape',
    what: 'an absolute target',
    hostile: () => add(link('l', '/etc/passwd')),
    inside: () => add(link('l', 'PKG-INFO')),
  },
  {
    rule: 'tar-link-escape',
    what: 'a target above the root directory',
    hostile: () => add(link('l', '../../etc/passwd')),
    inside: () => add(link('demo/l', '../PKG-INFO')),
  },
  {
    rule: 'tar-link-escape',
    what: 'a link beside the root directory',
    hostile: () => add(link('l', '../other')),
    inside: () => add(link('demo/l', '../other')),
  },
  {
    rule: 'tar-link-escape',
    what: 'two harmless links that lead out together',
    hostile: () =>
      add(
        { name: 'demo-1.0/a/' },
        { name: 'demo-1.0/a/b/' },
        link('a/b/up', '../..'),
        link('out', 'a/b/up/../evil'),
      ),
    inside: () =>
      add(
        { name: 'demo-1.0/a/' },
        { name: 'demo-1.0/a/b/' },
        link('a/b/up', '../..'),
        link('in', 'a/b/up/demo'),
      ),
  },
  {
    rule: 'tar-link-escape',
    what: 'a way out and back in, which ends elsewhere once pip strips the root directory',
    hostile: () => add(link('l', '../demo-1.0/PKG-INFO')),
    inside: () => add(link('demo/l', '../demo/../PKG-INFO')),
  },
  {
    rule: 'tar-link-loop',
    what: 'links in a circle',
    hostile: () => add(link('a', 'b'), link('b', 'a')),
    inside: () => add(link('a', 'b'), link('b', 'PKG-INFO')),
  },
  {
    rule: 'tar-link-parent',
    what: 'a file written through a link',
    hostile: () => add(link('l', 'demo'), file({ name: 'demo-1.0/l/evil.py' })),
    inside: () => add(link('l', 'demo'), file({ name: 'demo-1.0/l2/fine.py' })),
  },
  {
    rule: 'tar-hard-link',
    what: 'a hard link out of the tree',
    hostile: () => add(hard('h', '/etc/passwd')),
    inside: () => add(hard('h', 'demo-1.0/PKG-INFO')),
  },
  {
    rule: 'tar-hard-link',
    what: 'a hard link to a later file',
    hostile: () => add(hard('h', 'demo-1.0/x'), file({})),
    inside: () => add(file({}), hard('h', 'demo-1.0/x')),
  },
  {
    rule: 'tar-hard-link',
    what: 'a hard link to a symbolic link',
    hostile: () => add(link('l', 'PKG-INFO'), hard('h', 'demo-1.0/l')),
    inside: good,
  },
  // what kind of file
  {
    rule: 'format-polyglot',
    what: 'a tar.gz with a ZIP in its header',
    hostile: () => withPack((tar) => withExtra(gzip(tar), buildZip([{ name: 'setup.py', content: 'evil' }]))),
    inside: () => withPack((tar) => withExtra(gzip(tar), Buffer.from('no archive'))),
  },
  {
    rule: 'format-polyglot',
    what: 'a ZIP behind a tar',
    hostile: () =>
      sdist({
        filename: 'demo-1.0.tar',
        pack: (tar) => Buffer.concat([tar, buildZip([{ name: 'setup.py', content: 'evil' }])]),
      }),
    inside: () => sdist({ filename: 'demo-1.0.tar', pack: (tar) => tar }),
  },
  {
    rule: 'format-polyglot',
    what: "an end record one byte before where one version of Python's is_zipfile begins to look",
    hostile: () => sdist({ filename: 'demo-1.0.tar', pack: (tar) => endRecordAt(tar, 65_558) }),
    inside: () => sdist({ filename: 'demo-1.0.tar', pack: (tar) => endRecordAt(tar, 200_000) }),
  },
  {
    rule: 'format-polyglot',
    what: 'an end record that is cut off',
    hostile: () => sdist({ filename: 'demo-1.0.tar', pack: (tar) => endRecordAt(tar, 20) }),
    inside: () => sdist({ filename: 'demo-1.0.tar', pack: (tar) => tar }),
  },
  {
    rule: 'reader-disagrees',
    what: 'a mode in base 256, which one reader takes for none and another for set-user-id',
    hostile: () => add(file({ patch: { 100: Buffer.from([0x80, 0, 0, 0, 0, 0, 0x09, 0xed]) } })),
    inside: () => add(file({ patch: { 108: Buffer.from([0x80, 0, 0, 0, 0, 0, 0x09, 0xed]) } })),
  },
  {
    rule: 'reader-disagrees',
    what: 'the same, in an archive that has a warning already',
    hostile: () =>
      add(
        file({ patch: { 100: Buffer.from([0x80, 0, 0, 0, 0, 0, 0x09, 0xed]) } }),
        ...['Readme', 'README'].map((name) => file({ name: `demo-1.0/${name}` })),
      ),
    inside: () => add(...['Readme', 'README'].map((name) => file({ name: `demo-1.0/${name}` }))),
  },
  {
    rule: 'bzip2-data',
    what: 'bytes behind the bzip2 data',
    hostile: () => sample('demo-1.0.tar.bz2', Buffer.concat([packedTars.bzip2, Buffer.from('more')])),
    inside: () => sample('demo-1.0.tar.bz2', packedTars.bzip2),
  },
  {
    rule: 'bzip2-data',
    what: 'bzip2 data that are cut off',
    hostile: () => sample('demo-1.0.tbz', packedTars.bzip2.subarray(0, -8)),
    inside: () => sample('demo-1.0.tbz', packedTars.bzip2),
  },
  {
    rule: 'bzip2-data',
    what: 'bzip2 data with a wrong checksum',
    hostile: () => sample('demo-1.0.tar.bz2', flipped(packedTars.bzip2, 100)),
    inside: () => sample('demo-1.0.tar.bz2', packedTars.bzip2),
  },
  {
    rule: 'xz-data',
    what: 'a second xz stream',
    hostile: () => sample('demo-1.0.tar.xz', Buffer.concat([packedTars.xz, packedTars.xz])),
    inside: () => sample('demo-1.0.tar.xz', packedTars.xz),
  },
  {
    rule: 'xz-data',
    what: 'xz data that are cut off',
    hostile: () => sample('demo-1.0.txz', packedTars.xz.subarray(0, -12)),
    inside: () => sample('demo-1.0.txz', packedTars.xz),
  },
  {
    rule: 'xz-data',
    what: 'xz data with a flipped bit',
    hostile: () => sample('demo-1.0.tar.xz', flipped(packedTars.xz, 120)),
    inside: () => sample('demo-1.0.tar.xz', packedTars.xz),
  },
  {
    rule: 'bomb-metadata',
    what: 'xz data that ask for a gigabyte of memory',
    hostile: () => sample('demo-1.0.tar.xz', packedTars.xzLargeDictionary),
    inside: () => sample('demo-1.0.tar.xz', packedTars.xz),
  },
  {
    rule: 'format-unreadable',
    what: 'a .tar.lzma',
    hostile: () => sample('demo-1.0.tar.lzma', Buffer.from('x')),
    inside: good,
  },
  {
    rule: 'format-unknown',
    what: 'an ending in capitals, which pip takes for something else',
    hostile: () => sdist({ filename: 'demo-1.0.TAR.GZ' }),
    inside: () => sdist({ filename: 'demo-1.0.tgz' }),
  },
  {
    rule: 'format-unknown',
    what: 'a text file',
    hostile: () => sample('demo', Buffer.from('hello')),
    inside: () => ({ ...sdist({ expected: { origin: 'url' } }), filename: 'demo' }),
  },
];

/** A tar with the signature of a ZIP's end record so many bytes before its end, in its last file or behind all. */
function endRecordAt(tar: Buffer, distance: number): Buffer {
  const records = Math.ceil((distance + 4096) / 10_240) * 10_240;
  const longer = buildTar([{ name: 'demo-1.0/z', content: Buffer.alloc(records) }]);
  const whole = Buffer.concat([contentOf(tar), longer]);
  whole.write('PK\x05\x06', whole.length - distance, 'latin1');
  return whole;
}

/** A tar without the zero blocks at its end. */
function contentOf(tar: Buffer): Buffer {
  let end = tar.length;
  while (tar.subarray(end - 512, end).every((byte) => byte === 0)) end -= 512;
  return tar.subarray(0, end);
}

/** A gzip file with a name in its header. */
function named(packed: Buffer): Buffer {
  const head = Buffer.from(packed.subarray(0, 10));
  head[3] = 8;
  return Buffer.concat([head, Buffer.from('demo-1.0.tar\0'), packed.subarray(10)]);
}

/** A gzip file with an extra field in its header. */
function withExtra(packed: Buffer, extra: Buffer): Buffer {
  const head = Buffer.from(packed.subarray(0, 10));
  head[3] = 4;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(extra.length);
  return Buffer.concat([head, length, extra, packed.subarray(10)]);
}
