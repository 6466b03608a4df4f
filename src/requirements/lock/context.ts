import type { SourceLocation } from '../../text/errors.js';
import type { Fields } from '../../text/objects.js';
import type { LockSelection } from './selection.js';

/** The inputs of lock file readers, besides the parsed document. */
export interface LockContext {
  /** The file, line 1. */
  readonly place: SourceLocation;
  readonly location: string;
  readonly selection: LockSelection;
  /** The pyproject.toml beside the lock file, if there is one. */
  readonly project: Fields | undefined;
}
