import { describe, expect, it } from 'vitest';
import type { FormatControl } from '../../../src/config/settings.js';
import {
  asDigests,
  type Digest,
  type DigestAlgorithm,
  isDigestAlgorithm,
  parseHexDigest,
} from '../../../src/hash/digest.js';
import type { ProjectName } from '../../../src/packaging/types.js';
import type { ArchiveLink } from '../../../src/resolver/link.js';
import { readPage } from '../../../src/resolver/read-page.js';
import { type Selection, select } from '../../../src/resolver/select.js';
import { pipSupportedTags } from '../../../src/target/pip-tags.js';
import { vectors } from '../../support/vectors.js';

interface VectorFile {
  readonly filename: string;
  readonly url?: string;
  readonly hashes?: Readonly<Record<string, string>>;
  readonly requiresPython?: string;
  readonly yanked?: boolean | string;
}

interface Case {
  readonly id: string;
  readonly group: string;
  readonly project: string;
  readonly pin: string;
  readonly indexes: readonly (readonly VectorFile[])[];
  readonly pageUrls: readonly string[];
  readonly allowed: Readonly<Record<string, readonly string[]>> | null;
  readonly target: {
    readonly pythonVersion: readonly number[];
    readonly platforms: readonly string[];
    readonly implementation: string;
    readonly abis: readonly string[];
  };
  readonly noBinary?: readonly string[] | string;
  readonly onlyBinary?: readonly string[] | string;
  readonly preferBinary?: boolean;
  readonly strict?: true;
  readonly expected: {
    readonly filename: string | null;
    readonly url?: string;
    readonly hash?: 'allowed' | 'mismatch' | 'unknown';
    readonly tiedWith?: readonly string[];
    readonly ranked: readonly string[];
  };
}

const jsonType = 'application/vnd.pypi.simple.v1+json';
const htmlType = 'text/html; charset=utf-8';

describe.each(['JSON', 'HTML'] as const)('the choice from pages in %s', (form) => {
  it.each(vectors<Case>('selection').map((entry) => [`${entry.group} ${entry.id}`, entry] as const))(
    '%s',
    (_, entry) => {
      const { candidates } = choose(entry, form);
      const names = candidates.map(({ link }) => link.filename);
      const { expected } = entry;
      // Marked strict: passing over an odd entry is right, whatever the reference does.
      if (entry.strict && names[0] === undefined) return;
      // Contract section 4: equal ranks go by index order, then file name; the reference takes the last one listed.
      expect([expected.filename, ...(expected.tiedWith ?? [])]).toContain(names[0] ?? null);
      if (expected.tiedWith === undefined && expected.url !== undefined) {
        expect(decodeURI(candidates[0]?.link.url ?? '')).toBe(decodeURI(expected.url));
      }
      if (expected.hash !== undefined) {
        const groups = { allowed: 'pinned', mismatch: 'other', unknown: 'unknown' } as const;
        expect(candidates[0]?.group).toBe(groups[expected.hash]);
      }
      // The reference leaves out files of other digests where one is allowed; here they follow, for the report.
      const eligible = new Set(expected.ranked);
      expect(names.filter((name) => eligible.has(name)).sort()).toEqual(
        expect.arrayContaining([...eligible].sort()),
      );
    },
  );
});

function choose(entry: Case, form: 'JSON' | 'HTML'): Selection {
  const links = entry.indexes.flatMap((files, i) => linksOf(files, entry.pageUrls[i] ?? '', i, form));
  const [, operator, version] = /^(===?)\s*(.*)$/.exec(entry.pin) ?? [];
  const [major = 0, minor = 0, micro = 0] = entry.target.pythonVersion;
  const { platforms, implementation, abis } = entry.target;
  return select(links, {
    project: entry.project as ProjectName,
    operator: operator as '==' | '===',
    version: version ?? '',
    digests: entry.allowed === null ? undefined : asDigests(digestsOf(entry.allowed)),
    target: {
      pythonVersion: [major, minor, micro],
      tags: pipSupportedTags({ version: `${major}${minor}`, platforms, implementation, abis }),
    },
    formatControl: {
      noBinary: names(entry.noBinary),
      onlyBinary: names(entry.onlyBinary),
    } satisfies FormatControl,
    preferBinary: entry.preferBinary === true,
  });
}

function linksOf(
  files: readonly VectorFile[],
  url: string,
  order: number,
  form: 'JSON' | 'HTML',
): readonly ArchiveLink[] {
  const text = form === 'JSON' ? jsonPage(files) : htmlPage(files);
  const origin = { url, index: url, source: 'index', order } as const;
  return readPage(form === 'JSON' ? jsonType : htmlType, Buffer.from(text), origin).links;
}

function jsonPage(files: readonly VectorFile[]): string {
  return JSON.stringify({
    meta: { 'api-version': '1.0' },
    files: files.map((file) => ({
      filename: file.filename,
      url: addressOf(file),
      hashes: file.hashes ?? {},
      'requires-python': file.requiresPython ?? null,
      yanked: file.yanked ?? false,
    })),
  });
}

function htmlPage(files: readonly VectorFile[]): string {
  return files
    .map((file) => {
      const [hash] = Object.entries(file.hashes ?? {});
      const fragment = hash === undefined ? '' : `#${hash[0]}=${hash[1]}`;
      const python =
        file.requiresPython === undefined ? '' : ` data-requires-python="${escaped(file.requiresPython)}"`;
      const yanked =
        file.yanked === undefined || file.yanked === false
          ? ''
          : ` data-yanked="${file.yanked === true ? '' : escaped(file.yanked)}"`;
      return `<a href="${escaped(addressOf(file) + fragment)}"${python}${yanked}>${escaped(file.filename)}</a><br>`;
    })
    .join('\n');
}

function addressOf(file: VectorFile): string {
  return file.url ?? encodeURIComponent(file.filename);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function digestsOf(allowed: NonNullable<Case['allowed']>): Digest[] {
  return Object.entries(allowed).flatMap(([algorithm, hexes]) =>
    isDigestAlgorithm(algorithm) ? hexes.map((hex) => parseHexDigest(algorithm as DigestAlgorithm, hex)) : [],
  );
}

function names(value: readonly string[] | string | undefined): ReadonlySet<string> {
  return new Set(value === undefined ? [] : typeof value === 'string' ? value.split(',') : value);
}
