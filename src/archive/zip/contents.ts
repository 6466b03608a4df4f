import { setImmediate } from 'node:timers/promises';
import { type Findings, RuleViolation } from '../findings.js';
import { WindowReader } from '../window.js';
import type { ZipEntry } from './central.js';
import { ContentCheck, type ExpectedHash } from './check.js';
import type { ZipArchive } from './open.js';
import { contentBlock, isSmall, packedBlocks, unpackSmall } from './unpack.js';

/** Maximum number of large entries that are unpacked at the same time. */
const parallelEntries = 2;
/** Maximum time for unpacking small entries before other work runs, in milliseconds. */
const maxTurn = 8;

/**
 * Yields the content of one entry in blocks; throws `RuleViolation` as soon as the size, the CRC or the deflate
 * stream is wrong.
 */
export async function* readBlocks(zip: ZipArchive, entry: ZipEntry): AsyncGenerator<Buffer> {
  const check = new ContentCheck(entry, undefined);
  for await (const block of packedBlocks(readerFor(zip, entry), entry)) {
    check.update(block);
    yield block;
  }
  check.finish();
}

/**
 * Reads the whole content of one entry; refuses more than `ceiling` bytes, and content that does not match its
 * headers.
 */
export async function readContent(zip: ZipArchive, entry: ZipEntry, ceiling: number): Promise<Buffer> {
  if (entry.size > ceiling) {
    const message = `${entry.size} bytes; the ceiling for this file is ${ceiling}`;
    throw new RuleViolation('bomb-metadata', entry.name, message);
  }
  const blocks: Buffer[] = [];
  for await (const block of readBlocks(zip, entry)) blocks.push(block);
  return blocks.length === 1 && blocks[0] !== undefined ? blocks[0] : Buffer.concat(blocks);
}

/**
 * Unpacks every entry and checks its CRC, size, the end of its deflate stream, and the hash that `expected` gives
 * for it. Large entries are unpacked in zlib's thread pool, two at a time. Findings are in the order of the file.
 */
export async function checkContents(
  zip: ZipArchive,
  expected: (entry: ZipEntry) => ExpectedHash | undefined,
  findings: Findings,
): Promise<void> {
  const pass = new ContentPass();
  const reader = new WindowReader(zip.source, contentBlock);
  let turn = performance.now();
  for (const entry of zip.entries) {
    const check = new ContentCheck(entry, expected(entry));
    if (!isSmall(entry)) await pass.start(entry, readerFor(zip, entry), check);
    else {
      // Most small entries are in the current block and need no promise.
      const packed =
        reader.peek(entry.dataOffset, entry.compressed) ??
        (await reader.read(entry.dataOffset, entry.compressed));
      pass.small(entry, packed, check);
      if (performance.now() - turn < maxTurn) continue;
      await setImmediate();
      turn = performance.now();
    }
    if (pass.broken) break;
  }
  await pass.finish();
  for (const entry of zip.entries) {
    const refusal = pass.wrong.get(entry);
    if (refusal !== undefined) findings.add(refusal.rule, refusal.entry, refusal.message);
  }
}

/** One pass over the contents of an archive, with its findings. */
class ContentPass {
  readonly wrong = new Map<ZipEntry, RuleViolation>();
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** An error other than a broken rule, such as a read error. */
  get broken(): boolean {
    return this.#failure !== undefined;
  }

  small(entry: ZipEntry, packed: Buffer, check: ContentCheck): void {
    try {
      check.whole(unpackSmall(packed, entry));
    } catch (error) {
      this.#note(entry, error);
    }
  }

  /** Waits for a free slot, not for the entry to finish. */
  async start(entry: ZipEntry, reader: WindowReader, check: ContentCheck): Promise<void> {
    while (this.#running.size >= parallelEntries) await Promise.race(this.#running);
    const task: Promise<void> = this.#run(entry, reader, check).finally(() => this.#running.delete(task));
    this.#running.add(task);
  }

  async finish(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #run(entry: ZipEntry, reader: WindowReader, check: ContentCheck): Promise<void> {
    try {
      for await (const block of packedBlocks(reader, entry)) check.update(block);
      check.finish();
    } catch (error) {
      this.#note(entry, error);
    }
  }

  #note(entry: ZipEntry, error: unknown): void {
    if (error instanceof RuleViolation) this.wrong.set(entry, error);
    else this.#failure ??= { error };
  }
}

function readerFor(zip: ZipArchive, entry: ZipEntry): WindowReader {
  return new WindowReader(zip.source, Math.min(contentBlock, Math.max(1, entry.compressed)));
}
