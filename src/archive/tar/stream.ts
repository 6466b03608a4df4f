import type { ByteSource } from '../../hash/spool/spool.js';
import type { Findings } from '../findings.js';
import { sourceBlocks } from './blocks.js';
import { bunzip2 } from './bzip2.js';
import { gunzip } from './gzip.js';
import type { TarPacking } from './packing.js';
import { unxz } from './xz.js';

/** The unpacked bytes of the tar in `source`. Throws a `RuleViolation` for faults of its compression. */
export function tarBlocks(
  source: ByteSource,
  packing: TarPacking,
  findings: Findings,
): AsyncGenerator<Buffer> {
  switch (packing) {
    case 'tar':
      return sourceBlocks(source);
    case 'tar.gz':
      return gunzip(source, findings);
    case 'tar.bz2':
      return bunzip2(source);
    case 'tar.xz':
      return unxz(source);
  }
}
