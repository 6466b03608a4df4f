const kib = 1024;
const mib = 1024 * kib;
const gib = 1024 * mib;

/**
 * Limits of an inspection; exceeding one breaks the rule named after it. Bytes unless the name says
 * otherwise.
 */
export const limits = {
  /** Entries of one archive; the largest real wheels have some tens of thousands. */
  entries: 250_000,
  /** Size of a ZIP's central directory. */
  centralDirectory: 64 * mib,
  /** Total unpacked size of an archive. */
  total: 64 * gib,
  /** Unpacked size that is allowed at any ratio. */
  ratioFloor: 64 * mib,
  /** Unpacked bytes per packed byte, beyond `ratioFloor`. */
  ratio: 50,
  /** METADATA and PKG-INFO: they may contain a README. */
  metadataFile: 16 * mib,
  /** WHEEL and entry_points.txt. */
  smallFile: mib,
  /** RECORD: about 100 bytes for each file. */
  recordFile: 32 * mib,
  /** Maximum number of findings for lines of RECORD that name no file of the archive. */
  strayRows: 1000,
  /** Characters of all names together, including implied directories. */
  names: 32 * mib,
  /** Bytes of one name, and number of its components. */
  nameBytes: 4000,
  nameParts: 100,
  /** pyproject.toml. */
  pyproject: mib,
  /** Members of one gzip file. */
  gzipMembers: 10_000,
  /** A gzip header with its name, comment and extra field. */
  gzipHeader: 128 * kib,
  /** Maximum number of links that resolving one link may follow. */
  linkDepth: 40,
  /** Maximum number of steps to resolve all links. */
  linkSteps: 2_000_000,
  /** PAX extended headers of one entry. */
  paxHeader: 256 * kib,
  /** All extension headers of a tar: total bytes, and number. */
  paxTotal: 64 * mib,
  paxCount: 1_000_000,
  /** A GNU long name or a name in a PAX header. */
  longName: 64 * kib,
  /** Maximum number of findings of one rule; further ones are only counted. */
  findingsOfOneRule: 20,
} as const;

/** True if `packed` bytes unpack to more than the allowed ratio. */
export function isBomb(packed: number, unpacked: number): boolean {
  return unpacked > limits.ratioFloor && unpacked > packed * limits.ratio;
}
