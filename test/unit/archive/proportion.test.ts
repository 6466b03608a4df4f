import { describe, expect, it } from 'vitest';
import { type Sample, sdist, wheel } from '../../hostile/projects.js';
import { gnuName, gzip, pax } from '../../hostile/tar-builder.js';
import { inspectSample } from '../../hostile/verified.js';

/**
 * Archives made to take time: none may take seconds where others of its size take a moment. Not a measurement: what is
 * quadratic takes minutes, on any machine. Time of this process counts, not that of others.
 */
const mostSeconds = 15;

const entryPoints = (line: string) => wheel({ entryPoints: `[console_scripts]\n${line}\n` });
const record = (text: Buffer) =>
  wheel({ record: (lines) => Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), text]) });
const metadata = (line: string) =>
  wheel({
    metadata: Buffer.concat([Buffer.from('Version: 1.0\nName: demo\n'), Buffer.alloc(8 << 20, line)]),
  });
const links = (target: (i: number) => string) =>
  sdist({
    add: Array.from({ length: 20_000 }, (_, i) => ({ name: `demo-1.0/l${i}`, type: '2', link: target(i) })),
  });

const samples: readonly (readonly [string, () => Sample])[] = [
  ['an entry point with a megabyte of spaces', () => entryPoints(`a = a${' '.repeat(1_000_000)}x`)],
  ['a script name of dots', () => entryPoints(`python${'.'.repeat(900_000)}x = a:b`)],
  ['250,000 entry points', () => entryPoints('a=b\n'.repeat(250_000))],
  ['RECORD of commas', () => record(Buffer.alloc(24 << 20, ','))],
  ['RECORD of quotes', () => record(Buffer.alloc(24 << 20, '"'))],
  ['RECORD of short lines', () => record(Buffer.alloc(24 << 20, 'a,,\n'))],
  ['RECORD with a hash of padding', () => record(Buffer.from(`a,sha256=${'='.repeat(1_000_000)}x,1\n`))],
  ['METADATA of folded lines', () => metadata(' \n')],
  ['METADATA of short fields', () => metadata('a:\n')],
  [
    'names of 100 directories each',
    () => wheel({ add: Array.from({ length: 5000 }, (_, i) => ({ name: `${i}/${'a/'.repeat(97)}b` })) }),
  ],
  ['pyproject.toml of brackets', () => sdist({ pyproject: `a = ${'['.repeat(1_000_000)}` })],
  ['pyproject.toml of dots', () => sdist({ pyproject: `a${'.a'.repeat(500_000)} = 1` })],
  ['links that follow each other', () => links((i) => `l${i + 1}`)],
  ['links that multiply', () => links((i) => `l${i + 1}/../l${i + 2}/../l${i + 3}`)],
  [
    'links with long targets',
    () =>
      sdist({
        add: Array.from({ length: 3000 }, (_, i) => [
          gnuName(`${'x/../'.repeat(800)}x`, 'K'),
          { name: `demo-1.0/l${i}`, type: '2', magic: 'gnu' as const },
        ]).flat(),
      }),
  ],
  [
    '9,990 gzip members',
    () =>
      sdist({
        pack: (tar) =>
          Buffer.concat([...Array.from({ length: 9990 }, () => gzip(Buffer.alloc(0))), gzip(tar)]),
      }),
  ],
  [
    'PAX headers of short records',
    () => sdist({ add: Array.from({ length: 200 }, () => pax([Buffer.alloc(250_000, '5 a=\n')], 'g')) }),
  ],
];

describe('archives made to take time', () => {
  it.each(samples)('%s', async (_, make) => {
    const sample = make();
    const start = process.cpuUsage();
    await inspectSample(sample);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(mostSeconds);
  });
});
