import type { OnReadOpts, Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { ceilings } from '../../config/ceilings.js';

/** Bytes of a slab. It has room for more than a header block, even if a read leaves its last bytes unused. */
const slabSize = 4 * ceilings.headerBlock;
/** Minimum room for a read. */
const minRoom = ceilings.headerBlock;

/** undici's connector, with sockets that read into slabs. */
export function bufferedConnector(
  build: typeof buildConnector,
  options: buildConnector.BuildOptions,
): buildConnector.connector {
  // undici caches the TLS sessions of each connector, and each socket has its own connector here.
  let session: Buffer | undefined;
  return (target, callback) => {
    const slabs = new ReadBuffers();
    const connect = build({
      ...options,
      ...(session === undefined ? {} : { session }),
      onread: slabs.onread,
    } as buildConnector.BuildOptions);
    connect(target, (...result) => {
      const [error, socket] = result;
      if (error === null) {
        slabs.attach(socket);
        socket.on('session', (latest: Buffer) => {
          session = latest;
        });
      }
      callback(...result);
    });
  };
}

/**
 * The read buffers of one socket: two slabs that take turns. Node would allocate memory for each read; filling
 * fresh pages, and collecting them, costs as much as hashing their bytes. The consumer of a chunk copies what it
 * keeps.
 *
 * A slab is reused when the stream holds none of its bytes. The only other holder is the HTTP parser, which keeps
 * at most an unfinished header block, and that is shorter than a slab.
 */
export class ReadBuffers {
  #current: Buffer = Buffer.allocUnsafeSlow(slabSize);
  #other: Buffer | undefined;
  #used = 0;
  #lastRead = 0;
  #socket: Socket | undefined;

  /** Node's `onread`: the callback receives the bytes and pushes them to the stream, as Node does by default. */
  readonly onread: OnReadOpts = {
    buffer: () => this.#room(),
    callback: (length, buffer) => {
      this.#used += length;
      this.#lastRead = length;
      return this.#socket?.push(buffer.subarray(0, length)) ?? false;
    },
  };

  attach(socket: Socket): void {
    this.#socket = socket;
  }

  #room(): Buffer {
    if (slabSize - this.#used < minRoom) {
      const isRead = (this.#socket?.readableLength ?? 0) <= this.#lastRead;
      const next = isRead ? this.#other : undefined;
      this.#other = isRead ? this.#current : undefined;
      this.#current = next ?? Buffer.allocUnsafeSlow(slabSize);
      this.#used = 0;
    }
    return this.#current.subarray(this.#used);
  }
}
