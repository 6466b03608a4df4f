import { canonicalizeName } from '../../packaging/name.js';
import { PeepError, type SourceLocation } from '../../text/errors.js';
import { printable } from '../../text/redact.js';

/** The selected parts of a lock file: `--package`, `--extra`, `--all-extras`, `--group`, `--all-groups`, `--no-dev`. */
export interface LockSelection {
  /** Members of a workspace; empty for the root. */
  readonly packages: readonly string[];
  readonly extras: readonly string[];
  readonly allExtras: boolean;
  /** Groups in addition to the default ones of the tool. */
  readonly groups: readonly string[];
  readonly allGroups: boolean;
  readonly noDev: boolean;
  /** Select all packages in the file, for any target: used by `fetch --all`. */
  readonly everything: boolean;
}

/** The default selection of the tool. */
export const defaultSelection: LockSelection = {
  packages: [],
  extras: [],
  allExtras: false,
  groups: [],
  allGroups: false,
  noDev: false,
  everything: false,
};

/** True if anything beyond the default is selected. */
export function isSelective(selection: LockSelection): boolean {
  const { packages, extras, allExtras, groups, allGroups, noDev } = selection;
  return packages.length + extras.length + groups.length > 0 || allExtras || allGroups || noDev;
}

/**
 * The names in `asked` in normalised form. Throws `LOCK_SELECTION` for a name that the file does not have. `what`
 * is `extra`, `group` or `package`.
 */
export function checkNames(
  asked: readonly string[],
  known: Iterable<string>,
  what: string,
  place: SourceLocation,
): string[] {
  const names = [...new Set(known)].sort();
  return asked.map((text) => {
    const name = canonicalizeName(text);
    if (names.includes(name)) return name;
    const list = names.slice(0, 20).map(printable).join(', ');
    const has =
      names.length === 0 ? `It has no ${what}s.` : `It has: ${list}${names.length > 20 ? ', …' : ''}.`;
    throw new PeepError('LOCK_SELECTION', `'${place.file}' has no ${what} '${printable(text)}'`, {
      place,
      hint: has,
    });
  });
}

/** Throws `LOCK_SELECTION` if `--package` is given and the format has no workspace members. */
export function refusePackages(selection: LockSelection, place: SourceLocation): void {
  if (selection.packages.length === 0) return;
  throw new PeepError('LOCK_SELECTION', `'${place.file}' has no workspace members for --package to name`, {
    place,
    hint: 'Only uv.lock has members. Leave --package out.',
  });
}
