import type { Findings } from '../findings.js';
import type { ZipEntry } from '../zip/central.js';
import type { RecordRow } from './record.js';

/** RECORD and the archive must list the same files: an unlisted file is neither uninstalled nor verified. */
export function checkListing(
  entries: readonly ZipEntry[],
  rows: ReadonlyMap<string, RecordRow>,
  recordPath: string,
  findings: Findings,
): void {
  let listed = 0;
  for (const { name, directory, size } of entries) {
    if (directory) continue;
    const row = rows.get(name);
    if (row === undefined) {
      // The signature files are made after RECORD (binary distribution format, "Signed wheel files").
      if (name === `${recordPath}.jws` || name === `${recordPath}.p7s`) continue;
      findings.add('wheel-record-unlisted', name, 'the file is not listed in RECORD');
      continue;
    }
    listed += 1;
    if (row.size !== undefined && row.size !== size) {
      findings.add(
        'wheel-record-size',
        name,
        `RECORD gives ${row.size} bytes, but the archive holds ${size}`,
      );
    }
  }
  if (listed >= rows.size) return;
  const files = new Set<string>();
  const directories = new Set<string>();
  for (const { name, directory } of entries) (directory ? directories : files).add(name);
  for (const path of rows.keys()) {
    if (files.has(path)) continue;
    if (path.endsWith('/') && directories.has(path.slice(0, -1))) {
      findings.add('wheel-record-directory', path, 'RECORD lists a directory');
    } else findings.add('wheel-record-absent', path, 'RECORD lists a file that the archive does not hold');
  }
}
