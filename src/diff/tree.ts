import { createHash } from 'node:crypto';
import { type ArchiveEntry, archiveEntries } from '../archive/entries.js';
import type { SecondReader } from '../archive/second/listing.js';
import type { VerifiedArchive } from '../hash/verification.js';
import { decodeText } from '../packaging/metadata.js';
import type { Origin } from './origin.js';

/** A file or link of an archive, ready to compare. */
export interface TreeFile {
  /**
   * Path below the root directory of a source archive; for `.dist-info` and `.data` directories, without name and
   * version.
   */
  readonly path: string;
  /** Path as in the archive. */
  readonly name: string;
  readonly type: 'file' | 'symlink' | 'hardlink';
  /** Permission bits; 0 where the archive has none. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** Hex; for a link, the digest of its target path. */
  readonly sha256: string;
  /** The content, if it is text and short enough to show. */
  readonly text: string | undefined;
  /**
   * The text of a file that defines what is installed or built, or the reason why it cannot be read; set at any
   * size.
   */
  readonly facts: { readonly text: string } | { readonly unreadable: string } | undefined;
  /** True if the content begins like a native program or library: ELF, Mach-O or PE. */
  readonly native: boolean;
}

export interface ArchiveTree {
  readonly filename: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly files: ReadonlyMap<string, TreeFile>;
  /** Undefined if provenance was not requested. */
  readonly origin?: Origin | undefined;
}

/** Larger text is compared only by digest. */
const maxTextBytes = 1 << 20;
/** Maximum size of files that define what is installed or built. */
const maxFactsBytes = 16 << 20;
const factsFile =
  /^(?:[^/]+\.dist-info\/(?:METADATA|entry_points\.txt)|[^/]+\/(?:PKG-INFO|pyproject\.toml)|(?:[^/]+\/)?(?:src\/)?[^/]+\.egg-info\/entry_points\.txt)$/i;
/** Limit for the text of one archive that is kept in memory. */
const maxTotalText = 192 << 20;

/** Reads all files of an archive once. Throws `ARCHIVE_REFUSED` if its framing is broken. */
export async function readTree(archive: VerifiedArchive, secondReader?: SecondReader): Promise<ArchiveTree> {
  const entries: Omit<TreeFile, 'path'>[] = [];
  let budget = maxTotalText;
  for await (const entry of archiveEntries(archive, secondReader)) {
    if (entry.type === 'directory') continue;
    const file = entry.type === 'file' ? await readContent(entry, budget) : linkContent(entry);
    budget -= file.text?.length ?? 0;
    entries.push({ name: entry.name, type: entry.type, mode: entry.mode & 0o777, size: entry.size, ...file });
  }
  const normal = pathNormalizer(
    entries.map(({ name }) => name),
    archive.filename,
  );
  const files = new Map<string, TreeFile>();
  const add = (entry: Omit<TreeFile, 'path'>, path: string): void => {
    files.set(path, { path, ...entry });
  };
  const plain = entries.filter((entry) => {
    const path = normal(entry.name);
    const renamed = path !== entry.name && !files.has(path);
    if (renamed) add(entry, path);
    return !renamed;
  });
  // Two files may map to the same path here; both must be shown.
  for (const entry of plain) {
    let path = entry.name;
    while (files.has(path)) path = `${path} (again)`;
    add(entry, path);
  }
  return { filename: archive.filename, sha256: archive.sha256, size: archive.size, files };
}

type Content = Pick<TreeFile, 'sha256' | 'text' | 'facts' | 'native'>;

async function readContent(entry: ArchiveEntry, budget: number): Promise<Content> {
  const hash = createHash('sha256');
  const isText = entry.size <= Math.min(maxTextBytes, budget);
  const isFacts = factsFile.test(entry.name);
  const keep = isText || (isFacts && entry.size <= maxFactsBytes);
  let head = Buffer.alloc(0);
  const blocks: Buffer[] = [];
  for await (const block of entry.content()) {
    hash.update(block);
    if (head.length < headBytes) head = Buffer.concat([head, block.subarray(0, headBytes - head.length)]);
    if (keep) blocks.push(Buffer.from(block));
  }
  const bytes = Buffer.concat(blocks);
  return {
    sha256: hash.digest('hex'),
    text: isText ? textOf(bytes) : undefined,
    facts: isFacts ? factsOf(keep ? bytes : undefined, entry.size) : undefined,
    native: isNative(head),
  };
}

function factsOf(bytes: Buffer | undefined, size: number): TreeFile['facts'] {
  if (bytes === undefined) return { unreadable: `it has ${size} bytes` };
  const { text, exact } = decodeText(bytes);
  if (!exact) return { unreadable: 'it is not UTF-8' };
  return text.includes('\0') ? { unreadable: 'it holds a NUL' } : { text };
}

const headBytes = 4;
/** ELF; Mach-O of 32 and 64 bits in both orders, and for several machines. */
const nativeMagics = new Set([
  '7f454c46',
  'feedface',
  'feedfacf',
  'cefaedfe',
  'cffaedfe',
  'cafebabe',
  'cafebabf',
]);

function isNative(head: Buffer): boolean {
  return nativeMagics.has(head.toString('hex')) || head.toString('latin1', 0, 2) === 'MZ';
}

function linkContent({ target = '' }: ArchiveEntry): Content {
  const sha256 = createHash('sha256').update(target).digest('hex');
  return { sha256, text: `${target}\n`, facts: undefined, native: false };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 without NUL is text; other files are shown by size and digest. */
function textOf(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Removes the version from paths, so that the same file of two releases is compared. */
function pathNormalizer(names: readonly string[], filename: string): (name: string) => string {
  if (filename.endsWith('.whl')) {
    return (name) => name.replace(/^[^/]+\.(dist-info|data)\//, '$1/');
  }
  const [first = ''] = names;
  const root = `${first.split('/')[0]}/`;
  const hasRoot = names.every((name) => name.startsWith(root));
  return (name) =>
    (hasRoot ? name.slice(root.length) : name).replace(/^(src\/)?[^/]+\.egg-info\//, '$1egg-info/');
}
