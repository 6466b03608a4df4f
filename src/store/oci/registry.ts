import { systemClock } from '../../fetch/http/clock.js';
import type { Credentials } from '../../fetch/http/credentials.js';
import { withRetries } from '../../fetch/http/retry.js';
import type {
  SendRequest,
  Transport,
  TransportRequest,
  TransportResponse,
} from '../../fetch/http/transport.js';
import type { UnreachableOrigins } from '../../fetch/http/unreachable.js';
import { readSha256, type Sha256 } from '../../hash/digest.js';
import { readSmall, refusal, unsound } from './answer.js';
import { type RegistryCredentialsDeps, registryCredentials } from './credentials.js';
import { manifestType, type WrittenManifest } from './manifest.js';
import type { RegistryReference } from './reference.js';

export interface RegistryDeps extends RegistryCredentialsDeps {
  readonly lost?: UnreachableOrigins;
  readonly signal?: AbortSignal | undefined;
}

export interface RegistryOptions {
  readonly write: boolean;
  /** Repositories of the same registry from which blobs may be mounted. */
  readonly mountFrom?: readonly string[];
}

/** One repository of a registry, by the OCI distribution specification. Throws network errors and `REGISTRY_*`. */
export interface Registry {
  readonly reference: RegistryReference;
  /** Sends requests with the repository's credentials, for downloads of blobs. */
  readonly transport: Transport;
  /** Runs `attempt` again while the registry has transient errors. */
  retried<T>(attempt: () => Promise<T>): Promise<T>;
  /** The absolute URL of a path in the repository, such as `blobs/sha256:…`. */
  url(path: string): string;
  /** The manifest under a tag; undefined if there is none. */
  manifest(tag: string): Promise<Buffer | undefined>;
  /** The digest of the manifest under a tag; undefined if there is none, or the registry does not state it. */
  manifestDigest(tag: string): Promise<Sha256 | undefined>;
  hasBlob(sha256: Sha256): Promise<boolean>;
  putManifest(tag: string, manifest: WrittenManifest): Promise<void>;
  get(request: TransportRequest): Promise<TransportResponse>;
  send(request: SendRequest): Promise<TransportResponse>;
  /** The error for an unexpected status. */
  refused(response: TransportResponse, doing: string): Promise<Error>;
}

export function openRegistry(
  deps: RegistryDeps,
  reference: RegistryReference,
  { write, mountFrom = [] }: RegistryOptions,
): Registry {
  const clock = deps.clock ?? systemClock;
  const { repository, origin } = reference;
  const scopes = [
    `repository:${repository}:${write ? 'pull,push' : 'pull'}`,
    ...mountFrom.map((other) => `repository:${other}:pull`),
  ];
  const transport = withCredentials(
    deps.transport,
    registryCredentials(deps, reference, scopes),
    deps.signal,
  );
  const { get, send } = transport;
  const url = (path: string) => `${origin}/v2/${repository}/${path}`;
  const retried = <T>(attempt: () => Promise<T>) =>
    withRetries({ ...deps, clock, url: origin, signal: deps.signal }, attempt);
  const refused = (response: TransportResponse, doing: string) =>
    refusal(reference, response, doing, clock.now());

  return {
    reference,
    transport,
    retried,
    url,
    get,
    send,
    refused,

    manifest: (tag) =>
      retried(async () => {
        const response = await get({ url: url(`manifests/${tag}`), headers: { accept: manifestType } });
        if (response.status === 404) {
          response.cancel();
          return undefined;
        }
        if (response.status !== 200) throw await refused(response, `give the manifest '${tag}'`);
        return readSmall(response);
      }),

    manifestDigest: (tag) =>
      retried(async () => {
        const headers = { accept: manifestType };
        const response = await send({ method: 'HEAD', url: url(`manifests/${tag}`), headers });
        if (response.status !== 200 && response.status !== 404)
          throw await refused(response, `report on the manifest '${tag}'`);
        response.cancel();
        return response.status === 200 ? digestOf(response) : undefined;
      }),

    hasBlob: (sha256) =>
      retried(async () => {
        const response = await send({ method: 'HEAD', url: url(`blobs/sha256:${sha256}`) });
        if (response.status !== 200 && response.status !== 404)
          throw await refused(response, `report on the blob sha256:${sha256}`);
        response.cancel();
        return response.status === 200;
      }),

    putManifest: (tag, { bytes, sha256 }) =>
      retried(async () => {
        const response = await send({
          method: 'PUT',
          url: url(`manifests/${tag}`),
          headers: { 'content-type': manifestType },
          body: { size: bytes.length, open: () => once(bytes) },
        });
        if (response.status !== 201) throw await refused(response, `take the manifest '${tag}'`);
        response.cancel();
        const stored = digestOf(response);
        if (stored !== undefined && stored !== sha256)
          throw unsound(reference, `it stored different bytes from those sent as manifest '${tag}'`);
      }),
  };
}

export async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function withCredentials(
  transport: Transport,
  credentials: Credentials,
  signal: AbortSignal | undefined,
): Transport {
  const own = signal === undefined ? { credentials } : { credentials, signal };
  return {
    get: (request) => transport.get({ ...own, ...request }),
    send: (request) => transport.send({ ...own, ...request }),
    close: async () => undefined,
  };
}

/** Distribution specification: `Docker-Content-Digest`. */
function digestOf({ headers }: TransportResponse): Sha256 | undefined {
  return readSha256(/^sha256:(.*)$/s.exec(headers['docker-content-digest'] ?? '')?.[1] ?? '');
}
