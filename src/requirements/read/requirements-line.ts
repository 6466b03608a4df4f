import type { Digest } from '../../hash/digest.js';
import type { LineOption } from '../../packaging/line-option.js';
import type { PeepError, SourceLocation } from '../../text/errors.js';
import type { FileForm } from '../lock/recognise.js';
import type { HashComment, PublisherComment } from './lines.js';
import type { ParsedOption } from './options.js';

/** One line of the files, parsed into its parts; in file order. */
export type RequirementsLine =
  | RequirementLine
  | EditableLine
  | OptionsLine
  | IncludeLine
  | BadLine
  | LockLine;

interface LineBase {
  readonly place: SourceLocation;
  /** The line is in a constraints file. */
  readonly constraint: boolean;
}

/** A line with a requirement. */
export interface RequirementLine extends LineBase {
  readonly kind: 'requirement';
  /** The requirement's text with variables expanded, as pip sees it. */
  readonly text: string;
  /** The text before variables are expanded. */
  readonly written: string;
  readonly hashes: readonly WrittenHash[];
  /** Each as `--config-settings=KEY=VALUE`. */
  readonly configSettings: readonly LineOption[];
  readonly hashComments: readonly HashComment[];
  readonly publisherComments: readonly PublisherComment[];
  /** Masks secrets in an error about the line (P7). */
  readonly clean: (error: PeepError) => PeepError;
}

/** A `--hash` option as written, and its digest. */
export interface WrittenHash {
  readonly value: string;
  readonly digest: Digest;
}

export interface EditableLine extends LineBase {
  readonly kind: 'editable';
  /** The whole line as written. */
  readonly text: string;
}

/** Options that apply to the whole run. */
export interface OptionsLine extends LineBase {
  readonly kind: 'options';
  /** The whole line as written. */
  readonly text: string;
  readonly options: readonly ParsedOption[];
  /** Absolute path of the file. */
  readonly location: string;
  /** The value of its `--find-links` is a path relative to the file, so it has another meaning elsewhere. */
  readonly besideFile: boolean;
}

/** `-r` or `-c`; the lines of that file follow. */
export interface IncludeLine extends LineBase {
  readonly kind: 'include';
  /** The whole line as written. */
  readonly text: string;
  /** `-c`. */
  readonly asConstraint: boolean;
  /** The name with variables expanded. */
  readonly target: string;
  /** Absolute path of the including file. */
  readonly location: string;
}

/** A line that cannot be parsed. */
export interface BadLine extends LineBase {
  readonly kind: 'bad';
  readonly text: string;
  readonly error: PeepError;
}

/** A file without requirement lines: a lock file, or something else. */
export interface LockLine extends LineBase {
  readonly kind: 'lock';
  readonly location: string;
  readonly bytes: Uint8Array;
  readonly form: FileForm;
  /** Extras of `pylock.toml[extra]`, as in pip. */
  readonly extras: readonly string[];
  /** The pyproject.toml in the same directory, if there is one: it names the default groups of uv and pdm. */
  readonly project: Uint8Array | undefined;
}
