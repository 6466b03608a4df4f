import type { ProjectName } from '../packaging/types.js';

/** A requirement that the inputs ask for. */
export interface Wish {
  readonly project: ProjectName;
  /** Normalised. */
  readonly extras: readonly string[];
  /** Single specifiers joined by commas; '' for any version, and where an archive is named. */
  readonly specifier: string;
  /** http, https or file URL of an archive; with its credentials (P7). */
  readonly url: string | undefined;
  readonly marker: string | undefined;
  /** For `# via`: `-r requirements.in`, or `NAME (pyproject.toml)`. */
  readonly from: string;
}

/** A constraint on what may be chosen: `-c`, or a pin that should stay. */
export interface Limit {
  readonly project: ProjectName;
  readonly specifier: string;
  readonly marker: string | undefined;
}

/** A version that a resolver chose: its word, and no more. */
export interface Choice {
  readonly project: ProjectName;
  /** Undefined where an archive is named. */
  readonly version: string | undefined;
  readonly url: string | undefined;
  /** Of a choice that holds for every platform. */
  readonly marker: string | undefined;
}

/** What a resolver is asked. */
export interface Question {
  readonly wishes: readonly Wish[];
  readonly limits: readonly Limit[];
  /** Versions that should stay where they can. */
  readonly preferred: readonly Limit[];
  /** Choose for every platform, from this Python on; else for the interpreter. */
  readonly universal: readonly [major: number, minor: number] | undefined;
  /** May the resolver build source archives, which runs their code? */
  readonly allowBuilds: boolean;
  /** Upload times after this one do not count; ISO 8601. */
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

/** Where the files of a run lie: a private directory (P7). */
export interface ResolverFiles {
  readonly root: string;
  readonly requirements: string;
  readonly constraints: string;
  /** What the resolver writes: lines of uv, the report of pip. Of uv, also what it prefers. */
  readonly output: string;
  readonly cache: string;
  readonly temp: string;
}
