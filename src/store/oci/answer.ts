import { isNetworkFailure, networkError } from '../../fetch/http/failures.js';
import { statusError } from '../../fetch/http/retry.js';
import type { TransportResponse } from '../../fetch/http/transport.js';
import { PeepError } from '../../text/errors.js';
import { printable, redactUrl } from '../../text/redact.js';
import type { RegistryReference } from './reference.js';

/** Bytes that a manifest, a token or an error may have. The distribution specification asks registries to take manifests of this size. */
export const largestAnswer = 4 << 20;

/** The body of a small answer, whole. Throws `TRANSFER_TOO_LARGE`, or what broke it. */
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

/** Distribution specification, "Error codes": what the registry itself says. */
interface RegistryFault {
  readonly code: string;
  readonly message: string;
}

/**
 * The error for an answer that is not the hoped-for one: of the network kind where another try may help, otherwise
 * `REGISTRY_REFUSED` with what the registry says. Reads the body.
 */
export async function refusal(
  reference: RegistryReference,
  response: TransportResponse,
  doing: string,
  now: number,
): Promise<PeepError> {
  const { status } = response;
  const faults = await readFaults(response);
  if (status === 408 || status === 429 || status >= 500) return statusError(response, now);
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

/** The error for an answer that the distribution specification does not know. */
export function unsound(reference: RegistryReference, why: string, cause?: unknown): PeepError {
  return new PeepError('REGISTRY_ANSWER', `'${redactUrl(reference.text)}' is not a sound registry: ${why}`, {
    cause,
    hint: 'Check the address; otherwise the registry, or a proxy before it, is at fault.',
  });
}

/** Did a registry, or the way to it, fail, rather than peep or this machine? */
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
  if (status === 404) return 'Check the repository in the address; some registries want it to be made first.';
  if (status === 405) return 'The registry is read-only.';
  if (status === 413) return 'The registry, or a proxy before it, takes nothing that large.';
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
    // A status without a readable body still says enough.
    return [];
  }
}
