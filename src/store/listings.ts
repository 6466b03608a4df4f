import { createHash } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../files/make-directory.js';
import { regularTextSync } from '../files/regular-file.js';
import { tempName } from '../files/temp-name.js';
import { type Digest, isDigestAlgorithm, parseHexDigest } from '../hash/digest.js';
import type { ArchiveLink } from '../resolver/link.js';
import { systemCode } from '../text/errors.js';
import type { StoreLayout } from './layout.js';

/** The release of a listing. */
export interface ListedRelease {
  readonly project: string;
  readonly operator: '==' | '===';
  readonly version: string;
}

/**
 * The file lists of pinned releases from their last index page (contract section 5). They are untrusted, like
 * pages: a listing leads to an archive with a pinned digest or to nothing, and the archive is always hashed (P4,
 * P10).
 */
export interface Listings {
  /** Undefined if there is no valid listing. */
  read(release: ListedRelease): readonly ArchiveLink[] | undefined;
  /** Failures to write are ignored. */
  write(release: ListedRelease, links: readonly ArchiveLink[]): void;
}

const maxListingBytes = 4 << 20;

/** `locations`: the indexes and find-links of the run; listings from other locations are not used. */
export function createListings({ root, temp }: StoreLayout, locations: readonly string[]): Listings {
  const places = locations.map(withoutSecrets);

  function pathOf({ project, operator, version }: ListedRelease): string {
    const key = createHash('sha256').update(JSON.stringify([project, operator, version, places]));
    const name = key.digest('hex');
    return join(root, 'v1', 'listings', name.slice(0, 2), name);
  }

  return {
    read(release) {
      // Do not follow a link that was planted in the store, and do not block on a pipe.
      const text = regularTextSync(pathOf(release), maxListingBytes, { followLinks: false });
      return text === undefined ? undefined : parseListing(text);
    },
    write(release, links) {
      const path = pathOf(release);
      const temporary = join(temp, tempName());
      try {
        const write = () =>
          writeFileSync(temporary, JSON.stringify(links.map(toRow)), { flag: 'wx', mode: 0o600 });
        withDirectory(temp, write);
        withDirectory(dirname(path), () => renameSync(temporary, path));
      } catch {
        // A read-only store or a full disk: the next run asks the index again.
        removeQuietly(temporary);
      }
    },
  };
}

/** Calls `use`, and creates the missing directory first if needed; it usually exists. */
function withDirectory(directory: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    makeDirectory(directory, 0o700);
    action();
  }
}

type Row = readonly [
  filename: string,
  digests: readonly string[],
  size: number | null,
  requiresPython: string | null,
  yanked: false | string,
  order: number,
];

function toRow({ filename, advertised, size, requiresPython, yanked, order }: ArchiveLink): Row {
  const digests = advertised.map(({ algorithm, hex }) => `${algorithm}:${hex}`);
  return [filename, digests, size ?? null, requiresPython ?? null, yanked, order];
}

/** Undefined for text that is truncated or was not written by `toRow`. */
function parseListing(text: string): readonly ArchiveLink[] | undefined {
  try {
    const rows: unknown = JSON.parse(text);
    return Array.isArray(rows) ? rows.map(toLink) : undefined;
  } catch {
    return undefined;
  }
}

function toLink(row: unknown): ArchiveLink {
  if (!Array.isArray(row)) throw new TypeError('not a row');
  const [filename, digests, size, requiresPython, yanked, order] = row as unknown[];
  if (
    typeof filename !== 'string' ||
    !Array.isArray(digests) ||
    !(size === null || (Number.isSafeInteger(size) && (size as number) >= 0)) ||
    !(requiresPython === null || typeof requiresPython === 'string') ||
    !(yanked === false || typeof yanked === 'string') ||
    !Number.isSafeInteger(order)
  )
    throw new TypeError('not a row');
  return {
    filename,
    url: `store:${filename}`,
    advertised: digests.map(toDigest),
    size: (size as number | null) ?? undefined,
    requiresPython: requiresPython ?? undefined,
    yanked,
    uploadTime: undefined,
    index: undefined,
    source: 'store',
    order: order as number,
  };
}

function toDigest(text: unknown): Digest {
  const [algorithm = '', hex = ''] = String(text).split(':');
  if (!isDigestAlgorithm(algorithm)) throw new TypeError('not a digest');
  return parseHexDigest(algorithm, hex);
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // `peep store prune` removes the temp file when its writer is gone.
  }
}

/** P7: store neither user info nor tokens in the query, not even hashed. */
function withoutSecrets(location: string): string {
  if (!/^https?:/i.test(location)) return location;
  const url = new URL(location);
  return `${url.protocol}//${url.host}${url.pathname}`;
}
