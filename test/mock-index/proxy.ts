import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ProxiedRequest {
  /** `CONNECT`, or the method of a request in absolute form. */
  readonly method: string;
  /** `host:port` of a CONNECT, otherwise the absolute URL. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

export interface MockProxy extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly requests: readonly ProxiedRequest[];
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** Asks for Proxy-Authorization. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** Connects to this `host:port` whatever was asked for: lets tests use names that do not resolve. */
  readonly forwardTo?: string;
  /** Answers every request with this status. */
  readonly status?: number;
}

/** A forward proxy on a free port of 127.0.0.1 that remembers what went through it. */
export async function startProxy(options: ProxyOptions = {}): Promise<MockProxy> {
  const requests: ProxiedRequest[] = [];
  const tunnels = new Set<Socket>();
  const server = createServer();

  function refusal(method: string, target: string, headers: IncomingHttpHeaders): number | undefined {
    requests.push({ method, target, headers });
    if (options.status !== undefined) return options.status;
    if (options.auth === undefined) return undefined;
    const { user, password } = options.auth;
    const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    return headers['proxy-authorization'] === expected ? undefined : 407;
  }

  server.on('request', (message, response) => {
    const { method = 'GET', url = '', headers } = message;
    const status = refusal(method, url, headers);
    if (status !== undefined || !URL.canParse(url)) {
      response.writeHead(status ?? 400, { 'proxy-authenticate': 'Basic realm="mock proxy"' }).end();
      return;
    }
    const { 'proxy-authorization': _, 'proxy-connection': __, ...forwarded } = headers;
    const { hostname, port, pathname, search } = new URL(
      options.forwardTo ? withHost(url, options.forwardTo) : url,
    );
    const onward = httpRequest(
      { hostname, port, path: pathname + search, method, headers: forwarded },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on('error', () => response.destroy()).pipe(response);
      },
    );
    onward.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    response.on('close', () => onward.destroy());
    message.pipe(onward);
  });

  server.on('connect', (message, client: Socket, head: Buffer) => {
    const target = message.url ?? '';
    const status = refusal('CONNECT', target, message.headers);
    client.on('error', () => client.destroy());
    if (status !== undefined) {
      client.end(
        `HTTP/1.1 ${status} Refused\r\nProxy-Authenticate: Basic realm="mock proxy"\r\nContent-Length: 0\r\n\r\n`,
      );
      return;
    }
    const { hostname, port } = new URL(`http://${options.forwardTo ?? target}`);
    const onward = connect(Number(port || 80), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(client);
      client.pipe(onward);
    });
    onward.on('error', () => client.destroy());
    client.on('close', () => onward.destroy());
    tunnels.add(client);
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const tunnel of tunnels) tunnel.destroy();
    server.closeAllConnections();
    await closed;
  }

  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, close, [Symbol.asyncDispose]: close };
}

function withHost(url: string, host: string): string {
  const changed = new URL(url);
  changed.host = host;
  return changed.href;
}
