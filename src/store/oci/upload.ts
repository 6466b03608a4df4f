import type { RequestBody, TransportResponse } from '../../fetch/http/transport.js';
import type { Sha256 } from '../../hash/digest.js';
import { PeepError } from '../../text/errors.js';
import { unsound } from './answer.js';
import { partReader } from './part-reader.js';
import type { Registry } from './registry.js';

/** Bytes to upload as a blob. */
export interface BlobSource {
  readonly sha256: Sha256;
  /** Bytes. */
  readonly size: number;
  /** Yields all bytes, in order; they are verified in the pass that reads them. */
  chunks(): AsyncIterable<Buffer>;
}

export interface UploadOptions {
  /** Repositories of the same registry that may already have the blob. */
  readonly mountFrom?: readonly string[] | undefined;
  /** Maximum bytes per request; larger blobs need several, so that a failed request loses no more than this. */
  readonly partSize?: number | undefined;
}

const defaultPartSize = 16 << 20;

/**
 * Uploads a blob into the repository under its own digest: mounted if another repository has it, in one request if
 * it is small, otherwise in parts, each starting at the offset that the registry reports. The registry checks the
 * digest at the end.
 */
export async function uploadBlob(
  registry: Registry,
  blob: BlobSource,
  options: UploadOptions = {},
): Promise<void> {
  for (const from of options.mountFrom ?? []) {
    if (await mount(registry, blob.sha256, from)) return;
  }
  const partSize = options.partSize ?? defaultPartSize;
  const session = await start(registry, partSize);
  await (blob.size <= session.partSize
    ? sendWhole(registry, blob, session)
    : sendParts(registry, blob, session));
}

/** The URL that accepts the bytes. */
interface Session {
  readonly url: string;
  readonly partSize: number;
}

/**
 * Distribution specification, "Mounting a blob from another repository": a registry that does not mount it starts
 * an upload.
 */
async function mount(registry: Registry, sha256: Sha256, from: string): Promise<boolean> {
  const query = new URLSearchParams({ mount: `sha256:${sha256}`, from });
  return registry.retried(async () => {
    const response = await registry.send({ method: 'POST', url: registry.url(`blobs/uploads/?${query}`) });
    if (response.status === 201) {
      response.cancel();
      return true;
    }
    // A user who may not read the other repository can still upload the bytes.
    if (response.status >= 500 || response.status === 429)
      throw await registry.refused(response, 'mount a blob');
    response.cancel();
    return false;
  });
}

async function start(registry: Registry, partSize: number): Promise<Session> {
  return registry.retried(async () => {
    const response = await registry.send({ method: 'POST', url: registry.url('blobs/uploads/') });
    if (response.status !== 202) throw await registry.refused(response, 'begin an upload');
    response.cancel();
    // "Pushing a blob in chunks": the minimum size of all parts but the last.
    const least = Number(response.headers['oci-chunk-min-length'] ?? 0);
    return {
      url: locationOf(registry, response),
      partSize: Number.isSafeInteger(least) ? Math.max(partSize, least) : partSize,
    };
  });
}

/** POST, then PUT. After a failure start a new upload, because a registry may refuse to continue this one. */
async function sendWhole(registry: Registry, blob: BlobSource, first: Session): Promise<void> {
  let session: Session | undefined = first;
  await registry.retried(async () => {
    const { url } = session ?? (await start(registry, first.partSize));
    session = undefined;
    const response = await registry.send({
      method: 'PUT',
      url: withDigest(url, blob.sha256),
      headers: { 'content-type': 'application/octet-stream' },
      body: { size: blob.size, open: () => blob.chunks() },
    });
    await finished(registry, response, blob);
  });
}

