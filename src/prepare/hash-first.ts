import type { Inspection } from '../archive/inspection.js';
import type { Schedule } from '../fetch/download/schedule.js';
import { type DigestAlgorithm, type Digests, digestSet, formatDigest, type Sha256 } from '../hash/digest.js';
import { createStoredSpool } from '../hash/spool/archive-spool.js';
import type { ArchiveMemory } from '../hash/spool/memory-spool.js';
import { type ComputedDigests, MultiHash, type VerifiedArchive } from '../hash/verification.js';
import type { Pin } from '../requirements/pin.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { Store } from '../store/store.js';
import { PeepError } from '../text/errors.js';
import type { Network } from './network.js';
import type { PreparePorts } from './ports.js';

/** An archive without a pin, with the digests of its bytes. */
export interface HashedArchive {
  readonly link: ArchiveLink;
  /** Bytes. */
  readonly size: number;
  readonly computed: ComputedDigests;
  /** Set if the archive was inspected. */
  readonly inspection?: Inspection | undefined;
}

/** Hashes an archive for a pin without a digest of it. Throws `DIGEST_DISPUTED`, and the errors of `use`. */
export type HashFirst = (
  link: ArchiveLink,
  pin: Pin,
  options?: {
    /** In addition to sha256. */
    readonly algorithms?: readonly DigestAlgorithm[];
    /** False if the digest is only needed for a comparison; the bytes are then not kept. */
    readonly proposes?: boolean;
  },
) => Promise<HashedArchive>;

export interface HashFirstDeps {
  readonly network: Pick<Network, 'digest' | 'hashFirst'>;
  readonly store: Pick<Store, 'find' | 'open'>;
  readonly schedule: Schedule;
  readonly memory: ArchiveMemory;
}

/**
 * Hashes an archive first, then uses it: the bytes are held as unverified (P1), their digest becomes that of the
 * proposed pin, and `use` only gets an archive that verified against that pin (P2). An archive that is already
 * stored is hashed there (P4) and not fetched. `mayUse` says whether the pin may be proposed at all; if not, the
 * bytes are hashed and not kept.
 */
export function createHashFirst(
  { network, store, schedule, memory }: HashFirstDeps,
  use: PreparePorts['use'],
  mayUse: (link: ArchiveLink, pin: Pin) => Promise<boolean> = async () => true,
): HashFirst {
  return async (link, pin, { algorithms = [], proposes = true } = {}) => {
    if (!proposes || !(await mayUse(link, pin))) {
      const found = await network.digest(link, algorithms);
      checkAdvertised(link, found.computed, found.size);
      return { link, ...found };
    }
    const used = async (archive: VerifiedArchive): Promise<Inspection | undefined> => {
      const { sha256, size, matched } = archive;
      return use(archive, { ...pin, hashed: true, digests: [matched] }, { link, size, sha256 });
    };
    const stored = await fromStore(link, algorithms, used);
    if (stored !== undefined) return stored;
    let inspection: Inspection | undefined;
    const found = await network.hashFirst(link, algorithms, {
      pin: ({ computed, size }) => {
        checkAdvertised(link, computed, size);
        return [computed.sha256];
      },
      use: async (archive) => {
        inspection = await used(archive);
      },
    });
    return { link, ...found, inspection };
  };

  async function fromStore(
    link: ArchiveLink,
    algorithms: readonly DigestAlgorithm[],
    used: (archive: VerifiedArchive) => Promise<Inspection | undefined>,
  ): Promise<HashedArchive | undefined> {
    const advertised = digestSet(link.advertised);
    if (advertised === undefined) return undefined;
    const [entry] = await store.find(advertised);
    if (entry === undefined) return undefined;
    return schedule.run({ kind: 'archive', size: entry.size }, async () => {
      const expected: Digests = [{ algorithm: 'sha256', hex: entry.sha256 }];
      const named = { ...entry, filename: link.filename };
      const archive = await store.open(named, expected, createStoredSpool(memory, entry.size));
      if (archive === undefined) return undefined;
      try {
        const computed = await hashedAgain(archive, [
          ...algorithms,
          ...advertised.map(({ algorithm }) => algorithm),
        ]);
        checkAdvertised(link, computed, archive.size);
        const inspection = await used(archive);
        return { link, size: archive.size, computed, inspection };
      } finally {
        await archive.release();
      }
    });
  }
}

/** The sha256 is known at this point. */
async function hashedAgain(
  archive: VerifiedArchive,
  algorithms: readonly DigestAlgorithm[],
): Promise<ComputedDigests> {
  const sha256 = { algorithm: 'sha256', hex: archive.sha256 satisfies Sha256 } as const;
  if (algorithms.every((algorithm) => algorithm === 'sha256')) return { sha256 };
  const hash = new MultiHash(algorithms);
  for await (const chunk of archive.chunks()) hash.update(chunk);
  return hash.finish();
}

/** peep proposes only a digest of bytes that it has seen and that the index advertises to everybody. */
function checkAdvertised(link: ArchiveLink, computed: ComputedDigests, size: number): void {
  const wrong = link.advertised.find((digest) => computed[digest.algorithm]?.hex !== digest.hex);
  const [said, got] =
    wrong !== undefined
      ? [formatDigest(wrong), formatDigest(computed[wrong.algorithm] ?? computed.sha256)]
      : link.size !== undefined && link.size !== size
        ? [`${link.size} bytes`, `${size} bytes`]
        : [];
  if (said === undefined) return;
  throw new PeepError(
    'DIGEST_DISPUTED',
    `'${link.filename}' does not match its index entry: expected ${said}, got ${got}`,
    {
      hint: "It may have been tampered with. Ask the index's operator, and pin nothing until the cause is known.",
    },
  );
}
