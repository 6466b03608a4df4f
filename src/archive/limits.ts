const kib = 1024;
const mib = 1024 * kib;
const gib = 1024 * mib;

/**
 * Limits of an inspection; exceeding one breaks the rule named after it. Bytes unless the name says
 * otherwise.
 */
export const limits = {
  /** Maximum number of entries of one archive; the largest real wheels have some tens of thousands. */
  entries: 250_000,
  /** Maximum size of a ZIP's central directory. */
  centralDirectory: 64 * mib,
  /** Maximum unpacked size of an archive. */
  total: 64 * gib,
  /** Up to this unpacked size, any ratio is allowed. */
  ratioFloor: 64 * mib,
  /** Maximum number of unpacked bytes per packed byte, above `ratioFloor`. */
  ratio: 50,
  /** Maximum size of METADATA and PKG-INFO, which may contain a README. */
  metadataFile: 16 * mib,
  /** Maximum size of WHEEL and entry_points.txt. */
  smallFile: mib,
  /** Maximum size of RECORD, which has about 100 bytes per file. */
  recordFile: 32 * mib,
  /** Maximum number of findings for lines of RECORD that name no file of the archive. */
  strayRows: 1000,
  /** Maximum number of characters of all names together, including implied directories. */
  names: 32 * mib,
  /** Maximum number of bytes and of components of one name. */
  nameBytes: 4000,
  nameParts: 100,
  /** Maximum size of pyproject.toml. */
  pyproject: mib,
  /** Maximum number of members of one gzip file. */
  gzipMembers: 10_000,
  /** Maximum size of a gzip header with its name, comment and extra field. */
  gzipHeader: 128 * kib,
  /** Maximum number of links that resolving one link may follow. */
  linkDepth: 40,
  /** Maximum number of steps to resolve all links. */
  linkSteps: 2_000_000,
  /** Maximum size of the PAX headers of one entry. */
  paxHeader: 256 * kib,
  /** Maximum total size and number of the extension headers of a tar. */
  paxTotal: 64 * mib,
  paxCount: 1_000_000,
  /** Maximum size of a GNU long name, or of a name in a PAX header. */
  longName: 64 * kib,
  /** Maximum number of findings of one rule; further ones are only counted. */
  findingsOfOneRule: 20,
} as const;

/** True if `packed` bytes unpack to more than the allowed ratio. */
export function isBomb(packed: number, unpacked: number): boolean {
  return unpacked > limits.ratioFloor && unpacked > packed * limits.ratio;
}
