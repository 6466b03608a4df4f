import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeContent } from '../../../../src/fetch/http/content-encoding.js';
import { PageBudget } from '../../../../src/fetch/http/page-budget.js';

const page = Buffer.from('{"files": []}'.repeat(100));
const large = Buffer.from('{"files": []}'.repeat(100_000));
const maxBytes = 2_000_000;

const decode = (bytes: Buffer, encoding: string) =>
  decodeContent(bytes, encoding, 'https://index.example/simple/', {
    lease: new PageBudget(10 * maxBytes).open(),
    maxBytes,
  });

/** With another size in its last four bytes (RFC 1952, 2.3.1). */
function stating(size: number, bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt32LE(size, changed.length - 4);
  return changed;
}

describe('the Content-Encoding of a page', () => {
  it.each<readonly [string, string, Buffer, Buffer]>([
    ['none', '', page, page],
    ['gzip', 'gzip', gzipSync(page), page],
    ['gzip of nothing', 'gzip', gzipSync(''), Buffer.alloc(0)],
    ['gzip by its old name', 'X-GZIP', gzipSync(page), page],
    ['gzip of a large page', 'gzip', gzipSync(large), large],
    [
      'gzip in two members',
      'gzip',
      Buffer.concat([gzipSync(large), gzipSync(page)]),
      Buffer.concat([large, page]),
    ],
    ['gzip twice', 'gzip, gzip', gzipSync(gzipSync(page)), page],
    ['deflate', 'deflate', deflateSync(page), page],
    ['raw deflate', 'deflate', deflateRawSync(page), page],
    ['brotli', 'br', brotliCompressSync(page), page],
  ])('decodes %s', async (_, encoding, bytes, content) => {
    expect((await decode(bytes, encoding)).equals(content)).toBe(true);
  });

  const zeros = gzipSync(Buffer.alloc(3_000_000));
  it.each<readonly [string, Buffer, string]>([
    ['larger than allowed', zeros, 'TRANSFER_TOO_LARGE'],
    ['larger than allowed, and said to be small', stating(10, zeros), 'TRANSFER_TOO_LARGE'],
    ['smaller than it says', stating(page.length + 1, gzipSync(page)), 'NETWORK_PROTOCOL'],
    ['larger than it says', stating(page.length - 1, gzipSync(page)), 'NETWORK_PROTOCOL'],
    ['cut', gzipSync(page).subarray(0, -9), 'NETWORK_BROKEN'],
    ['no gzip', page, 'NETWORK_PROTOCOL'],
  ])('refuses a page that is %s', async (_, bytes, code) => {
    await expect(decode(bytes, 'gzip')).rejects.toMatchObject({ code });
  });

  it('that is small, counts against the memory of all pages', async () => {
    const lease = new PageBudget(10 * maxBytes).open();
    const reserved: number[] = [];
    const counting = { ...lease, reserve: (bytes: number) => void reserved.push(bytes) };
    await decodeContent(gzipSync(page), 'gzip', 'https://index.example/', { lease: counting, maxBytes });
    expect(reserved).toEqual([page.length]);
  });
});
