import { createServer, type Server } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transport } from '../unit/fetch/support.js';

interface Plan {
  readonly size: number;
  /** Bytes of each chunk of a chunked body; undefined where its length is announced. */
  readonly chunk: number | undefined;
  /** In so many writes. */
  readonly pieces: number;
  /** Bytes that are missing at the end. */
  readonly cut: number;
  /** Each so many chunks the reader takes its time. */
  readonly pauseAt: number;
}

const plans: fc.Arbitrary<Plan> = fc.record({
  size: fc.oneof(fc.nat(2000), fc.nat(1_500_000)),
  chunk: fc.option(fc.integer({ min: 1000, max: 90_000 }), { nil: undefined }),
  pieces: fc.integer({ min: 1, max: 20 }),
  cut: fc.oneof(fc.constant(0), fc.constant(0), fc.nat(900)),
  pauseAt: fc.integer({ min: 1, max: 4 }),
});

let answer: Plan;
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', async () => {
      const plan = answer;
      const bytes = response(plan);
      const end = plan.cut === 0 ? bytes.length : Math.max(100, bytes.length - plan.cut);
      for (let i = 0; i < plan.pieces; i += 1) {
        const at = (part: number) => Math.floor((end * part) / plan.pieces);
        socket.write(bytes.subarray(at(i), at(i + 1)));
        await nextTurn();
      }
      if (end < bytes.length) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as import('node:net').AddressInfo).port}/`;
});
afterAll(() => server.close());

/** Bytes that tell where they stand. */
function bodyOf(size: number): Buffer {
  const body = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) body.writeUInt32LE((at * 40_503 + size) % 2 ** 32, at);
  return body;
}

function response({ size, chunk }: Plan): Buffer {
  const body = bodyOf(size);
  const head = `HTTP/1.1 200 OK\r\nx-fill: ${'-'.repeat(80)}\r\n`;
  if (chunk === undefined)
    return Buffer.concat([Buffer.from(`${head}content-length: ${size}\r\n\r\n`), body]);
  const parts: Buffer[] = [Buffer.from(`${head}transfer-encoding: chunked\r\n\r\n`)];
  for (let at = 0; at < size; at += chunk) {
    const part = body.subarray(at, at + chunk);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

it('a body is read as it was sent, or fails; what came before that is right', async () => {
  const client = transport({ jobs: 1 });
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      answer = plan;
      const whole = response(plan);
      const isCut = plan.cut > 0 && Math.max(100, whole.length - plan.cut) < whole.length;
      const parts: Buffer[] = [];
      const read = client
        .get({ url })
        .then(({ read }) =>
          read((chunk) => {
            parts.push(Buffer.from(chunk));
            return parts.length % plan.pauseAt === 0 ? nextTurn() : undefined;
          }),
        )
        .then(
          () => 'whole',
          () => 'broken',
        );
      expect(await read).toBe(isCut ? 'broken' : 'whole');
      const got = Buffer.concat(parts);
      expect(got.length).toBe(isCut ? Math.min(got.length, plan.size) : plan.size);
      expect(got.equals(bodyOf(plan.size).subarray(0, got.length))).toBe(true);
    }),
    { numRuns: 80 },
  );
}, 60_000);
