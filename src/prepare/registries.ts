import type { Schedule } from '../fetch/download/schedule.js';
import { asSha256, type Digest, type Sha256, sameDigest } from '../hash/digest.js';
import { DigestMismatch, type VerifiedArchive } from '../hash/verification.js';
import { parseVersion } from '../packaging/version.js';
import type { HashedPin } from '../requirements/pin.js';
import type { ArchiveLink } from '../resolver/link.js';
import { isRegistryFailure } from '../store/oci/answer.js';
import { readProvenance } from '../store/oci/provenance.js';
import { findArchive, findProvenance, findRelease, registryLink } from '../store/oci/pull.js';
import type { Registry } from '../store/oci/registry.js';
import { type Release, releaseLinks } from '../store/oci/release.js';
import { isPeepError, PeepError } from '../text/errors.js';
import type { Log } from '../text/log.js';
import type { ProvenancePlace, WantedProvenance } from './find-provenance.js';
import type { Network } from './network.js';
import { provenanceRefused } from './provenance-errors.js';

/** A mismatch of bytes from a registry, with the location. */
export class RegistryMismatch extends DigestMismatch {
  constructor(
    { got, facts }: DigestMismatch,
    readonly link: ArchiveLink,
  ) {
    super(link.filename, got, { ...facts, store: link.index ?? link.url });
  }
}

/** Processes a verified archive; also gets the location that it came from. */
export type Consume<T> = (archive: VerifiedArchive, from: ArchiveLink) => Promise<T>;

/** The registries of a run as sources of pinned archives (contract section 5). Their data is untrusted. */
export interface Registries {
  /**
   * The links to choose among, if the registries know as much of a pinned version as an index does (P10): either
   * one archive is pinned, or a listing contains each pinned archive. Undefined if an index must be asked.
   */
  linksFor(pin: HashedPin): Promise<readonly ArchiveLink[] | undefined>;
  /** All archives of a pin in the registries, for runs that cannot ask an index. */
  everyLink(pin: HashedPin): Promise<readonly ArchiveLink[]>;
  /**
   * Downloads from the first location that has the pinned bytes: the registries by digest, then `link` itself.
   * Throws the error of the last location, but a mismatch before other errors (P8). Without `wait`, throws
   * `NotWaitedFor` if `link` does not answer.
   */
  download<T>(link: ArchiveLink, pin: HashedPin, consume: Consume<T>, wait: boolean): Promise<T>;
  /** Where the registries have the provenance of an archive, if they do (P11). */
  provenance(wanted: WantedProvenance): readonly ProvenancePlace[];
}

export interface RegistriesDeps {
  readonly network: Pick<Network, 'download' | 'registries'>;
  readonly schedule: Schedule;
  readonly log: Log;
}

export function openRegistries({ network, schedule, log }: RegistriesDeps): Registries {
  const { registries } = network;
  /** Registries that failed are skipped for the rest of the run. */
  const lost = new Map<Registry, PeepError>();
  const absent = new Set<string>();

  /** The result of `ask`, or undefined if the registry failed; the run then uses other locations. */
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

  /** P8, P11: throws if the registry cannot be asked, because it may have the provenance. */
  async function provenanceIn(
    registry: Registry,
    { link, sha256 }: WantedProvenance,
  ): Promise<Buffer | undefined> {
    try {
      const failed = lost.get(registry);
      if (failed !== undefined) throw failed;
      return await schedule.run({ kind: 'page' }, () => findProvenance(registry, sha256));
    } catch (cause) {
      if (!isRegistryFailure(cause)) throw cause;
      if (!isPeepError(cause, 'NETWORK_OFFLINE')) tell(registry, cause);
      throw new PeepError(
        'PROVENANCE_UNAVAILABLE',
        `the provenance of '${link.filename}' is unknown, because a store cannot be asked: ${cause.message}`,
        { cause, hint: cause.hint },
      );
    }
  }

  function tell(registry: Registry, error: PeepError): void {
    if (lost.has(registry)) return;
    const ofOne = oneFile.has(error.code);
    if (!ofOne) lost.set(registry, error);
    const { text } = registry.reference;
    log.warn(
      ofOne ? error.message : `the store '${text}' is skipped for the rest of the run: ${error.message}`,
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

    provenance(wanted) {
      const read = async (registry: Registry): Promise<Uint8Array | undefined> => {
        const manifest = await provenanceIn(registry, wanted);
        if (manifest === undefined) return undefined;
        try {
          return readProvenance(manifest);
        } catch (cause) {
          if (!(cause instanceof TypeError)) throw cause;
          const verdict = { reason: 'malformed', message: cause.message } as const;
          throw provenanceRefused(wanted, verdict, `'${registry.reference.text}'`);
        }
      };
      return registries.map((registry) => ({ name: registry.reference.text, read: () => read(registry) }));
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
              `'${registry.reference.text}' sent wrong bytes for '${link.filename}'; peep discarded them`,
              'Treat that registry as tampered with or broken.',
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

/** Errors about one file that say nothing about the next one. */
const oneFile: ReadonlySet<string> = new Set([
  ...['REGISTRY_ANSWER', 'TRANSFER_TOO_LARGE', 'NETWORK_BROKEN', 'NOT_THE_ARCHIVE'],
]);

/** The digest to ask registries for the archive of `link`; undefined if there is none. */
function pinnedSha256({ advertised }: ArchiveLink, { digests }: HashedPin): Sha256 | undefined {
  const [only, ...more] = digests;
  const named = digests.find((digest) => advertised.some((known) => sameDigest(known, digest)));
  // If the index advertises only other digests, ask no registry: the archive is fetched only to report the mismatch.
  const digest = named ?? (more.length === 0 && advertised.length === 0 ? only : undefined);
  // A longer digest is not an address in a registry; the manifest under its tag contains the address.
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
  return new PeepError('NOT_FOUND', `'${index}' lists '${filename}' but does not have it`, {
    hint: 'Push it again with `peep store push`.',
  });
}
