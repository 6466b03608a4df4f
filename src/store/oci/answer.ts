import { isNetworkFailure, networkError } from '../../fetch/http/failures.js';
import { isTransient, statusError } from '../../fetch/http/retry.js';
import type { TransportResponse } from '../../fetch/http/transport.js';
import { PeepError } from '../../text/errors.js';
import { printable, redactUrl } from '../../text/redact.js';
import type { RegistryReference } from './reference.js';

/**
 * Maximum bytes of a manifest, a token or an error. The distribution specification asks registries to accept
 * manifests of this size.
 */
export const largestAnswer = 4 << 20;

/** Reads the whole body of a small response. Throws `TRANSFER_TOO_LARGE`, or the error of the connection. */
export async function readSmall(response: TransportResponse, most = largestAnswer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  await response.read((chunk) => {
    size += chunk.length;
    if (size > most) {
      throw networkError('TRANSFER_TOO_LARGE', response.url, `the answer is larger than ${most} bytes`, {
        hint: 'The registry is at fault; ask its operator.',
        facts: { limit: most, size },
      });
    }
    chunks.push(Buffer.from(chunk));
  });
  const announced = Number(response.headers['content-length'] ?? size);
  if (Number.isFinite(announced) && size < announced) {
    throw networkError('NETWORK_BROKEN', response.url, `it ended after ${size} of ${announced} bytes`, {
      hint: 'Try again.',
    });
  }
  return Buffer.concat(chunks, size);
}

/** The registry's own error text (distribution specification, "Error codes"). */
interface RegistryFault {
  readonly code: string;
  readonly message: string;
}

/**
 * The error for an unexpected status: a network error if a retry may help, otherwise `REGISTRY_REFUSED` with the
 * text of the registry. Reads the body.
 */
export async function refusal(
  reference: RegistryReference,
  response: TransportResponse,
  doing: string,
  now: number,
): Promise<PeepError> {
  const { status } = response;
  const faults = await readFaults(response);
  if (isTransient(status) || status >= 500) return statusError(response, now);
  const [first] = faults;
  const said =
    first === undefined ? '' : `: ${first.code}${first.message === '' ? '' : ` (${first.message})`}`;
  return new PeepError(
    'REGISTRY_REFUSED',
    `'${redactUrl(reference.text)}' refuses to ${doing}: status ${status}${said}`,
    {
      hint: refusalHint(reference, status),
      facts: { status, url: redactUrl(response.url), codes: faults.map(({ code }) => code) },
    },
  );
}

/** The error for a response that the distribution specification does not allow. */
export function unsound(reference: RegistryReference, why: string, cause?: unknown): PeepError {
  return new PeepError(
    'REGISTRY_ANSWER',
    `'${redactUrl(reference.text)}' does not answer like a registry: ${why}`,
    {
      cause,
      hint: 'Check the address; otherwise the registry, or a proxy in front of it, is at fault.',
    },
  );
}

/** True if the registry or the connection to it failed, rather than peep or this machine. */
export function isRegistryFailure(error: unknown): error is PeepError {
  return (
    isNetworkFailure(error) ||
    (error instanceof PeepError &&
      ['REGISTRY_REFUSED', 'REGISTRY_ANSWER', 'REGISTRY_LOGIN'].includes(error.code))
  );
}

function refusalHint({ host }: RegistryReference, status: number): string {
  if (status === 401) return `Log in with \`docker login ${host}\`; peep reads the same file.`;
  if (status === 403) return 'The user may not do this in that repository; ask the operator of the registry.';
  if (status === 404)
    return 'Check the repository in the address; some registries require it to be created first.';
  if (status === 405) return 'The registry is read-only.';
  if (status === 413) return 'The registry, or a proxy in front of it, does not accept anything that large.';
  return 'Ask the operator of the registry.';
}

async function readFaults(response: TransportResponse): Promise<readonly RegistryFault[]> {
  try {
    const body = JSON.parse((await readSmall(response, 64 * 1024)).toString('utf8')) as {
      readonly errors?: unknown;
    };
    if (!Array.isArray(body.errors)) return [];
    return body.errors
      .slice(0, 5)
      .flatMap((fault: { readonly code?: unknown; readonly message?: unknown }) =>
        typeof fault?.code === 'string'
          ? [
              {
                code: printable(fault.code.slice(0, 60)),
                message: typeof fault.message === 'string' ? printable(fault.message.slice(0, 200)) : '',
              },
            ]
          : [],
      );
  } catch {
    // Without a readable body, the status is still reported.
    return [];
  }
}
