// A ZIP file of stored entries with fixed times: the same files give the same bytes on every Node.
import { crc32 } from 'node:zlib';

/** 1980-01-01 00:00, the first moment that a ZIP file can name. */
const epoch = { time: 0, date: 0x21 };

/** `entries`: a list of `{ name, data, mode }`; the mode is 0o644 by default. */
export function storedZip(entries) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, data, mode = 0o644 } of entries) {
    const path = Buffer.from(name, 'utf8');
    const fields = commonFields(path, data);
    const local = Buffer.concat([bytes([4, 0x04034b50]), fields, path]);
    directory.push(
      Buffer.concat([
        // Made by Unix: the mode stands in the upper half of the external attributes.
        bytes([4, 0x02014b50], [2, (3 << 8) | 20]),
        fields,
        bytes([2, 0], [2, 0], [2, 0], [4, ((0o100000 | mode) << 16) >>> 0], [4, offset]),
        path,
      ]),
    );
    parts.push(local, data);
    offset += local.length + data.length;
  }
  const listing = Buffer.concat(directory);
  const count = entries.length;
  const end = bytes(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, listing.length],
    [4, offset],
    [2, 0],
  );
  return Buffer.concat([...parts, listing, end]);
}

/** From "version needed" to "extra field length", which local and central headers share. */
function commonFields(path, data) {
  const { time, date } = epoch;
  return bytes(
    ...[
      [2, 20],
      [2, 0],
      [2, 0],
      [2, time],
      [2, date],
      [4, crc32(data)],
    ],
    ...[
      [4, data.length],
      [4, data.length],
      [2, path.length],
      [2, 0],
    ],
  );
}

function bytes(...fields) {
  const all = Buffer.alloc(fields.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of fields) at = all.writeUIntLE(value, at, width);
  return all;
}
