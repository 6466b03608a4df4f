import { digestSet } from '../../hash/digest.js';
import type { ProjectName } from '../../packaging/types.js';
import { PeepError } from '../../text/errors.js';
import { printable, redactUrl } from '../../text/redact.js';
import { mapInTurns } from '../../text/turns.js';
import type { Pin, PinnedLink, RefusedLine, RequirementEntry, RequirementSource } from '../pin.js';
import type { Lock, LockedPackage } from './model.js';
import { everyReachable, reachablePackages } from './uv-walk.js';

export interface EntriesOptions {
  /** `--skip-local`: editable, directory and version control entries are left out. */
  readonly skipLocal: boolean;
  /** The file was read with `everything`, so markers are not evaluated. */
  readonly everything: boolean;
}

/**
 * The packages of a lock file as entries, in file order: the same entries for every target, with `locked: 'no'` if
 * one does not apply. Without `markerHolds`, every package that may apply to some target is included. Throws
 * `LOCK_UNDECIDED` if the file does not say what applies to a target, and `LOCK_SELECTION`.
 */
export async function lockEntries(
  lock: Lock,
  { skipLocal, everything }: EntriesOptions,
  markerHolds?: (marker: string) => boolean,
): Promise<RequirementEntry[]> {
  if (markerHolds !== undefined && lock.undecided !== undefined) throw lock.undecided;
  const listed = lock.graph === undefined ? undefined : await everyReachable(lock.graph);
  const reached =
    lock.graph === undefined || markerHolds === undefined
      ? undefined
      : await reachablePackages(lock.graph, markerHolds, lock.place);
  const undecided = everything || lock.graph !== undefined || lock.undecided !== undefined;
  const open = markerHolds === undefined && undecided ? 'depends' : undefined;
  const entries = await mapInTurns(lock.packages, (item, i): RequirementEntry | undefined => {
    if (listed?.has(i) === false || (skipLocal && item.kind === 'local')) return undefined;
    return toEntry(item, { locked: reached === undefined ? open : lockedAs(reached.has(i)), markerHolds });
  });
  return entries.filter((entry) => entry !== undefined);
}

interface Context {
  readonly locked: Pin['locked'];
  readonly markerHolds: ((marker: string) => boolean) | undefined;
}

function lockedAs(applies: boolean): Pin['locked'] {
  return applies ? undefined : 'no';
}

function toEntry(item: LockedPackage, { locked, markerHolds }: Context): RequirementEntry {
  const { kind, extras, marker, place } = item;
  const base = {
    extras,
    marker,
    requirement: shownPackage(item),
    place,
    pipOptions: [],
    hashStyle: 'pip' as const,
    ...(locked === undefined ? {} : { locked }),
    ...(item.publishers === undefined ? {} : { publishers: item.publishers }),
  };
  if (kind === 'local' || kind === 'refused') {
    const skipped =
      locked === 'no' ||
      (marker !== undefined && markerHolds !== undefined && !holdsSafely(marker, markerHolds));
    const { project } = item;
    if (!skipped || project === undefined) return { kind: 'refused', line: refusal(item) };
    return { kind: 'pin', pin: { ...base, source: releaseOf(item, project), hashed: false } };
  }
  const digests = digestSet(item.digests);
  const pin: Pin = {
    ...base,
    source: sourceOf(item),
    ...(kind === 'release' ? releasePlaces(item) : {}),
    ...(digests === undefined ? { hashed: false } : { hashed: true, digests }),
  };
  return { kind: 'pin', pin };
}

/** A marker that cannot be evaluated is reported when its pin is refused; here it is ignored. */
function holdsSafely(marker: string, markerHolds: (marker: string) => boolean): boolean {
  try {
    return markerHolds(marker);
  } catch {
    return true;
  }
}

function sourceOf(item: Exclude<LockedPackage, { readonly kind: 'refused' }>): RequirementSource {
  const { name, project } = item;
  if (item.kind === 'archive') return { kind: 'url', url: item.url, project, name };
  return releaseOf(item, project);
}

function releaseOf({ name, version = '' }: LockedPackage, project: ProjectName): RequirementSource {
  return { kind: 'version', project, name, operator: '==', version };
}

function releasePlaces(
  item: Extract<LockedPackage, { readonly kind: 'release' }>,
): Pick<Pin, 'links' | 'index'> {
  const links = item.files.flatMap(({ filename, url, size, digests }): PinnedLink[] =>
    url === undefined ? [] : [{ filename, url, size, digests }],
  );
  return {
    ...(links.length === 0 ? {} : { links }),
    ...(item.index === undefined ? {} : { index: item.index }),
  };
}

function shownPackage(item: LockedPackage): string {
  const extras = item.extras.length === 0 ? '' : `[${item.extras.join(',')}]`;
  const name = printable(`${item.name}${extras}`);
  if (item.kind === 'archive') return `${name} @ ${printable(redactUrl(item.url))}`;
  return item.version === undefined ? name : printable(`${name}==${item.version}`);
}

function refusal(item: Extract<LockedPackage, { readonly kind: 'local' | 'refused' }>): RefusedLine {
  const { name, version, marker, place } = item;
  const base = { requirement: shownPackage(item), place, name, version, marker };
  if (item.kind === 'refused') {
    const { code } = item.error;
    const malformed = code === 'LOCK_INVALID' || code.endsWith('_MALFORMED');
    return { ...base, status: malformed ? 'malformed' : 'refused', error: item.error };
  }
  const [code, what] = localKinds[item.what];
  const from = printable(redactUrl(item.from)).slice(0, 300);
  return {
    ...base,
    status: 'refused',
    error: new PeepError(
      code,
      `the package '${item.project}' is ${what} ('${from}'): there is no archive to verify`,
      {
        place: item.place,
        hint: 'Leave such packages out with --skip-local, or lock an archive of it instead.',
      },
    ),
  };
}

const localKinds = {
  editable: ['REQUIREMENT_EDITABLE', 'editable'],
  directory: ['REQUIREMENT_FOLDER', 'a directory'],
  vcs: ['REQUIREMENT_VCS', 'from version control'],
} as const;
