import type { Schedule } from '../fetch/download/schedule.js';
import { asSha256, type Digest, type Sha256, sameDigest } from '../hash/digest.js';
import { DigestMismatch, type VerifiedArchive } from '../hash/verification.js';
import { parseVersion } from '../packaging/version.js';
import type { HashedPin } from '../requirements/pin.js';
import type { ArchiveLink } from '../resolver/link.js';
import { isRegistryFailure } from '../store/oci/answer.js';
import { findArchive, findRelease, registryLink } from '../store/oci/pull.js';
import type { Registry } from '../store/oci/registry.js';
import { type Release, releaseLinks } from '../store/oci/release.js';
import { isPeepError, PeepError } from '../text/errors.js';
import type { Log } from '../text/log.js';
import type { Network } from './network.js';

/** A mismatch of what a registry sent, with where that was. */
export class RegistryMismatch extends DigestMismatch {
  constructor(
    { got, facts }: DigestMismatch,
    readonly link: ArchiveLink,
  ) {
    super(link.filename, got, { ...facts, store: link.index ?? link.url });
  }
}

/** Consumes a verified archive, and is told where it came from. */
export type Consume<T> = (archive: VerifiedArchive, from: ArchiveLink) => Promise<T>;

/** The registries of a run, as places that may have what is pinned (contract section 5). Nothing in them is trusted. */
export interface Registries {
  /**
   * Links to choose among where the registries know as much of a pinned version as an index does (P10): the one archive
   * that is pinned, or a listing that names each of the pinned ones. Undefined: an index must be asked.
   */
  linksFor(pin: HashedPin): Promise<readonly ArchiveLink[] | undefined>;
  /** All archives of a pin that the registries have, for where no index can be asked. */
  everyLink(pin: HashedPin): Promise<readonly ArchiveLink[]>;
  /**
   * Downloads from the first place that has the pinned bytes: the registries by digest, then `link` itself. Throws what
   * the last place did, but a mismatch before trouble (P8). Without `wait`, `NotWaitedFor` where `link` gives no answer.
   */
  download<T>(link: ArchiveLink, pin: HashedPin, consume: Consume<T>, wait: boolean): Promise<T>;
}

export interface RegistriesDeps {
  readonly network: Pick<Network, 'download' | 'registries'>;
  readonly schedule: Schedule;
  readonly log: Log;
}

export function openRegistries({ network, schedule, log }: RegistriesDeps): Registries {
  const { registries } = network;
  /** Those that fail are asked nothing more in this run. */
  const lost = new Set<Registry>();
  const absent = new Set<string>();

  /** What `ask` answers, or undefined where the registry failed; the run goes on with other places. */
  async function guarded<T>(registry: Registry, ask: () => Promise<T>): Promise<T | undefined> {
    if (lost.has(registry)) return undefined;
    try {
      return await ask();
    } catch (error) {
      if (!isRegistryFailure(error)) throw error;
      tell(registry, error);
      return undefined;
    }
  }

  function tell(registry: Registry, error: PeepError): void {
    if (lost.has(registry)) return;
    const ofOne = oneFile.has(error.code);
    if (!ofOne) lost.add(registry);
    const { text } = registry.reference;
    log.warn(
      ofOne ? error.message : `the store '${text}' is not asked any more: ${error.message}`,
      error.facts.status === 401 ? `Log in with \`docker login ${registry.reference.host}\`.` : error.hint,
    );
  }

  const first = async <T>(ask: (registry: Registry) => Promise<T | undefined>): Promise<T | undefined> => {
    for (const registry of registries) {
      const found = await guarded(registry, () => schedule.run({ kind: 'page' }, () => ask(registry)));
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const linkOf = (digest: Digest): Promise<ArchiveLink | undefined> =>
    first(async (registry) => {
      const manifest = await findArchive(registry, digest);
      return manifest && registryLink(registry, manifest);
    });

  return {
    async linksFor(pin) {
      if (pin.source.kind !== 'version' || pin.links !== undefined || registries.length === 0)
        return undefined;
      const [digest, ...more] = pin.digests;
      if (more.length === 0) {
        const link = await linkOf(digest);
        return link && [link];
      }
      const release = releaseOfPin(pin.source);
      return first(async (registry) => {
        const files = await findRelease(registry, release);
        if (files === undefined) return undefined;
        const links = releaseLinks(files, registry.reference.text, registry.url);
        const names = (wanted: Digest) =>
          links.some(({ advertised }) => advertised.some((known) => sameDigest(known, wanted)));
        return pin.digests.every(names) ? links : undefined;
      });
    },

    async everyLink({ digests }) {
      if (registries.length === 0) return [];
      const links = await Promise.all(digests.map(linkOf));
      return links.flatMap((link) => link ?? []);
    },

    async download(link, pin, consume, wait) {
      const sha256 = pinnedSha256(link, pin);
      let mismatch: RegistryMismatch | undefined;
      for (const registry of sha256 === undefined ? [] : registries) {
        const key = `${registry.reference.text} ${sha256}`;
        if (lost.has(registry) || absent.has(key)) continue;
        const from = {
          ...link,
          ...{ url: registry.url(`blobs/sha256:${sha256}`), index: registry.reference.text },
          source: 'registry',
        } as const;
        try {
          return await network.download(from, pin.digests, (archive) => consume(archive, from), { registry });
        } catch (error) {
          if (error instanceof DigestMismatch) {
            mismatch ??= new RegistryMismatch(error, from);
            log.warn(
              `'${registry.reference.text}' sends other bytes in place of '${link.filename}'; they were thrown away`,
              'Take that registry for tampered with, or broken.',
            );
          } else if (isPeepError(error, 'HTTP_STATUS') && error.facts.status === 404) absent.add(key);
          else if (isRegistryFailure(error)) tell(registry, error);
          else throw error;
        }
      }
      if (link.source === 'registry') throw mismatch ?? gone(link);
      try {
        return await network.download(link, pin.digests, (archive) => consume(archive, link), { wait });
      } catch (error) {
        // P8: report the mismatch even if a later location fails.
        if (mismatch !== undefined && !(error instanceof DigestMismatch)) throw mismatch;
        throw error;
      }
    },
  };
}

/** Failures that say something of one file and nothing of the next. */
const oneFile: ReadonlySet<string> = new Set([
  ...['REGISTRY_ANSWER', 'TRANSFER_TOO_LARGE', 'NETWORK_BROKEN', 'NOT_THE_ARCHIVE'],
]);

/** The digest by which a registry may be asked for what `link` leads to. */
function pinnedSha256({ advertised }: ArchiveLink, { digests }: HashedPin): Sha256 | undefined {
  const [only, ...more] = digests;
  const named = digests.find((digest) => advertised.some((known) => sameDigest(known, digest)));
  // What advertises another digest is fetched to report what is there, and a registry has not got that.
  const digest = named ?? (more.length === 0 && advertised.length === 0 ? only : undefined);
  // A longer digest is not an address; its manifest names one.
  const sha256 = advertised.find(({ algorithm }) => algorithm === 'sha256');
  if (digest === undefined) return undefined;
  return asSha256(digest) ?? (sha256 && asSha256(sha256));
}

function releaseOfPin(source: { readonly project: Release['project']; readonly version: string }): Release {
  return {
    project: source.project,
    version: parseVersion(source.version)?.normalized ?? source.version,
  };
}

function gone({ filename, index }: ArchiveLink): PeepError {
  return new PeepError('NOT_FOUND', `'${index}' lists '${filename}' and does not have it`, {
    hint: 'Push it again with `peep store push`.',
  });
}
