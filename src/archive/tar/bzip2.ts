import type { ByteSource } from '../../hash/spool/spool.js';
import { RuleViolation } from '../findings.js';
import { limits } from '../limits.js';
import { checkTotal } from './gzip.js';

const inputBlock = 256 * 1024;
/** Upper limit for one packed block and its headers, at the largest block size. */
const maxPackedBlock = 1 << 20;
const outputBlock = 128 * 1024;
const blockUnit = 100_000;

export function isBzip2(head: Buffer): boolean {
  return /^BZh[1-9]$/.test(head.toString('latin1', 0, 4));
}

/**
 * The part of the library that decodes one block at a time; its stream interface stores each byte of a block as a
 * number.
 */
interface Bzip2 {
  header(bits: BitReader): number;
  /** Null at the end of a stream. */
  decompress(
    bits: BitReader,
    emit: (byte: number) => void,
    memory: Int32Array,
    size: number,
    crc: number,
  ): number | null;
}
interface BitReader {
  (count: number | null): number;
  readonly bytesRead: number;
}

/** Unpacks a bzip2 file block by block and stream by stream; checks every checksum and reads every byte. */
export async function* bunzip2(source: ByteSource): AsyncGenerator<Buffer> {
  const [bzip2, bitReader] = (await Promise.all([
    import('@openpgp/unbzip2-stream/lib/bzip2.js'),
    import('@openpgp/unbzip2-stream/lib/bit_iterator.js'),
  ]).then((modules) => modules.map((module) => module.default))) as [
    Bzip2,
    (next: () => Uint8Array) => BitReader,
  ];
  // `bitReader` calls the function for the next bytes at once, before any are loaded: give it none.
  const queue: Buffer[] = [Buffer.alloc(0)];
  let loaded = 0;
  let total = 0;
  const bits = bitReader(() => {
    const next = queue.shift();
    if (next === undefined) throw new RuleViolation('bzip2-data', undefined, 'the bzip2 data is truncated');
    return next;
  });
  const load = async (): Promise<void> => {
    while (loaded < source.size && loaded - bits.bytesRead < maxPackedBlock) {
      const block = await source.read(loaded, Math.min(inputBlock, source.size - loaded));
      loaded += block.length;
      queue.push(block);
    }
  };
  for (let stream = 1; ; stream += 1) {
    if (stream > limits.gzipMembers) {
      throw new RuleViolation('bomb-entries', undefined, `more than ${limits.gzipMembers} bzip2 streams`);
    }
    await load();
    const level = attempt(() => bzip2.header(bits));
    const memory = new Int32Array(level * blockUnit);
    for (let crc: number | null = 0; ; ) {
      await load();
      const output = new Output((length) => checkTotal(source.size, total + length));
      crc = attempt(() => bzip2.decompress(bits, output.emit, memory, memory.length, crc ?? 0));
      if (crc === null) break;
      total += output.length;
      yield* output.blocks();
    }
    if (bits.bytesRead === source.size) return;
  }
}

/** The unpacked bytes of one block: up to 46 MB. */
class Output {
  readonly #check: (length: number) => void;
  readonly #full: Buffer[] = [];
  #block = Buffer.allocUnsafe(outputBlock);
  #at = 0;

  constructor(check: (length: number) => void) {
    this.#check = check;
  }

  get length(): number {
    return this.#full.length * outputBlock + this.#at;
  }

  readonly emit = (byte: number): void => {
    if (this.#at === outputBlock) {
      this.#full.push(this.#block);
      this.#check(this.length);
      this.#block = Buffer.allocUnsafe(outputBlock);
      this.#at = 0;
    }
    this.#block[this.#at] = byte;
    this.#at += 1;
  };

  *blocks(): Generator<Buffer> {
    yield* this.#full;
    if (this.#at > 0) yield this.#block.subarray(0, this.#at);
  }
}

function attempt<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof RuleViolation) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new RuleViolation('bzip2-data', undefined, `broken bzip2 data, or bytes after it: ${why}`);
  }
}
