import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { FaultCounter, spoilReply } from './faults.js';
import { filePath } from './pages.js';
import { partOf } from './ranges.js';
import { checkAuth, type Reply, refused, replyTo } from './reply.js';
import type { Scenario } from './scenario.js';
import { resetSocket, sendPart } from './send.js';

export interface RecordedRequest {
  readonly method: string;
  /** Path and query, as they stood in the request line. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Names as sent, alternating with values. */
  readonly rawHeaders: readonly string[];
  /** Of the answer; 0 while there is none. */
  status: number;
  /** Bytes of the body handed to the connection. */
  sent: number;
  /** Resolves when a fault holds the answer back: everything before `stallAt` was sent. */
  readonly held: Promise<void>;
  /** Resolves when the answer is over, or the client has gone. */
  readonly over: Promise<void>;
}

export interface MockIndex extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/simple/` */
  readonly url: string;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** In the order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Where a file of the scenario is served. */
  fileUrl(project: string, filename: string): string;
  /** Serves something else from now on; fault counters start anew, `requests` goes on. */
  serve(scenario: Scenario): void;
  /** The first request, past or future, for which `fits` holds. */
  request(fits: (request: RecordedRequest) => boolean): Promise<RecordedRequest>;
  close(): Promise<void>;
}

/** Starts a server on a free port of 127.0.0.1 that behaves as `scenario` says. */
export async function startMockIndex(scenario: Scenario = {}): Promise<MockIndex> {
  let current = scenario;
  let faults = new FaultCounter(scenario.faults ?? []);
  const requests: RecordedRequest[] = [];
  const waiting = new Set<(request: RecordedRequest) => void>();

  const listener = (message: IncomingMessage, response: ServerResponse) => {
    const { record, spool } = recordOf(message, response);
    requests.push(record);
    for (const tell of waiting) tell(record);
    answer(message, response, record, spool).catch((error) => {
      // The client went away while it was served; anything else must be seen.
      if (!response.destroyed && !message.socket.destroyed) throw error;
    });
  };
  const server =
    scenario.tls === undefined
      ? createServer({ keepAliveTimeout: 60_000 }, listener)
      : createTlsServer(scenario.tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scheme = scenario.tls === undefined ? 'http' : 'https';
  const origin = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(
    message: IncomingMessage,
    response: ServerResponse,
    record: RecordedRequest,
    spool: () => void,
  ) {
    const { method, path, headers } = record;
    const unauthorized = checkAuth(current.auth, path, headers);
    const fault = unauthorized === undefined ? faults.next(method, path) : undefined;
    const latency = fault?.latency ?? current.latency ?? 0;
    if (latency > 0) await delay(latency);
    if (fault?.silent) return spool();
    if (fault?.resetAt === 'before-answer') return resetSocket(message.socket);
    if (fault?.raw !== undefined) return void message.socket.end(fault.raw);
    const context = { scenario: current, origin, accept: headers.accept };
    let reply =
      unauthorized ?? refusalOf(current, method, headers) ?? (await replyTo(current, path, context));
    if (fault !== undefined) reply = await spoilReply(reply, fault, origin, path);
    const asked = { range: headers.range, ifRange: headers['if-range'] as string | undefined };
    const part = await partOf(reply, asked, fault?.range);
    record.status = part.status;
    await sendPart(response, part, fault ?? {}, {
      headOnly: method === 'HEAD',
      onSent: (bytes) => {
        record.sent += bytes;
      },
      onHeld: spool,
    });
  }

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  return {
    url: `${origin}/simple/`,
    origin,
    requests,
    fileUrl: (project, filename) => origin + filePath(project, filename),
    serve(next) {
      current = next;
      faults = new FaultCounter(next.faults ?? []);
    },
    request(fits) {
      const past = requests.find(fits);
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve) => {
        const tell = (request: RecordedRequest) => {
          if (!fits(request)) return;
          waiting.delete(tell);
          resolve(request);
        };
        waiting.add(tell);
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function refusalOf(scenario: Scenario, method: string, headers: IncomingHttpHeaders): Reply | undefined {
  if (scenario.refuseAuthorization && headers.authorization !== undefined) return refused(400);
  const known = method === 'GET' || (method === 'HEAD' && !scenario.refuseHead);
  return known ? undefined : refused(405, { allow: 'GET' });
}

function recordOf(
  message: IncomingMessage,
  response: ServerResponse,
): { record: RecordedRequest; spool: () => void } {
  let spool = () => {};
  const held = new Promise<void>((resolve) => {
    spool = resolve;
  });
  const over = new Promise<void>((resolve) => response.once('close', resolve));
  const { method = '', url: path = '', headers, rawHeaders } = message;
  return { record: { method, path, headers, rawHeaders, status: 0, sent: 0, held, over }, spool };
}
