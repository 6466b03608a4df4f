/** A project on GitHub or GitLab whose CI published an archive. */
export interface CiPublisher {
  readonly kind: 'github' | 'gitlab';
  /** `github.com`, `gitlab.com`, or the host of a private instance. */
  readonly host: string;
  /** `OWNER/REPO`, or GitLab's `GROUP/…/PROJECT`. */
  readonly repository: string;
  /** GitHub: the file's name in `.github/workflows/`. GitLab: the file's path in the repository. */
  readonly workflow: string;
  /** The repository's number, which does not change when it is renamed. pylock.toml (PEP 751) does not have it. */
  readonly id: string | undefined;
  /** The deployment environment. In a record: the required one; undefined allows any. */
  readonly environment: string | undefined;
}

/** A Google account, usually a service account of Google Cloud. */
export interface GooglePublisher {
  readonly kind: 'google';
  readonly email: string;
}

/** A publisher, as a Sigstore certificate names it (PEP 740). */
export type Publisher = CiPublisher | GooglePublisher;

/** The content of an `# attested-by:` line: a publisher, or that this archive has none. */
export type RecordedPublisher = Publisher | { readonly kind: 'none' };

/**
 * The result of comparing a publisher with a recorded one. `renamed`: the same repository number, under another
 * name.
 */
export type PublisherChange = 'same' | 'renamed' | 'changed';

/** Compares the proven publisher `found` with `recorded`. Any publisher differs from a recorded `none`. */
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
  // Without a number, compare the names.
  if (recorded.id === undefined || found.id === undefined) return sameName ? 'same' : 'changed';
  if (recorded.id !== found.id) return 'changed';
  return sameName ? 'same' : 'renamed';
}

/** Compares with every record and returns the mildest result: one matching record is enough. */
export function compareWithRecords(
  recorded: readonly RecordedPublisher[],
  found: Publisher,
): PublisherChange {
  const changes = recorded.map((each) => comparePublisher(each, found));
  return changes.includes('same') ? 'same' : changes.includes('renamed') ? 'renamed' : 'changed';
}

/** GitHub and GitLab ignore case in repository names. */
export function sameRepository(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
