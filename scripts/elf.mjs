// Removes what a program for Linux does not load: symbols, debug information and the table of sections.

/** For 64-bit little-endian ELF files. The same on every machine, which the tool `strip` is not. */
export function stripElf(file) {
  if (file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1)
    throw new Error('no 64-bit ELF file');
  const [segments, size, count] = [
    Number(file.readBigUInt64LE(32)),
    file.readUInt16LE(54),
    file.readUInt16LE(56),
  ];
  let end = segments + size * count;
  for (let at = segments; at < segments + size * count; at += size)
    end = Math.max(end, Number(file.readBigUInt64LE(at + 8)) + Number(file.readBigUInt64LE(at + 32)));
  const stripped = Buffer.from(file.subarray(0, end));
  // Where the table of sections lies, how many there are, and which of them has their names.
  stripped.writeBigUInt64LE(0n, 40);
  stripped.writeUInt16LE(0, 60);
  stripped.writeUInt16LE(0, 62);
  return stripped;
}
