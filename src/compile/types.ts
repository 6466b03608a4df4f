import type { ProjectName } from '../packaging/types.js';

/** A requirement that the inputs ask for. */
export interface Wish {
  readonly project: ProjectName;
  /** Normalised. */
  readonly extras: readonly string[];
  /** Single specifiers joined by commas; empty if any version will do, or if `url` is set. */
  readonly specifier: string;
  /** http, https or file URL of an archive; with its credentials (P7). */
  readonly url: string | undefined;
  readonly marker: string | undefined;
  /** For `# via`: `-r requirements.in`, or `NAME (pyproject.toml)`. */
  readonly from: string;
}

/** A constraint on the choice: from `-c`, or a pin that should stay. */
export interface Limit {
  readonly project: ProjectName;
  readonly specifier: string;
  readonly marker: string | undefined;
}

/** A version that a resolver chose; unverified. */
export interface Choice {
  readonly project: ProjectName;
  /** Undefined if a URL is named. */
  readonly version: string | undefined;
  readonly url: string | undefined;
  /** The marker of a choice; set if versions are chosen for every platform. */
  readonly marker: string | undefined;
}

/** The input of a resolver. */
export interface Question {
  readonly wishes: readonly Wish[];
  readonly limits: readonly Limit[];
  /** Versions that should stay if possible. */
  readonly preferred: readonly Limit[];
  /** Choose for every platform, from this Python version on; otherwise for the interpreter. */
  readonly universal: readonly [major: number, minor: number] | undefined;
  /** True if the resolver may build source archives, which runs their code. */
  readonly allowBuilds: boolean;
  /** Ignore archives uploaded after this time; ISO 8601. */
  readonly uploadedBefore: string | undefined;
}

/** The arguments, variables and files of one run of a resolver. */
export interface ResolverRun {
  readonly program: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Resolver {
  readonly name: 'uv' | 'pip';
  readonly version: string;
}

/** Paths of the files of a run, in a private directory (P7). */
export interface ResolverFiles {
  readonly root: string;
  readonly requirements: string;
  readonly constraints: string;
  /**
   * The output of the resolver: requirement lines of uv, or the report of pip. uv also reads the versions to prefer
   * from this file.
   */
  readonly output: string;
  /** An empty file that replaces the user's netrc: see resolver-logins.ts. */
  readonly netrc: string;
  readonly cache: string;
  readonly temp: string;
}
