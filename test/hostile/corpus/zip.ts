import { deflateRawSync } from 'node:zlib';
import { type Sample, sample, type WheelShape, wheel, wheelFilename } from '../projects.js';
import {
  buildZip,
  bytes,
  extraField,
  unicodePath,
  type ZipFields,
  type ZipMember,
  zip64Extra,
} from '../zip-builder.js';
import type { Case } from './case.js';

const content = 'print("demo")\n';
/** A wheel whose first file is changed in its headers; RECORD stays true to `content`. */
const first = (change: Partial<ZipMember>, shape: WheelShape = {}) =>
  wheel({ ...shape, members: ([head, ...rest]) => [{ ...head!, ...change }, ...rest] });
const differ = (local: Partial<ZipFields>) => first({ local });
const both = (fields: Partial<ZipFields>) => first({ both: fields });
const deflated = deflateRawSync(content);
const good = () => wheel();
const withPlain = (extra: Buffer) => first({ both: { extra } });
const directory = (more: Partial<ZipMember>) => wheel({ add: [{ name: 'demo/sub/', ...more }] });
const end = (shape: WheelShape['end'] & object) => wheel({ end: shape });
const sentinels = { diskCount: 0xffff, count: 0xffff, size: 0xffffffff, offset: 0xffffffff };
const zeros = Buffer.alloc(80 * 1024 * 1024);
const hugeZeros = () => deflateRawSync(zeros, { level: 9 });

function cut(from: Sample, length: number): Sample {
  return { ...from, bytes: from.bytes.subarray(0, from.bytes.length - length) };
}

