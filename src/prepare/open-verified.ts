import type { VerifiedArchive } from '../hash/verification.js';
import type { Pin } from '../requirements/pin.js';
import type { Store } from '../store/store.js';
import { PeepError } from '../text/errors.js';
import type { ChosenArchive } from './outcome.js';

/**
 * Opens an archive that this run verified and stored, and hashes it again (P4). The caller releases it. Throws
 * `STORE_CHANGED` if it is missing or changed.
 */
export async function openVerified(
  store: Store,
  pin: Pin,
  { link, sha256, size }: ChosenArchive,
): Promise<VerifiedArchive> {
  if (pin.hashed && sha256 !== undefined) {
    const archive = await store.open({ sha256, filename: link.filename, size: size ?? 0 }, pin.digests);
    if (archive !== undefined) return archive;
  }
  throw new PeepError(
    'STORE_CHANGED',
    `'${link.filename}' is gone from the store, or changed, since it verified`,
    {
      hint: 'Run the command again; if it happens again, another program is changing the store.',
    },
  );
}
