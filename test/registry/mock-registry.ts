import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Sha256 } from '../../src/hash/digest.js';
import type { ProjectName } from '../../src/packaging/types.js';
import { digestTag, writeManifest } from '../../src/store/oci/manifest.js';
import { provenanceTag, writeProvenance } from '../../src/store/oci/provenance.js';
import { type ListedFile, releaseTag, writeRelease } from '../../src/store/oci/release.js';
import type { BuiltArchive } from '../mock-index/wheel.js';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

/** A registry to read from that can be told to lie. */
export interface MockRegistry extends AsyncDisposable {
  readonly host: string;
  readonly origin: string;
  readonly seen: SeenRequest[];
  /** Answers, by the end of a path; the first that fits counts. */
  readonly lies: [RegExp, Answer][];
}

export interface MockRegistryOptions {
  readonly archives?: readonly BuiltArchive[];
  readonly releases?: readonly {
    readonly project: string;
    readonly version: string;
    readonly files: readonly BuiltArchive[];
  }[];
  /** The provenance beside archives, by file name. */
  readonly provenance?: Readonly<Record<string, string>>;
}

export async function startMockRegistry(options: MockRegistryOptions = {}): Promise<MockRegistry> {
  const content = new Map<string, { readonly type: string; readonly bytes: Buffer }>();
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  for (const { filename, sha256, bytes } of options.archives ?? []) {
    const manifest = writeManifest({ filename, sha256: sha256 as Sha256, size: bytes.length });
    const tag = digestTag({ algorithm: 'sha256', hex: sha256 });
    content.set(`/manifests/${tag}`, { type: manifestType, bytes: manifest.bytes });
    content.set(`/blobs/sha256:${sha256}`, { type: 'application/octet-stream', bytes });
    const provenance = options.provenance?.[filename];
    if (provenance === undefined) continue;
    const archive = { filename, sha256: sha256 as Sha256, size: bytes.length };
    const document = writeProvenance(archive, Buffer.from(provenance));
    const path = `/manifests/${provenanceTag(archive.sha256)}`;
    content.set(path, { type: manifestType, bytes: document.manifest.bytes });
  }
  for (const { project, version, files } of options.releases ?? []) {
    const release = { project: project as ProjectName, version };
    const { manifest } = writeRelease(release, files.map(listed));
    content.set(`/manifests/${releaseTag(release)}`, { type: manifestType, bytes: manifest.bytes });
  }

  const seen: SeenRequest[] = [];
  const lies: [RegExp, Answer][] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    seen.push({ method: request.method ?? '', path, authorization: request.headers.authorization });
    const lie = lies.find(([pattern]) => pattern.test(path));
    if (lie !== undefined) return lie[1](request, response);
    const found = content.get(path.replace(/^\/v2\/team\/python/, ''));
    if (found === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
      return;
    }
    const digest = `sha256:${createHash('sha256').update(found.bytes).digest('hex')}`;
    response.writeHead(200, {
      'content-type': found.type,
      'content-length': found.bytes.length,
      'docker-content-digest': digest,
    });
    response.end(request.method === 'HEAD' ? undefined : found.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    origin: `http://${host}`,
    seen,
    lies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listed({ filename, sha256, bytes }: BuiltArchive): ListedFile {
  return {
    ...{ filename, sha256: sha256 as Sha256, size: bytes.length },
    ...{ requiresPython: undefined, yanked: false },
  };
}
