import type { Machine } from '../config/machine.js';
import type { NetworkSettings } from '../config/settings.js';
import { fetchPage } from '../fetch/http/page.js';
import { PeepError } from '../text/errors.js';
import { redactUrl } from '../text/redact.js';
import { openTransport } from './transport.js';

/** Fetches a requirements file. Throws network errors and `REQUIREMENTS_UNREADABLE`. */
export async function fetchRequirementsFile(
  url: string,
  network: NetworkSettings,
  machine: Omit<Machine, 'cwd'>,
): Promise<Uint8Array> {
  const transport = openTransport(network, { locations: [url], archives: [] }, machine);
  try {
    const bytes = await fetchPage(
      { transport, retries: network.retries },
      { url, accept: 'text/plain, */*;q=0.5', signal: machine.signal },
      (page) => page.bytes,
    );
    if (bytes !== undefined) return bytes;
    throw new PeepError(
      'REQUIREMENTS_UNREADABLE',
      `cannot read the requirements file '${redactUrl(url)}': the server has no such file`,
      { hint: 'Check the address.' },
    );
  } finally {
    await transport.close();
  }
}
