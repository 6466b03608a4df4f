import type { Digest } from '../../hash/digest.js';
import type { PeepError, SourceLocation } from '../../text/errors.js';
import type { FileForm } from '../lock/recognise.js';
import type { HashComment, PublisherComment } from './lines.js';
import type { ParsedOption } from './options.js';

/** One line of the files, split into what it says; in file order. */
export type RequirementsLine =
  | RequirementLine
  | EditableLine
  | OptionsLine
  | IncludeLine
  | BadLine
  | LockLine;

interface LineBase {
  readonly place: SourceLocation;
  /** It stands in a constraints file. */
  readonly constraint: boolean;
}

/** A line that asks for something. */
export interface RequirementLine extends LineBase {
  readonly kind: 'requirement';
  /** The requirement's text with variables filled in, as pip sees it. */
  readonly text: string;
  /** The same before variables were filled in. */
  readonly written: string;
  readonly hashes: readonly WrittenHash[];
  /** `KEY=VALUE` texts. */
  readonly configSettings: readonly string[];
  readonly hashComments: readonly HashComment[];
  readonly publisherComments: readonly PublisherComment[];
  /** Makes an error about the line fit to be shown (P7). */
  readonly clean: (error: PeepError) => PeepError;
}

/** A `--hash` as it was written, and what it means. */
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
  /** Of the file, absolute. */
  readonly location: string;
  /** The value of its `--find-links` is a place beside the file: it means something else elsewhere. */
  readonly besideFile: boolean;
}

/** `-r` or `-c`; the lines of that file follow. */
export interface IncludeLine extends LineBase {
  readonly kind: 'include';
  /** The whole line as written. */
  readonly text: string;
  /** `-c`. */
  readonly asConstraint: boolean;
  /** With variables filled in. */
  readonly target: string;
  /** Of the file that includes it, absolute. */
  readonly location: string;
}

/** A line that cannot be understood. */
export interface BadLine extends LineBase {
  readonly kind: 'bad';
  readonly text: string;
  readonly error: PeepError;
}

/** A whole file that holds no lines of requirements: a lock file, or something else. */
export interface LockLine extends LineBase {
  readonly kind: 'lock';
  readonly location: string;
  readonly bytes: Uint8Array;
  readonly form: FileForm;
  /** Of `pylock.toml[extra]`, as pip has it. */
  readonly extras: readonly string[];
  /** The pyproject.toml beside it, where there is one: it names the groups that uv and pdm take. */
  readonly project: Uint8Array | undefined;
}
