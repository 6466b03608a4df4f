// The sets of archives that are measured. Numbers of real ones are in real-set.tsv: an ordinary lock of 259 pins, as the public
// index had it in November 2026.
import { readFileSync } from 'node:fs';

/**
 * What is known of an archive and of its project's page.
 * @typedef {{ filename: string, bytes: number, entries: number, unpacked: number, largest: number, pageBytes: number,
 *   pageFiles: number, versionFiles: number, digests: number, path?: string }} Shape
 */

const real = readTable(new URL('real-set.tsv', import.meta.url));
const bySize = [...real].sort((a, b) => b.bytes - a.bytes);
const usual = real.filter(({ bytes }) => bytes > 30_000 && bytes < 700_000);

/** By name. `heavy` ones are measured fewer times. */
export const sets = {
  small: { archives: usual.slice(0, 7), label: 'small' },
  forty: { archives: usual.slice(7, 47), label: '40 wheels' },
  wide: { archives: bySize.slice(5, 135), label: '130 wheels', heavy: true },
  lock259: { archives: real, label: 'lock of 259', heavy: true },
  thousand: {
    archives: Array.from({ length: 1000 }, (_, i) => invented(`tiny${i}`, { bytes: 2_500, entries: 6 })),
    label: '1,000 tiny ones',
    heavy: true,
  },
  huge: {
    archives: [
      invented('huge', { bytes: 550e6, entries: 400, unpacked: 1.2e9, largest: 900e6, pageFiles: 300 }),
    ],
    label: 'one of 550 MB',
  },
  giants: {
    archives: [
      invented('giant_graphs', {
        bytes: 420e6,
        entries: 11_500,
        unpacked: 1.3e9,
        largest: 700e6,
        pageFiles: 400,
      }),
      invented('giant_kernels', { bytes: 250e6, entries: 60, unpacked: 6e8, largest: 8e7 }),
      invented('giant_playbooks', { bytes: 55e6, entries: 19_000, unpacked: 2.6e8, largest: 4e6 }),
      invented('giant_arrays', { bytes: 150e6, entries: 2_500, unpacked: 4.4e8, largest: 2e8 }),
      invented('giant_maps', { bytes: 90e6, entries: 4_000, unpacked: 2.4e8, largest: 6e7 }),
      invented('giant_models', { bytes: 60e6, entries: 3_000, unpacked: 2e8, largest: 3e7 }),
    ],
    label: 'six of 1.0 GB',
    heavy: true,
  },
};

/** An archive of made-up numbers. */
export function invented(name, { bytes, entries, pageFiles = 10, digests = 2, ...rest }) {
  const unpacked = rest.unpacked ?? bytes * 3;
  const largest = rest.largest ?? Math.min(unpacked / 2, (4 * unpacked) / entries);
  const filename = `${name}-1.0-py3-none-any.whl`;
  const versionFiles = rest.versionFiles ?? Math.min(2, pageFiles);
  return {
    filename,
    bytes,
    entries,
    unpacked,
    largest,
    pageBytes: pageFiles * 430,
    pageFiles,
    versionFiles,
    digests,
  };
}

/** `name`, `version` and normalized `project` of a wheel's file name. */
export function namesOf(filename) {
  const [name = '', version = ''] = filename.split('-');
  return { name, version, project: name.toLowerCase().replace(/[-_.]+/g, '-') };
}

function readTable(url) {
  const [, ...lines] = readFileSync(url, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [filename, ...rest] = line.split('\t');
    const [bytes, entries, unpacked, largest, pageBytes, pageFiles, versionFiles, digests] = rest.map(Number);
    return { filename, bytes, entries, unpacked, largest, pageBytes, pageFiles, versionFiles, digests };
  });
}
