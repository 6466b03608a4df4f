import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { ReadBuffers } from '../../../../src/fetch/http/read-buffers.js';
import { bodyOf, certificate, onCleanup, serve, serverTls, transport } from '../support.js';

const body = randomBytes(5_000_000);

it.each(['http', 'https'])(
  'bytes over %s are what was sent, for readers that take their time, too',
  async (scheme) => {
    const tls = scheme === 'https' ? { tls: serverTls() } : {};
    const server = await serve((_, response) => response.end(body), tls);
    const client = transport({ jobs: 1, cert: certificate('authority') });
    for (const slow of [false, true, false]) {
      const response = await client.get({ url: server.url });
      const parts: Buffer[] = [];
      await response.read((chunk) => {
        parts.push(Buffer.from(chunk));
        return slow ? new Promise((resolve) => setImmediate(resolve)) : undefined;
      });
      expect(Buffer.concat(parts).equals(body)).toBe(true);
    }
    expect(new Set(server.seen.map(({ socket }) => socket)).size).toBe(1);
  },
);

it('a header block that comes byte by byte, after a long body, is read as it was sent', async () => {
  const lines = Array.from({ length: 200 }, (_, i) => `x-line-${i}: ${'v'.repeat(i)}\r\n`).join('');
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    let asked = 0;
    socket.on('data', () => {
      asked += 1;
      if (asked === 1) {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
        socket.write(body);
      } else void dribble(socket, `HTTP/1.1 200 OK\r\n${lines}content-length: 2\r\n\r\nok`);
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => server.close());
  const { port } = server.address() as import('node:net').AddressInfo;
  const client = transport({ jobs: 1 });
  const first = await client.get({ url: `http://127.0.0.1:${port}/` });
  expect((await bodyOf(first)).equals(body)).toBe(true);
  const second = await client.get({ url: `http://127.0.0.1:${port}/` });
  for (let i = 0; i < 200; i += 1) expect(second.headers[`x-line-${i}`]).toBe('v'.repeat(i));
  expect(String(await bodyOf(second))).toBe('ok');
});

/** Each byte in a read of its own, as far as the system lets it. */
async function dribble(socket: Socket, text: string): Promise<void> {
  for (const byte of text)
    await new Promise<void>((resolve) => socket.write(byte, () => setImmediate(resolve)));
}

it('a slab that holds what nobody has read is not written again', () => {
  const slabs = new ReadBuffers();
  const stream: Buffer[] = [];
  slabs.attach({
    get readableLength() {
      return stream.reduce((sum, { length }) => sum + length, 0);
    },
    push: (chunk: Buffer) => stream.push(chunk) > 0,
  } as unknown as Socket);
  const { buffer, callback } = slabs.onread;
  for (let i = 0; i < 60; i += 1) {
    const room = (buffer as () => Uint8Array)();
    expect(room.length).toBeGreaterThanOrEqual(64 * 1024);
    room.fill(i, 0, 50_000);
    expect(callback(50_000, room as Buffer)).toBe(true);
  }
  stream.forEach((chunk, i) => {
    expect(chunk.every((byte) => byte === i)).toBe(true);
  });
});
