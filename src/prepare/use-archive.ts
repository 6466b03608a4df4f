import { isPeepError } from '../text/errors.js';
import { type ChoiceSettings, pythonRefusal } from './candidates.js';
import type { ChosenArchive } from './outcome.js';
import type { PreparePorts, UseArchive } from './ports.js';

/** Passes verified archives to the command, and checks the Python that their inspected metadata requires. */
export function createUse(ports: Pick<PreparePorts, 'use'>, settings: ChoiceSettings): UseArchive {
  return async (archive, pin, target, link) => {
    const chosen: ChosenArchive = { link, size: archive.size, sha256: archive.sha256 };
    try {
      const inspection = await ports.use(archive, pin, chosen);
      const refusal = pythonRefusal(link.filename, inspection?.needs.requiresPython, target, settings);
      if (refusal !== undefined) return { status: 'unavailable', pin, error: refusal };
      return {
        status: 'verified',
        pin,
        archive: chosen,
        ...(inspection === undefined ? {} : { inspection }),
      };
    } catch (error) {
      if (isPeepError(error, 'ARCHIVE_REFUSED')) return { status: 'refused', pin, archive: chosen, error };
      throw error;
    } finally {
      await archive.release();
    }
  };
}
