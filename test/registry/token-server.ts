import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { server as serverPem, user } from './docker-registry.js';

export interface TokenRequest {
  readonly method: string;
  readonly authorization: string | undefined;
  readonly scopes: readonly string[];
  readonly grant: string | undefined;
}

export interface TokenServer extends AsyncDisposable {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  readonly seen: TokenRequest[];
}

export interface TokenServerOptions {
  /** Who comes without a login may pull. */
  readonly anonymousPull?: boolean;
  readonly refreshToken?: string;
  /** Seconds that tokens last; they say so. */
  readonly life?: number;
}

/** The token service of the distribution specification, as small as it can be. */
export async function startTokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const { anonymousPull = false, refreshToken, life = 300 } = options;
  const seen: TokenRequest[] = [];
  const [service, issuer] = ['registry.test', 'tokens.test'];
  const server = createServer(async (request, response) => {
    const asked = await read(request);
    seen.push(asked);
    const basic = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
    const known =
      asked.authorization === basic || (refreshToken !== undefined && asked.refreshToken === refreshToken);
    if (!known && (asked.authorization !== undefined || asked.grant !== undefined || !anonymousPull)) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"details":"no such user"}');
      return;
    }
    const access = asked.scopes.map((scope) => {
      const [type, name, actions = ''] = scope.split(':');
      return { type, name, actions: actions.split(',').filter((action) => known || action === 'pull') };
    });
    const token = signedToken({ iss: issuer, aud: service, sub: known ? user.username : '', access }, life);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ token, access_token: token, expires_in: life }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    realm: `http://127.0.0.1:${port}/token`,
    service,
    issuer,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(
  request: IncomingMessage,
): Promise<TokenRequest & { readonly refreshToken: string | undefined }> {
  const url = new URL(request.url ?? '/', 'http://token.test');
  const form = new URLSearchParams(await text(request));
  const scopes = [
    ...url.searchParams.getAll('scope').flatMap((scope) => scope.split(' ')),
    ...(form.get('scope')?.split(' ') ?? []),
  ];
  return {
    method: request.method ?? '',
    authorization: request.headers.authorization,
    scopes,
    grant: form.get('grant_type') ?? undefined,
    refreshToken: form.get('refresh_token') ?? undefined,
  };
}

function signedToken(claims: object, life: number): string {
  const pem = readFileSync(serverPem, 'utf8');
  const certificate = new X509Certificate(pem).raw.toString('base64');
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = part({ typ: 'JWT', alg: 'ES256', x5c: [certificate] });
  const body = part({ ...claims, iat: now, nbf: now - 10, exp: now + life, jti: randomUUID() });
  const key = { key: createPrivateKey(pem), dsaEncoding: 'ieee-p1363' } as const;
  return `${head}.${body}.${sign('sha256', Buffer.from(`${head}.${body}`), key).toString('base64url')}`;
}