export const zipCases: readonly Case[] = [
  // end records
  { rule: 'zip-end-missing', what: 'no end record', hostile: () => cut(good(), 22), inside: good },
  { rule: 'zip-end-missing', what: 'an end record cut off', hostile: () => cut(good(), 1), inside: good },
  {
    rule: 'zip-end-missing',
    what: 'an empty file',
    hostile: () => sample(wheelFilename, Buffer.alloc(0)),
    inside: good,
  },
  {
    rule: 'zip-end-missing',
    what: 'a comment cut off',
    hostile: () => wheel({ comment: Buffer.from('abc'), end: { commentLength: 4 } }),
    inside: () => wheel({ comment: Buffer.from('abc') }),
  },
  {
    rule: 'zip-end-ambiguous',
    what: 'an end record inside the comment',
    hostile: () => wheel({ comment: Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]) }),
    inside: () => wheel({ comment: Buffer.from('PK end of central directory') }),
  },
  {
    rule: 'zip-end-ambiguous',
    what: 'a stored file holds an end record whose comment reaches the end',
    hostile: () => {
      const trap = (length: number) => bytes((w) => w.u32(0x06054b50).u64(0).u64(0).u16(length));
      const build = (length: number) =>
        wheel({
          add: [{ name: 'demo/trap', content: trap(length) }],
          members: (all) => all.map((member) => ({ ...member, stored: true })),
        });
      const draft = build(0).bytes;
      return build(draft.length - draft.indexOf(trap(0)) - 22);
    },
    inside: () => {
      const trap = bytes((w) => w.u32(0x06054b50).u64(0).u64(0).u16(7));
      return wheel({ add: [{ name: 'demo/trap', content: trap, stored: true }] });
    },
  },
  {
    rule: 'zip-data-after',
    what: 'one byte behind the end record',
    hostile: () => wheel({ suffix: Buffer.from('x') }),
    inside: () => wheel({ comment: Buffer.from('x') }),
  },
  {
    rule: 'zip-multi-disk',
    what: 'the end record names disk 1',
    hostile: () => end({ disk: 1 }),
    inside: () => end({ disk: 0 }),
  },
  {
    rule: 'zip-multi-disk',
    what: 'an entry on disk 1',
    hostile: () => first({ central: { disk: 1 } }),
    inside: () => first({ central: { disk: 0 } }),
  },
  {
    rule: 'zip-multi-disk',
    what: 'a ZIP64 locator that counts two disks',
    hostile: () => wheel({ end: sentinels, zip64: { disks: 2 } }),
    inside: () => wheel({ end: sentinels, zip64: {} }),
  },
  {
    rule: 'zip-count',
    what: 'one entry fewer in the end record',
    hostile: () => end({ diskCount: 4, count: 4 }),
    inside: () => end({ diskCount: 5, count: 5 }),
  },
  {
    rule: 'zip-count',
    what: 'one entry more in the end record',
    hostile: () => end({ diskCount: 6, count: 6 }),
    inside: good,
  },
  { rule: 'zip-count', what: 'two counts that differ', hostile: () => end({ diskCount: 4 }), inside: good },
  {
    rule: 'zip-directory-bounds',
    what: 'bytes between directory and end record',
    hostile: () => wheel({ afterDirectory: Buffer.from('gap') }),
    inside: () => wheel({ afterDirectory: Buffer.alloc(0) }),
  },
  {
    rule: 'zip-directory-bounds',
    what: 'everything shifted by a prefix that the offsets do not know',
    hostile: () => sample(wheelFilename, Buffer.concat([Buffer.from('#!/bin/sh\n'), good().bytes])),
    inside: good,
  },
  {
    rule: 'zip-directory-malformed',
    what: 'a wrong signature in the directory',
    hostile: () => first({ central: { signature: 0x02014b51 } }),
    inside: () => first({ central: { signature: 0x02014b50 } }),
  },
  {
    rule: 'zip-directory-malformed',
    what: 'a digital signature behind the last header',
    hostile: () => {
      const signature = bytes((w) => w.u32(0x05054b50).u16(0));
      const draft = good().bytes;
      const size = draft.readUInt32LE(draft.length - 10);
      return wheel({ afterDirectory: signature, end: { size: size + signature.length } });
    },
    inside: good,
  },
  {
    rule: 'zip64-records',
    what: 'sentinels without a ZIP64 record',
    hostile: () => end({ count: 0xffff, diskCount: 0xffff }),
    inside: () => wheel({ end: sentinels, zip64: {} }),
  },
  {
    rule: 'zip64-records',
    what: 'end records that disagree on the offset',
    hostile: () => wheel({ end: { size: 0xffffffff, offset: 7 }, zip64: {} }),
    inside: () => wheel({ end: { size: 0xffffffff }, zip64: {} }),
  },
  {
    rule: 'zip64-records',
    what: 'a locator that points elsewhere',
    hostile: () => wheel({ zip64: { recordOffset: 0 } }),
    inside: () => wheel({ zip64: {} }),
  },
  {
    rule: 'zip64-records',
    what: 'a ZIP64 record with data of its own',
    hostile: () => wheel({ zip64: { recordSize: 48, between: Buffer.alloc(4) } }),
    inside: () => wheel({ zip64: { recordSize: 44 } }),
  },
  {
    rule: 'zip64-records',
    what: 'a locator without a record',
    hostile: () => wheel({ afterDirectory: bytes((w) => w.u32(0x07064b50).u32(0).u64(0).u32(1)) }),
    inside: good,
  },
  {
    rule: 'zip-comment',
    what: 'a binary archive comment',
    hostile: () => wheel({ comment: Buffer.from([0, 1, 2]) }),
    inside: () => wheel({ comment: Buffer.from('deadbeef') }),
  },
  // framing of entries
  {
    rule: 'zip-data-before',
    what: 'a script in front, offsets adjusted',
    hostile: () => wheel({ prefix: Buffer.from('#!/bin/sh\nexit 1\n') }),
    inside: () => wheel({ prefix: Buffer.alloc(0) }),
  },
  {
    rule: 'zip-gap',
    what: 'bytes between two entries',
    hostile: () => wheel({ add: [{ name: 'demo/a', content: 'x', before: Buffer.from('gap!!') }] }),
    inside: () => wheel({ add: [{ name: 'demo/a', content: 'x' }] }),
  },
  {
    rule: 'zip-gap',
    what: 'bytes between last entry and directory',
    hostile: () => wheel({ beforeDirectory: Buffer.alloc(3) }),
    inside: () => wheel({ beforeDirectory: Buffer.alloc(0) }),
  },
  {
    rule: 'zip-hidden-entry',
    what: 'an entry that only a streaming reader sees',
    hostile: () => wheel({ add: [{ name: 'demo/evil.py', content: 'evil', onlyLocal: true }] }),
    inside: () => wheel({ add: [{ name: 'demo/fine.py', content: 'fine' }] }),
  },
  {
    rule: 'zip-hidden-entry',
    what: 'a hidden entry before all others',
    hostile: () => wheel({ members: (all) => [{ name: 'evil.py', content: 'x', onlyLocal: true }, ...all] }),
    inside: good,
  },
  {
    rule: 'zip-hidden-entry',
    what: 'a hidden entry behind the last one',
    hostile: () => wheel({ members: (all) => [...all, { name: 'evil.py', content: 'x', onlyLocal: true }] }),
    inside: good,
  },
  {
    rule: 'zip-overlap',
    what: 'two entries of the directory share one local header',
    hostile: () =>
      wheel({
        members: (all) => [
          ...all,
          {
            name: 'demo/__init__.py',
            content,
            onlyCentral: true,
            central: { offset: 0, name: Buffer.from('demo/again.py') },
          },
        ],
      }),
    inside: good,
  },
  {
    rule: 'zip-overlap',
    what: 'content that reaches into the next entry (quoting bomb)',
    hostile: () => first({ both: { compressed: deflated.length + 60 } }),
    inside: good,
  },
  {
    rule: 'zip-local-missing',
    what: 'an entry that only the directory has, where no header is',
    hostile: () => first({ local: { signature: 0x04034b51 } }),
    inside: () => first({ local: { signature: 0x04034b50 } }),
  },
  {
    rule: 'zip-local-missing',
    what: 'an offset inside the central directory',
    hostile: () => {
      const members: ZipMember[] = [{ name: 'demo/evil.py', content: '', onlyCentral: true }];
      return sample(wheelFilename, buildZip(members));
    },
    inside: good,
  },
  {
    rule: 'zip-name-differs',
    what: 'another name of the same length',
    hostile: () => differ({ name: Buffer.from('demo/__evil__.py') }),
    inside: () => differ({ name: Buffer.from('demo/__init__.py') }),
  },
  {
    rule: 'zip-name-differs',
    what: 'a longer local name',
    hostile: () => differ({ name: Buffer.from('demo/__init__.pyc') }),
    inside: () => differ({ name: Buffer.from('demo/__init__.py') }),
  },
  {
    rule: 'zip-flags-differ',
    what: 'UTF-8 in one header only',
    hostile: () => differ({ flags: 0x800 }),
    inside: () => both({ flags: 0x800 }),
  },
  {
    rule: 'zip-flags-differ',
    what: 'a data descriptor in one header only',
    hostile: () => differ({ flags: 8 }),
    inside: () => first({ descriptor: 16 }),
  },
  {
    rule: 'zip-method-differs',
    what: 'stored here, deflated there',
    hostile: () => differ({ method: 0 }),
    inside: () => differ({ method: 8 }),
  },
  {
    rule: 'zip-crc-differs',
    what: 'another CRC in the local header',
    hostile: () => differ({ crc: 1 }),
    inside: good,
  },
  {
    rule: 'zip-crc-differs',
    what: 'no CRC in the local header and no descriptor',
    hostile: () => differ({ crc: 0 }),
    inside: () => first({ descriptor: 12 }),
  },
  {
    rule: 'zip-size-differs',
    what: 'another packed size',
    hostile: () => differ({ compressed: 3 }),
    inside: good,
  },
  {
    rule: 'zip-size-differs',
    what: 'another size beside a data descriptor',
    hostile: () => first({ descriptor: 16, local: { size: 4 } }),
    inside: () => first({ descriptor: 16, local: { size: content.length } }),
  },
  { rule: 'zip-size-differs', what: 'another size', hostile: () => differ({ size: 3 }), inside: good },
  {
    rule: 'zip-size-differs',
    what: 'a ZIP64 field with another size in the local header',
    hostile: () =>
      differ({ size: 0xffffffff, compressed: 0xffffffff, extra: zip64Extra(5, deflated.length) }),
    inside: () =>
      differ({
        size: 0xffffffff,
        compressed: 0xffffffff,
        extra: zip64Extra(content.length, deflated.length),
      }),
  },
  {
    rule: 'zip-flags',
    what: 'a reserved flag',
    hostile: () => both({ flags: 0x80 }),
    inside: () => both({ flags: 0x6 }),
  },
  {
    rule: 'zip-encrypted',
    what: 'an encrypted entry',
    hostile: () => both({ flags: 1 }),
    inside: () => both({ flags: 2 }),
  },
  {
    rule: 'zip-encrypted',
    what: 'an encrypted central directory (masked headers)',
    hostile: () => both({ flags: 0x2000 }),
    inside: good,
  },
  {
    rule: 'zip-method',
    what: 'deflate64',
    hostile: () => both({ method: 9 }),
    inside: () => both({ method: 8 }),
  },
  { rule: 'zip-method', what: 'zstd', hostile: () => both({ method: 93 }), inside: good },
  {
    rule: 'zip-name-unflagged',
    what: 'UTF-8 without its flag',
    hostile: () => wheel({ add: [{ name: 'demo/café', content: 'x', both: { flags: 0 } }] }),
    inside: () => wheel({ add: [{ name: 'demo/café', content: 'x' }] }),
  },
  {
    rule: 'zip-unicode-path',
    what: 'a Unicode path that names another file',
    hostile: () => withPlain(unicodePath('demo/__init__.py', 'demo/evil.py')),
    inside: () => withPlain(unicodePath('demo/__init__.py', 'demo/__init__.py')),
  },
  {
    rule: 'zip-unicode-path',
    what: 'a Unicode path for another header name',
    hostile: () => withPlain(unicodePath('demo/evil.py', 'demo/__init__.py')),
    inside: good,
  },
  {
    rule: 'zip-unicode-path',
    what: 'a Unicode path in the local header only',
    hostile: () => differ({ extra: unicodePath('demo/__init__.py', '../evil.py') }),
    inside: () => differ({ extra: unicodePath('demo/__init__.py', 'demo/__init__.py') }),
  },
  {
    rule: 'zip-extra-truncated',
    what: 'an extra field longer than its space',
    hostile: () => withPlain(bytes((w) => w.u16(0x5455).u16(9).u8(1))),
    inside: () => withPlain(extraField(0x5455, Buffer.alloc(5))),
  },
  {
    rule: 'zip-extra-truncated',
    what: 'three bytes of extra field',
    hostile: () => differ({ extra: Buffer.alloc(3) }),
    inside: () => differ({ extra: Buffer.alloc(4) }),
  },
  {
    rule: 'zip-extra-duplicate',
    what: 'one field twice',
    hostile: () =>
      withPlain(Buffer.concat([extraField(0x5455, Buffer.alloc(5)), extraField(0x5455, Buffer.alloc(5))])),
    inside: () =>
      withPlain(Buffer.concat([extraField(0x5455, Buffer.alloc(5)), extraField(0x7875, Buffer.alloc(5))])),
  },
  {
    rule: 'zip64-extra',
    what: 'sentinel sizes without a ZIP64 field',
    hostile: () => first({ both: { size: 0xffffffff } }),
    inside: () => first({ central: { size: 0xffffffff, extra: zip64Extra(content.length) } }),
  },
  {
    rule: 'zip64-extra',
    what: 'a ZIP64 field that nothing asks for',
    hostile: () => first({ central: { extra: zip64Extra(3) } }),
    inside: () => first({ local: { extra: zip64Extra(content.length, deflated.length) } }),
  },
  {
    rule: 'zip64-extra',
    what: 'a ZIP64 field that is too short',
    hostile: () => first({ central: { size: 0xffffffff, extra: extraField(1, Buffer.alloc(4)) } }),
    inside: good,
  },
  {
    rule: 'zip64-extra',
    what: 'a local ZIP64 field that contradicts plain sizes',
    hostile: () => first({ local: { extra: zip64Extra(1, 2) } }),
    inside: good,
  },
  {
    rule: 'zip-descriptor',
    what: 'no descriptor where the flag promises one',
    hostile: () => first({ descriptor: Buffer.alloc(0) }),
    inside: () => first({ descriptor: 16 }),
  },
  {
    rule: 'zip-descriptor',
    what: 'a descriptor with other values',
    hostile: () => first({ descriptor: Buffer.alloc(16) }),
    inside: () => first({ descriptor: 24 }),
  },
  {
    rule: 'zip-descriptor',
    what: 'a descriptor and bytes behind it',
    hostile: () => first({ descriptor: Buffer.alloc(30) }),
    inside: () => first({ descriptor: 20 }),
  },
  {
    rule: 'zip-descriptor-stored',
    what: 'stored content whose length only the descriptor tells',
    hostile: () => first({ stored: true, descriptor: 16 }),
    inside: () => first({ descriptor: 16 }),
  },
  {
    rule: 'zip-descriptor-used',
    what: 'a correct data descriptor',
    hostile: () => first({ descriptor: 16 }),
    inside: good,
  },
  {
    rule: 'zip-directory-content',
    what: 'a directory with content',
    hostile: () => directory({ content: 'x' }),
    inside: () => directory({}),
  },
  {
    rule: 'zip-directory-mode',
    what: 'a directory name with the mode of a file',
    hostile: () => directory({ mode: 0o100644 }),
    inside: () => directory({ mode: 0o040700 }),
  },
  {
    rule: 'zip-directory-mode',
    what: 'a file name with the mode of a directory',
    hostile: () => first({ mode: 0o040755 }),
    inside: () => first({ mode: 0o644 }),
  },
  {
    rule: 'zip-directory-mode',
    what: 'a file name with the DOS attribute of a directory',
    hostile: () => first({ central: { dos: 0x10 } }),
    inside: () => first({ central: { dos: 0x20 } }),
  },
  {
    rule: 'zip-link',
    what: 'a symbolic link',
    hostile: () => first({ mode: 0o120777 }),
    inside: () => first({ mode: 0o100777 }),
  },
  { rule: 'zip-device', what: 'a character device', hostile: () => first({ mode: 0o020666 }), inside: good },
  { rule: 'zip-device', what: 'a fifo', hostile: () => first({ mode: 0o010666 }), inside: good },
  {
    rule: 'zip-setuid',
    what: 'a set-user-id file',
    hostile: () => first({ mode: 0o104755 }),
    inside: () => first({ mode: 0o101755 }),
  },
  {
    rule: 'zip-stored-size',
    what: 'stored, packed and unpacked size differ',
    hostile: () => first({ stored: true, both: { size: 5 } }),
    inside: () => first({ stored: true }),
  },
  // contents
  {
    rule: 'zip-deflate',
    what: 'broken deflate data',
    hostile: () => first({ packed: Buffer.from([0xff, 0xff, 0xff, 0xff]) }),
    inside: good,
  },
  {
    rule: 'zip-deflate',
    what: 'a deflate stream cut off',
    hostile: () => first({ packed: deflated.subarray(0, -2) }),
    inside: good,
  },
  {
    rule: 'zip-deflate',
    what: 'bytes behind the deflate stream',
    hostile: () => first({ packed: Buffer.concat([deflated, Buffer.from('x')]) }),
    inside: () => first({ packed: deflated }),
  },
  {
    rule: 'zip-deflate',
    what: 'bytes behind a large deflate stream',
    hostile: () =>
      wheel({
        add: [
          {
            name: 'big',
            content: Buffer.alloc(300_000, 'ab'),
            packed: Buffer.concat([deflateRawSync(Buffer.alloc(300_000, 'ab')), Buffer.alloc(600_000)]),
          },
        ],
      }),
    inside: () => wheel({ add: [{ name: 'big', content: Buffer.alloc(300_000, 'ab') }] }),
  },
  {
    rule: 'zip-size',
    what: 'content longer than announced',
    hostile: () => both({ size: content.length - 1 }),
    inside: good,
  },
  {
    rule: 'zip-size',
    what: 'content shorter than announced',
    hostile: () => both({ size: content.length + 1 }),
    inside: good,
  },
  {
    rule: 'zip-size',
    what: 'large content longer than announced',
    hostile: () =>
      wheel({ add: [{ name: 'big', content: Buffer.alloc(300_000, 'ab'), both: { size: 299_999 } }] }),
    inside: () =>
      wheel({ add: [{ name: 'big', content: Buffer.alloc(300_000, 'ab'), both: { size: 300_000 } }] }),
  },
  { rule: 'zip-crc', what: 'a wrong CRC in both headers', hostile: () => both({ crc: 7 }), inside: good },
  {
    rule: 'zip-crc',
    what: 'stored content with one bit flipped',
    hostile: () => first({ stored: true, packed: Buffer.from('print("dEmo")\n') }),
    inside: () => first({ stored: true, packed: Buffer.from(content) }),
  },
  // bombs
  {
    rule: 'bomb-ratio',
    what: '80 MiB of zeros in one small entry',
    hostile: () => wheel({ add: [{ name: 'zeros', content: zeros, packed: hugeZeros() }] }),
    inside: () => wheel({ add: [{ name: 'zeros', content: zeros.subarray(0, 60 << 20) }] }),
  },
  {
    rule: 'bomb-ratio',
    what: 'many entries below the floor that add up',
    hostile: () =>
      wheel({ add: [0, 1, 2].map((i) => ({ name: `zeros${i}`, content: zeros.subarray(0, 30 << 20) })) }),
    inside: () =>
      wheel({ add: [0, 1].map((i) => ({ name: `zeros${i}`, content: zeros.subarray(0, 30 << 20) })) }),
  },
  {
    rule: 'bomb-entries',
    what: 'a claim of 250,001 entries',
    hostile: () => wheel({ end: { ...sentinels }, zip64: { diskCount: 250_001, count: 250_001 } }),
    inside: () =>
      wheel({ add: Array.from({ length: 1000 }, (_, i) => ({ name: `demo/f${i}`, content: '' })) }),
  },
  {
    rule: 'bomb-total',
    what: 'a claim of 70 TB, packed just as well',
    hostile: () =>
      wheel({
        add: [
          {
            name: 'big',
            content: 'x',
            central: { size: 0xffffffff, compressed: 0xffffffff, extra: zip64Extra(70e12, 70e12 - 1) },
          },
        ],
      }),
    inside: good,
  },
  {
    rule: 'bomb-metadata',
    what: 'METADATA of 17 MiB',
    hostile: () =>
      wheel({
        metadata: Buffer.concat([Buffer.from('Name: demo\nVersion: 1.0\n\n'), Buffer.alloc(17 << 20, 'x')]),
      }),
    inside: () =>
      wheel({
        metadata: Buffer.concat([Buffer.from('Name: demo\nVersion: 1.0\n\n'), Buffer.alloc(3 << 20, 'x')]),
      }),
  },
  // what kind of file
  {
    rule: 'format-polyglot',
    what: 'a ZIP whose first block is a tar header',
    hostile: polyglotZip,
    inside: good,
  },
  {
    rule: 'format-unknown',
    what: 'no file name of a wheel',
    hostile: () => wheel({ filename: 'demo-1.0.whl' }),
    inside: () => wheel({ filename: 'demo-1.0-1-py3-none-any.whl' }),
  },
];

/** A local header with a name long enough to hold what makes a tar header. */
function polyglotZip(): Sample {
  const name = Buffer.alloc(490, 'a');
  const build = () =>
    wheel({
      add: [],
      members: (all) => [{ name, content: '' }, ...all],
      record: (lines) => [...lines, `${name},,`].join('\n'),
    }).bytes;
  name.write('0000000\0', 148 - 30, 'latin1');
  name.fill(0x20, 148 - 30, 156 - 30);
  const head = build().subarray(0, 512);
  const sum = head.reduce((total, byte) => total + byte, 0);
  name.write(sum.toString(8).padStart(6, '0') + '  ', 148 - 30, 'latin1');
  return sample(wheelFilename, build());
}
