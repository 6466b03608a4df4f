// Wheels of a given shape: bytes, entries, unpacked bytes and largest entry, in valid Python where pip would compile it.
import { createHash } from 'node:crypto';
import { closeSync, openSync, writevSync } from 'node:fs';
import { crc32, deflateRawSync } from 'node:zlib';
import { filePieces, lastBlock } from './pieces.mjs';
import { randomNumbers, seedOf } from './random.mjs';
import { namesOf } from './sets.mjs';

/** Files larger than this are compiled code or data, never Python. */
const largestModule = 120_000;

/** Writes a wheel of that shape; answers its size, digest and METADATA. */
export function writeWheel(path, shape) {
  const { name, version } = namesOf(shape.filename);
  const next = randomNumbers(seedOf(shape.filename));
  const zip = zipWriter(path);
  const rows = [];
  const ratio = shape.bytes / shape.unpacked;
  for (const { file, size, kind } of plan(name, shape, next)) {
    const { digest } = zip.add(file, filePieces(kind, size, ratio, next));
    rows.push(`${file},sha256=${digest},${size}`);
  }
  const info = `${name}-${version}.dist-info`;
  const tags = shape.filename.slice(0, -4).split('-').slice(-3);
  const [pythons, abis, platforms] = tags.map((tag) => tag.split('.'));
  const each = platforms.flatMap((p) =>
    abis.flatMap((abi) => pythons.map((python) => `Tag: ${python}-${abi}-${p}\n`)),
  );
  const metadata = `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\nSummary: of the shape of a real one\n\n${'About it.\n'.repeat(250)}`;
  const own = {
    METADATA: metadata,
    WHEEL: `Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: ${abis[0] === 'none'}\n${each.join('')}`,
    LICENSE: 'Do what you like.\n',
  };
  for (const [file, content] of Object.entries(own)) {
    const raw = Buffer.from(content);
    const { digest } = zip.add(`${info}/${file}`, [{ raw, packed: deflateRawSync(raw) }], true);
    rows.push(`${info}/${file},sha256=${digest},${raw.length}`);
  }
  const record = Buffer.from(`${rows.join('\n')}\n${info}/RECORD,,\n`);
  zip.add(`${info}/RECORD`, [{ raw: record, packed: deflateRawSync(record) }], true);
  return { ...zip.close(), metadata };
}

/** Names and sizes of the files of a wheel, less its own four. */
function* plan(name, { entries, unpacked, largest, filename }, next) {
  const count = Math.max(1, entries - 4);
  const hasBinary = !filename.endsWith('-none-any.whl');
  const module = name.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  const rest = Math.max(0, unpacked - largest - 4_000 - 90 * entries);
  // Most files are small and a few are large.
  const weights = Array.from({ length: count - 1 }, () => Math.exp(3 * next()));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const sizes = [largest, ...weights.map((weight) => (weight / sum) * rest)];
  for (const [i, exact] of sizes.entries()) {
    const size = Math.max(1, Math.min(Math.round(exact), Math.round(largest)));
    const folder = i < 12 ? module : `${module}/part${Math.floor(i / 40)}`;
    if (i === 0 && (hasBinary || size > largestModule)) {
      yield { file: `${folder}/core${hasBinary ? '.abi3.so' : '.bin'}`, size, kind: 'data' };
    } else if (size > largestModule || i % 5 === 4)
      yield { file: `${folder}/data${i}.txt`, size, kind: 'data' };
    else yield { file: `${folder}/${i === 1 ? '__init__' : `m${i}`}.py`, size, kind: 'python' };
  }
}

/** A ZIP file without anything but what wheels have. */
function zipWriter(path) {
  const file = openSync(path, 'w');
  const whole = createHash('sha256');
  const central = [];
  let offset = 0;
  let waiting = [];
  let waitingBytes = 0;
  const flush = () => {
    // At most 1,024 buffers a call.
    for (let i = 0; i < waiting.length; i += 1024) writevSync(file, waiting.slice(i, i + 1024));
    [waiting, waitingBytes] = [[], 0];
  };
  const put = (bytes) => {
    whole.update(bytes);
    waiting.push(bytes);
    offset += bytes.length;
    waitingBytes += bytes.length;
    if (waitingBytes > 4 << 20) flush();
  };
  return {
    add(name, pieces, isWhole = false) {
      const encoded = Buffer.from(name);
      const start = offset;
      const hash = createHash('sha256');
      const header = Buffer.alloc(30);
      const parts = [];
      let [crc, size, packed] = [0, 0, 0];
      for (const piece of pieces) {
        crc = crc32(piece.raw, crc);
        hash.update(piece.raw);
        size += piece.raw.length;
        parts.push(piece.packed);
        packed += piece.packed.length;
      }
      if (!isWhole) {
        parts.push(lastBlock);
        packed += lastBlock.length;
      }
      header.writeUInt32LE(0x04034b50, 0);
      header.writeUInt16LE(20, 4);
      header.writeUInt16LE(8, 8);
      header.writeUInt32LE(0x00210000, 10);
      header.writeUInt32LE(crc, 14);
      header.writeUInt32LE(packed, 18);
      header.writeUInt32LE(size, 22);
      header.writeUInt16LE(encoded.length, 26);
      put(Buffer.concat([header, encoded]));
      for (const part of parts) put(part);
      central.push({ encoded, crc, packed, size, start });
      return { digest: hash.digest('base64url') };
    },
    close() {
      const start = offset;
      for (const { encoded, crc, packed, size, start: at } of central) {
        const header = Buffer.alloc(46);
        header.writeUInt32LE(0x02014b50, 0);
        header.writeUInt16LE(0x0314, 4);
        header.writeUInt16LE(20, 6);
        header.writeUInt16LE(8, 10);
        header.writeUInt32LE(0x00210000, 12);
        header.writeUInt32LE(crc, 16);
        header.writeUInt32LE(packed, 20);
        header.writeUInt32LE(size, 24);
        header.writeUInt16LE(encoded.length, 28);
        header.writeUInt32LE((0o100644 << 16) >>> 0, 38);
        header.writeUInt32LE(at, 42);
        put(Buffer.concat([header, encoded]));
      }
      const [size, count] = [offset - start, central.length];
      if (count > 0xfffe) put(zip64End(start, size, count));
      const end = Buffer.alloc(22);
      end.writeUInt32LE(0x06054b50, 0);
      end.writeUInt16LE(Math.min(count, 0xffff), 8);
      end.writeUInt16LE(Math.min(count, 0xffff), 10);
      end.writeUInt32LE(size, 12);
      end.writeUInt32LE(start, 16);
      put(end);
      flush();
      closeSync(file);
      return { size: offset, sha256: whole.digest('hex') };
    },
  };
}

/** The records that hold more than 65,534 entries. */
function zip64End(start, size, count) {
  const record = Buffer.alloc(76);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(start), 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(BigInt(start + size), 64);
  record.writeUInt32LE(1, 72);
  return record;
}
