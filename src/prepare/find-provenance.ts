import { type Sha256, sameDigest, sha256Digest } from '../hash/digest.js';
import type { ProjectName } from '../packaging/types.js';
import type { Pin } from '../requirements/pin.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { ProjectLinks } from '../resolver/pages/client.js';
import type { WantedVersions } from '../resolver/pages/name-filter.js';
import { PeepError } from '../text/errors.js';
import { redactUrl } from '../text/redact.js';

/** The archive to find provenance for. */
export interface WantedProvenance {
  readonly pin: Pin;
  readonly link: ArchiveLink;
  readonly sha256: Sha256;
}

/** One source of provenance; `undefined` means that it has none. Throws network errors (P8). */
export interface ProvenancePlace {
  /** Name of the source, for messages. */
  readonly name: string;
  readonly read: () => Promise<Uint8Array | undefined>;
}

export interface FindDeps {
  readonly links: (project: ProjectName, versions: WantedVersions) => Promise<ProjectLinks>;
  /** The page of `--provenance-index`; undefined without one. */
  readonly provenanceLinks:
    | ((project: ProjectName, versions: WantedVersions) => Promise<ProjectLinks>)
    | undefined;
  /** The bytes at an http(s) or file URL; undefined if nothing is there. */
  readonly fetch: (url: string) => Promise<Uint8Array | undefined>;
}

/**
 * The possible sources of an archive's provenance, best first: the URL in its own link, a file beside a local
 * archive, the same file on other pages of the run, `--provenance-index`, and PyPI for archives that a lock file
 * takes from there.
 */
export async function* provenancePlaces(
  wanted: WantedProvenance,
  deps: FindDeps,
): AsyncGenerator<ProvenancePlace> {
  const { pin, link } = wanted;
  const seen = new Set<string>();
  const announced = function* (links: readonly ArchiveLink[]): Generator<ProvenancePlace> {
    for (const { provenance, index } of links) {
      if (provenance === undefined || seen.has(provenance)) continue;
      seen.add(provenance);
      yield announcedPlace(provenance, index, deps);
    }
  };
  yield* announced([link]);
  if (link.url.startsWith('file:')) yield besidePlace(link, deps);
  const project = pin.source.project;
  if (project !== undefined && pin.source.kind === 'version' && pin.links === undefined)
    yield* pagePlaces(await deps.links(project, [pin.source]), wanted, announced, deps);
  if (project !== undefined && deps.provenanceLinks !== undefined)
    yield* pagePlaces(
      await deps.provenanceLinks(project, pin.source.kind === 'version' ? [pin.source] : 'all'),
      wanted,
      announced,
      deps,
    );
  const integrity = integrityUrl(wanted);
  if (integrity !== undefined) yield { name: integrity, read: () => deps.fetch(integrity) };
}

async function* pagePlaces(
  { links, failures }: ProjectLinks,
  { link, sha256 }: WantedProvenance,
  announced: (links: readonly ArchiveLink[]) => Generator<ProvenancePlace>,
  deps: FindDeps,
): AsyncGenerator<ProvenancePlace> {
  const same = links.filter((other) => isSameFile(other, link, sha256));
  yield* announced(same);
  for (const other of same) if (other.url.startsWith('file:')) yield besidePlace(other, deps);
  // P8: an index that cannot be asked may have the provenance.
  for (const { index, error } of failures) {
    yield { name: redactUrl(index), read: () => Promise.reject(error) };
  }
}

/** An index need not state the digest, but a file with another digest is another archive. */
function isSameFile(other: ArchiveLink, { filename }: ArchiveLink, sha256: Sha256): boolean {
  const said = other.advertised.filter(({ algorithm }) => algorithm === 'sha256');
  return (
    other.filename === filename &&
    (said.length === 0 || said.some((digest) => sameDigest(digest, sha256Digest(sha256))))
  );
}

/** P11: provenance that an index announces but does not serve is not the same as no provenance. */
function announcedPlace(url: string, index: string | undefined, { fetch }: FindDeps): ProvenancePlace {
  const name = redactUrl(url);
  return {
    name,
    read: async () => {
      // A page from the network must not link to files of this machine.
      const readable = /^https?:/i.test(url) || (/^file:/i.test(url) && !/^https?:/i.test(index ?? ''));
      const bytes = readable ? await fetch(url) : undefined;
      if (bytes !== undefined) return bytes;
      throw new PeepError(
        'PROVENANCE_UNAVAILABLE',
        `the index announces provenance at '${name}', but there is none`,
        {
          hint: "Try again; if it fails again, ask the index's operator.",
        },
      );
    },
  };
}

/** `FILE.provenance`, as written by `--dest`. */
function besidePlace({ url }: ArchiveLink, { fetch }: FindDeps): ProvenancePlace {
  const beside = `${url}.provenance`;
  return { name: redactUrl(beside), read: () => fetch(beside) };
}

/** PyPI's own API, for archives that a lock file names by their URL there. */
function integrityUrl({ pin: { source, links }, link }: WantedProvenance): string | undefined {
  if (links === undefined || source.kind !== 'version') return undefined;
  if (!link.url.startsWith('https://files.pythonhosted.org/')) return undefined;
  const path = [source.project, source.version, link.filename, 'provenance'].map(encodeURIComponent);
  return `https://pypi.org/integrity/${path.join('/')}`;
}
