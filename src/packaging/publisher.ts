/** A project on GitHub or GitLab whose CI published an archive. */
export interface CiPublisher {
  readonly kind: 'github' | 'gitlab';
  /** `github.com`, `gitlab.com`, or the host of a private instance. */
  readonly host: string;
  /** `OWNER/REPO`, or GitLab's `GROUP/…/PROJECT`. */
  readonly repository: string;
  /** GitHub: the file's name in `.github/workflows/`. GitLab: the file's path in the repository. */
  readonly workflow: string;
  /** The repository's number, which survives a change of its name. pylock.toml (PEP 751) does not have it. */
  readonly id: string | undefined;
  /** The deployment environment. In a record: the one that is required; undefined takes any. */
  readonly environment: string | undefined;
}

/** A Google account, mostly a service account of Google Cloud. */
export interface GooglePublisher {
  readonly kind: 'google';
  readonly email: string;
}

/** Who published an archive, as a certificate of Sigstore names them (PEP 740). */
export type Publisher = CiPublisher | GooglePublisher;

/** What a `# attested-by:` line says: a publisher, or that this archive is known to have none. */
export type RecordedPublisher = Publisher | { readonly kind: 'none' };

/** How a publisher compares with a recorded one. `renamed`: the same repository by its number, under another name. */
export type PublisherChange = 'same' | 'renamed' | 'changed';

/** Compares `found`, which is proven, with `recorded`. A recorded `none` names nobody, so anybody is a change. */
export function comparePublisher(recorded: RecordedPublisher, found: Publisher): PublisherChange {
  if (recorded.kind === 'none' || recorded.kind !== found.kind) return 'changed';
  if (recorded.kind === 'google' || found.kind === 'google') {
    return recorded.kind === 'google' && found.kind === 'google' && recorded.email === found.email
      ? 'same'
      : 'changed';
  }
  if (recorded.host !== found.host || recorded.workflow !== found.workflow) return 'changed';
  if (recorded.environment !== undefined && recorded.environment !== found.environment) return 'changed';
  const sameName = sameRepository(recorded.repository, found.repository);
  // Without a number, the name is all there is to compare.
  if (recorded.id === undefined || found.id === undefined) return sameName ? 'same' : 'changed';
  if (recorded.id !== found.id) return 'changed';
  return sameName ? 'same' : 'renamed';
}

/** Compares with every record and answers with the nearest: several recorded publishers mean any of them. */
export function compareWithRecords(
  recorded: readonly RecordedPublisher[],
  found: Publisher,
): PublisherChange {
  const changes = recorded.map((each) => comparePublisher(each, found));
  return changes.includes('same') ? 'same' : changes.includes('renamed') ? 'renamed' : 'changed';
}

/** GitHub and GitLab compare the names of repositories without regard to case. */
export function sameRepository(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
