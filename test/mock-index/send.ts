import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { contentChunks } from './content.js';
import type { Part } from './ranges.js';
import type { Fault } from './scenario.js';

export interface SendHooks {
  readonly headOnly: boolean;
  readonly onSent: (bytes: number) => void;
  readonly onHeld: () => void;
}

/** Sends an answer, or as much of it as the fault lets through. */
export async function sendPart(
  response: ServerResponse,
  part: Part,
  fault: Partial<Fault>,
  hooks: SendHooks,
): Promise<void> {
  const headers: Record<string, string> = { ...part.headers };
  if (fault.length === 'chunked' || fault.length === 'close' || fault.endless)
    delete headers['content-length'];
  if (typeof fault.length === 'number') headers['content-length'] = String(fault.length);
  if (fault.length === 'close') {
    headers.connection = 'close';
    response.useChunkedEncodingByDefault = false;
    response.removeHeader('transfer-encoding');
  }
  response.strictContentLength = false;
  response.writeHead(part.status, headers);
  if (hooks.headOnly) return void response.end();

  const cut = cutOf(fault);
  const end = cut === undefined ? part.end : Math.min(part.end, part.start + cut.at);
  for await (const chunk of contentChunks(part.body, part.start, end)) {
    for (const piece of pieces(chunk, fault.drip)) {
      await write(response, piece);
      hooks.onSent(piece.length);
      if (fault.dripEvery) await delay(fault.dripEvery);
    }
  }
  if (cut !== undefined) return cutOff(response, cut.how, hooks.onHeld);
  if (fault.endless) {
    const more = Buffer.alloc(1 << 16, 0x20);
    while (!response.destroyed && !response.socket?.destroyed) {
      await write(response, more);
      hooks.onSent(more.length);
    }
    return;
  }
  response.end();
}

/** Resets the connection; under TLS, where Node cannot, it is cut without a goodbye. */
export function resetSocket(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

type HowCut = 'truncate' | 'stall' | 'reset';

function cutOf(fault: Partial<Fault>): { readonly at: number; readonly how: HowCut } | undefined {
  if (fault.truncateAt !== undefined) return { at: fault.truncateAt, how: 'truncate' };
  if (fault.stallAt !== undefined) return { at: fault.stallAt, how: 'stall' };
  return typeof fault.resetAt === 'number' ? { at: fault.resetAt, how: 'reset' } : undefined;
}

/** The headers leave in any case, so that the client is inside the body when it happens. */
async function cutOff(response: ServerResponse, how: HowCut, onHeld: () => void): Promise<void> {
  response.flushHeaders();
  if (how === 'stall') return onHeld();
  const { socket } = response;
  if (socket === null) return;
  // What was sent before has left this process by then.
  await new Promise<void>((resolve) => socket.write('', () => resolve()));
  if (how === 'truncate') socket.end();
  else resetSocket(socket);
}

function* pieces(chunk: Buffer, drip: number | undefined): Generator<Buffer> {
  const step = drip ?? chunk.length;
  for (let at = 0; at < chunk.length; at += step) yield chunk.subarray(at, at + step);
}

async function write(response: ServerResponse, chunk: Buffer): Promise<void> {
  if (response.destroyed) throw new Error('the client has gone');
  if (response.write(chunk)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
