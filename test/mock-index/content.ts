import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Content } from './scenario.js';

const known = new WeakMap<object, Promise<string>>();

export async function contentSize(content: Content): Promise<number> {
  return 'path' in content ? (await stat(content.path)).size : content.length;
}

/** Lower-case hex; each content is hashed once. */
export function contentSha256(content: Content): Promise<string> {
  let digest = known.get(content);
  if (digest === undefined) {
    digest = hashed(content);
    known.set(content, digest);
  }
  return digest;
}

/** The bytes from `start` up to, not including, `end`. */
export async function* contentChunks(content: Content, start: number, end: number): AsyncGenerator<Buffer> {
  if (start >= end) return;
  if ('path' in content) {
    yield* createReadStream(content.path, { start, end: end - 1, highWaterMark: 1 << 18 });
  } else {
    yield Buffer.from(content.buffer, content.byteOffset + start, end - start);
  }
}

export async function contentBytes(content: Content): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of contentChunks(content, 0, await contentSize(content))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function asContent(body: string | Content | undefined): Content {
  return typeof body === 'string' ? Buffer.from(body) : (body ?? Buffer.alloc(0));
}

async function hashed(content: Content): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of contentChunks(content, 0, await contentSize(content))) hash.update(chunk);
  return hash.digest('hex');
}
