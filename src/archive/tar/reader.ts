import { type Findings, RuleViolation } from '../findings.js';
import { limits } from '../limits.js';
import { checkName, decodeName, NameTable, type NameUse } from '../names.js';
import { BlockReader } from './blocks.js';
import { blockSize, parseHeader, type TarHeader } from './header.js';
import { type PaxValues, parsePax } from './pax.js';

export type TarType = 'file' | 'directory' | 'symlink' | 'hardlink';

export interface TarEntry {
  /** Without the trailing slash of a directory. */
  readonly name: string;
  readonly type: TarType;
  readonly mode: number;
  /** Size of the content in bytes; 0 unless the entry is a file. */
  readonly size: number;
  /** Target of a link, as written. */
  readonly target: string | undefined;
  /**
   * Yields the content in blocks. It can be read once, before the next entry is requested; unread bytes are
   * skipped.
   */
  content(): AsyncGenerator<Buffer>;
}

const types: Readonly<Record<string, TarType>> = {
  '0': 'file',
  '\0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};

const endRead = 64 * 1024;
const zeros = Buffer.alloc(endRead);

/** Extension headers that apply to the next entry. */
interface Pending {
  /** Totals of all extension headers so far. */
  count: number;
  bytes: number;
  pax?: PaxValues;
  name?: string;
  linkName?: string;
}

/**
 * Reads a tar stream entry by entry. Throws a `RuleViolation` for anything that two programs could read
 * differently. CVE-2025-62518 (sizes that disagree), CVE-2025-8869 and CVE-2025-4517 (links).
 */
export async function* readTar(
  stream: AsyncIterable<Buffer>,
  findings: Findings,
  use: NameUse = 'wheel',
): AsyncGenerator<TarEntry> {
  const reader = new BlockReader(stream);
  const names = new NameTable(findings, use);
  const pending: Pending = { count: 0, bytes: 0 };
  let position = 0;
  try {
    for (;;) {
      const block = await reader.take(blockSize);
      if (block.length < blockSize) throw endMissing(block.length);
      if (isZero(block)) {
        if (hasPending(pending)) throw dangling('the end of the archive');
        await checkEnd(reader, findings);
        return;
      }
      const header = parseHeader(block, position, findings);
      position += blockSize + header.size + padding(header.size);
      if (await readExtension(reader, header, pending)) continue;
      const entry = describe(header, pending, findings);
      names.add(entry.name, entry.type === 'directory');
      const content = new Content(reader, entry);
      yield { ...entry, content: () => content.blocks() };
      await content.finish();
    }
  } finally {
    await reader.close();
  }
}

/** Processes PAX and GNU headers; returns false for any other entry. */
async function readExtension(reader: BlockReader, header: TarHeader, pending: Pending): Promise<boolean> {
  const { type, size, name } = header;
  if (!'xgLK'.includes(type)) return false;
  pending.count += 1;
  pending.bytes += size;
  if (pending.count > limits.paxCount || pending.bytes > limits.paxTotal) {
    throw new RuleViolation('bomb-metadata', name, 'the archive holds too many extension headers');
  }
  if (type === 'x' || type === 'g') {
    if (type === 'g' && hasPending(pending)) throw dangling('a global PAX header');
    if (pending.pax !== undefined) throw dangling('another PAX header');
    if (pending.name !== undefined || pending.linkName !== undefined) throw mixed(name);
    if (size > limits.paxHeader)
      throw new RuleViolation('bomb-metadata', name, `a PAX header of ${size} bytes`);
    const values = parsePax(await readBody(reader, header), type === 'g');
    if (type === 'x') pending.pax = values;
    return true;
  }
  if (pending.pax !== undefined) throw mixed(name);
  if (size > limits.longName)
    throw new RuleViolation('bomb-metadata', name, `a GNU long name of ${size} bytes`);
  const body = await readBody(reader, header);
  const end = body.indexOf(0);
  if (end < 1 || body.subarray(end).some((byte) => byte !== 0)) {
    throw new RuleViolation('tar-gnu-name', name, 'a GNU long name does not end with its only NUL');
  }
  const field = type === 'L' ? 'name' : 'linkName';
  if (pending[field] !== undefined) throw dangling('another GNU long name');
  pending[field] = decodeName(body.subarray(0, end));
  return true;
}

async function readBody(reader: BlockReader, header: TarHeader): Promise<Buffer> {
  const length = header.size + padding(header.size);
  const body = await reader.take(length);
  if (body.length < length)
    throw new RuleViolation('tar-truncated', header.name, 'the archive ends inside this header');
  return body.subarray(0, header.size);
}

function describe(header: TarHeader, pending: Pending, findings: Findings): Omit<TarEntry, 'content'> {
  const { pax = {} } = pending;
  const text = pax.path ?? pending.name ?? header.name;
  const link = pax.linkpath ?? pending.linkName ?? header.linkName;
  const hasLink = pax.linkpath !== undefined || pending.linkName !== undefined;
  delete pending.pax;
  delete pending.name;
  delete pending.linkName;

  // Old-style directories (bsdtar, V7): a plain file of the oldest type whose name in its own header ends with a
  // slash.
  const oldStyle =
    header.type === '\0' && header.name.endsWith('/') && text === header.name && header.size === 0;
  const type = oldStyle ? 'directory' : types[header.type];
  if (type === undefined) throw unknownType(header.type, text);
  checkName(type === 'directory' && text === '/' ? '//' : text, findings);
  if (pax.size !== undefined && pax.size !== header.size) {
    const message = `its PAX header gives ${pax.size} bytes, but its tar header gives ${header.size}`;
    throw new RuleViolation('tar-pax-size', text, message);
  }
  if (type !== 'file' && header.size !== 0) {
    throw new RuleViolation('tar-directory-content', text, `a ${type} with ${header.size} bytes of content`);
  }
  // Python reads an old-style file whose name ends with a slash as a directory.
  if (type !== 'directory' && text.endsWith('/')) {
    throw new RuleViolation('tar-directory-slash', text, `a ${type} whose name ends with a slash`);
  }
  if (hasLink && type !== 'symlink' && type !== 'hardlink') throw dangling(`'${text}', which is not a link`);
  // Allow the setgid bit of a directory: it only makes new files inherit the group.
  if (type !== 'directory' && header.mode & 0o6000) {
    findings.add('tar-setuid', text, `the mode ${header.mode.toString(8)} has a setuid or setgid bit`);
  }
  return {
    name: text.endsWith('/') ? text.slice(0, -1) : text,
    type,
    mode: header.mode,
    size: header.size,
    target: type === 'symlink' || type === 'hardlink' ? link : undefined,
  };
}

/** The content of one entry, and the padding after it. */
class Content {
  readonly #reader: BlockReader;
  readonly #entry: Omit<TarEntry, 'content'>;
  #left: number;

  constructor(reader: BlockReader, entry: Omit<TarEntry, 'content'>) {
    this.#reader = reader;
    this.#entry = entry;
    this.#left = entry.size;
  }

  async *blocks(): AsyncGenerator<Buffer> {
    while (this.#left > 0) {
      const block = await this.#reader.some(this.#left);
      if (block === undefined) throw this.#truncated();
      this.#left -= block.length;
      yield block;
    }
  }

  async finish(): Promise<void> {
    const length = this.#left + padding(this.#entry.size);
    this.#left = 0;
    if ((await this.#reader.skip(length)) < length) throw this.#truncated();
  }

  #truncated(): RuleViolation {
    return new RuleViolation('tar-truncated', this.#entry.name, 'the archive ends inside this file');
  }
}

/** POSIX: two zero blocks end an archive. Only zeros may follow, up to the end of the last record. */
async function checkEnd(reader: BlockReader, findings: Findings): Promise<void> {
  let length = 0;
  for (let block = await reader.some(endRead); block !== undefined; block = await reader.some(endRead)) {
    length += block.length;
    if (!isZero(block)) {
      throw new RuleViolation(
        'tar-data-after',
        undefined,
        'data follows the zero block that ends the archive',
      );
    }
  }
  if (length % blockSize !== 0) {
    throw new RuleViolation('tar-truncated', undefined, 'the archive ends inside its last zero block');
  }
  if (length === 0) {
    findings.add('tar-end-single', undefined, 'the archive ends with one zero block instead of two');
  }
}

function unknownType(type: string, name: string): RuleViolation {
  if (type === '3' || type === '4' || type === '6') {
    return new RuleViolation('tar-device', name, 'the entry is a device or a fifo');
  }
  if (type === 'S') return new RuleViolation('tar-sparse', name, 'the entry is a sparse file');
  return new RuleViolation('tar-type', name, `programs disagree on how to read entries of type '${type}'`);
}

function endMissing(left: number): RuleViolation {
  if (left > 0) return new RuleViolation('tar-truncated', undefined, 'the archive ends inside a header');
  return new RuleViolation(
    'tar-end-missing',
    undefined,
    'the zero blocks that end an archive are missing: it may be cut off',
  );
}

function dangling(before: string): RuleViolation {
  return new RuleViolation('tar-name-dangling', undefined, `an extension header stands before ${before}`);
}

function mixed(name: string): RuleViolation {
  return new RuleViolation('tar-name-mixed', name, 'one entry has both a PAX header and a GNU long name');
}

function hasPending(pending: Pending): boolean {
  return pending.pax !== undefined || pending.name !== undefined || pending.linkName !== undefined;
}

function padding(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

function isZero(block: Buffer): boolean {
  for (let at = 0; at < block.length; at += zeros.length) {
    const end = Math.min(block.length, at + zeros.length);
    if (block.compare(zeros, 0, end - at, at, end) !== 0) return false;
  }
  return true;
}