async function sendParts(registry: Registry, blob: BlobSource, first: Session): Promise<void> {
  let { url } = first;
  let sent = 0;
  let failed = false;
  await registry.retried(async () => {
    if (failed) {
      const state = await resume(registry, url);
      // The upload is lost, or its offset is invalid: start again.
      if (state === undefined || state.received > blob.size)
        [url, sent] = [(await start(registry, first.partSize)).url, 0];
      else [url, sent] = [state.url, state.received];
    }
    failed = true;
    const reader = partReader(blob.chunks(), sent);
    try {
      while (sent < blob.size) {
        const size = Math.min(first.partSize, blob.size - sent);
        const response = await registry.send({
          method: 'PATCH',
          url,
          headers: {
            'content-type': 'application/octet-stream',
            'content-range': `${sent}-${sent + size - 1}`,
          },
          body: onlyOnce(size, reader.take(size)),
        });
        if (response.status !== 202) throw await partRefused(registry, response);
        response.cancel();
        url = locationOf(registry, response);
        sent += size;
        const received = receivedOf(response);
        if (received !== undefined && received !== sent)
          throw unsound(
            registry.reference,
            `it reports ${received} bytes of an upload after peep sent ${sent}`,
          );
      }
      // P4: read to the end of the pass, where the digest of stored bytes is compared again.
      await reader.end();
    } finally {
      await reader.close();
    }
    const response = await registry.send({ method: 'PUT', url: withDigest(url, blob.sha256) });
    await finished(registry, response, blob);
  });
}

/** The offset of an upload according to the registry; undefined if the registry no longer has it. */
async function resume(
  registry: Registry,
  url: string,
): Promise<{ readonly url: string; readonly received: number } | undefined> {
  const response = await registry.get({ url });
  response.cancel();
  const received = receivedOf(response);
  if (response.status !== 204 || received === undefined) return undefined;
  return { url: locationOf(registry, response, url), received };
}

async function partRefused(registry: Registry, response: TransportResponse): Promise<Error> {
  // 416: the registry has another offset than peep, for example after a lost response.
  if (response.status !== 416) return registry.refused(response, 'take a part of a blob');
  response.cancel();
  return new PeepError('NETWORK_BROKEN', 'the registry and peep disagree on the upload position', {
    hint: 'Try again.',
  });
}

async function finished(registry: Registry, response: TransportResponse, blob: BlobSource): Promise<void> {
  if (response.status !== 201) throw await registry.refused(response, `take the blob sha256:${blob.sha256}`);
  response.cancel();
  const stored = response.headers['docker-content-digest'];
  if (stored !== undefined && stored !== `sha256:${blob.sha256}`)
    throw unsound(
      registry.reference,
      `it stored different bytes from those sent as blob sha256:${blob.sha256}`,
    );
}

/** An absolute or relative URL; its query may identify the upload. */
function locationOf(registry: Registry, { headers, url }: TransportResponse, known?: string): string {
  const { location } = headers;
  if (location === undefined && known !== undefined) return known;
  try {
    const target = new URL(location ?? '', url);
    target.username = '';
    target.password = '';
    target.hash = '';
    const downgraded = target.protocol !== 'https:' && registry.reference.origin.startsWith('https:');
    if (location !== undefined && location !== '' && !downgraded) return target.href;
  } catch {
    // The caller reports the missing URL.
  }
  throw unsound(registry.reference, 'it starts an upload but gives no address for the bytes');
}

function withDigest(location: string, sha256: Sha256): string {
  const url = new URL(location);
  url.searchParams.set('digest', `sha256:${sha256}`);
  return url.href;
}

/** `Range: 0-LAST`; distribution itself also sends `0-0` for no bytes. */
function receivedOf({ headers }: TransportResponse): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(headers.range ?? '')?.[1];
  return last === undefined ? undefined : last === '0' ? 0 : Number(last) + 1;
}

function onlyOnce(size: number, chunks: AsyncIterable<Buffer>): RequestBody {
  let opened = false;
  return {
    size,
    open() {
      // To repeat a part, read the blob again from its start.
      if (opened) {
        throw new PeepError('NETWORK_BROKEN', 'a part of an upload was asked for twice', {
          hint: 'Try again.',
        });
      }
      opened = true;
      return chunks;
    },
  };
}
