import { gzipSync } from 'node:zlib';
import { asContent, contentBytes, contentSize } from './content.js';
import { etagOf, type Reply } from './reply.js';
import type { Fault } from './scenario.js';

/** Says which fault applies to each request, counting the requests of each path. */
export class FaultCounter {
  readonly #faults: readonly Fault[];
  readonly #seen = new Map<string, number>();

  constructor(faults: readonly Fault[]) {
    this.#faults = faults;
  }

  next(method: string, path: string): Fault | undefined {
    for (const [i, fault] of this.#faults.entries()) {
      if (!fits(fault, method, path)) continue;
      const key = `${i} ${path}`;
      const count = this.#seen.get(key) ?? 0;
      this.#seen.set(key, count + 1);
      const after = fault.after ?? 0;
      if (count >= after && count < after + (fault.times ?? Number.POSITIVE_INFINITY)) return fault;
    }
    return undefined;
  }
}

/** What the fault makes of the whole answer; how it is sent is the sender's part. */
export async function spoilReply(reply: Reply, fault: Fault, origin: string, path: string): Promise<Reply> {
  let { status, body } = reply;
  const headers: Record<string, string> = { ...reply.headers };
  let etag = reply.etag;
  if (
    fault.body !== undefined ||
    (fault.status !== undefined && fault.status !== status && fault.redirect === undefined)
  ) {
    body = asContent(fault.body ?? `status ${fault.status}\n`);
    for (const name of ['etag', 'accept-ranges']) delete headers[name];
    etag = undefined;
  }
  status = fault.status ?? status;
  if (fault.redirect !== undefined) {
    status = fault.status ?? 302;
    headers.location = typeof fault.redirect === 'string' ? fault.redirect : fault.redirect({ origin, path });
    body = Buffer.from('moved\n');
  }
  if (fault.wrongByteAt !== undefined) {
    const copy = await contentBytes(body);
    const at = fault.wrongByteAt < 0 ? copy.length + fault.wrongByteAt : fault.wrongByteAt;
    copy[at] = (copy[at] ?? 0) ^ 0xff;
    body = copy;
  }
  if (fault.gzip) {
    body = gzipSync(await contentBytes(body));
    headers['content-encoding'] = 'gzip';
    delete headers['accept-ranges'];
  }
  if (fault.etag !== undefined) {
    etag = await etagOf(fault.etag, body);
    if (etag === undefined) delete headers.etag;
    else headers.etag = etag;
  }
  if (fault.contentType !== undefined) headers['content-type'] = fault.contentType;
  headers['content-length'] = String(await contentSize(body));
  if (fault.headerBytes !== undefined) Object.assign(headers, filler(fault.headerBytes));
  for (const [name, value] of Object.entries(fault.headers ?? {})) {
    if (value === null) delete headers[name.toLowerCase()];
    else headers[name.toLowerCase()] = value;
  }
  return { status, headers, body, ...(etag !== undefined && { etag }) };
}

function fits(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method !== method) return false;
  return typeof fault.path === 'string' ? fault.path === path : fault.path.test(path);
}

function filler(bytes: number): Record<string, string> {
  const line = 1000;
  const lines = Math.ceil(bytes / line);
  return Object.fromEntries(
    Array.from({ length: lines }, (_, i) => [`x-filler-${i}`, 'x'.repeat(line - 20)]),
  );
}
