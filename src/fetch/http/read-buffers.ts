import type { OnReadOpts, Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { ceilings } from '../../config/ceilings.js';

/** A slab holds more than a header block even when no read fills its last room. */
const slabSize = 4 * ceilings.headerBlock;
/** A read gets at least this much. */
const minRoom = ceilings.headerBlock;

/** undici's connector, with sockets that read into slabs. */
export function bufferedConnector(
  build: typeof buildConnector,
  options: buildConnector.BuildOptions,
): buildConnector.connector {
  // undici keeps the sessions of one connector, and each socket has one of its own here.
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
 * What one socket reads into: two slabs that take turns. Node would make new memory for each read; filling fresh pages,
 * and collecting them, costs as much as hashing what is in them. Whoever gets a chunk copies what it keeps.
 *
 * A slab is used again when the stream holds nothing of it any more, and nothing else can: of what was read from the
 * stream, the HTTP parser keeps no more than a header block that has not ended, which is shorter than a slab.
 */
export class ReadBuffers {
  #current: Buffer = Buffer.allocUnsafeSlow(slabSize);
  #other: Buffer | undefined;
  #used = 0;
  #lastRead = 0;
  #socket: Socket | undefined;

  /** Node's `onread`: its callback gets what was read, and hands it to the stream as Node itself would. */
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
