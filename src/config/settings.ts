import type { IndexBinding } from './index-bindings.js';
import type { MissingStatuses } from './missing-status.js';

/** The resolved index settings, from requirements files, command line, environment and pip.conf. */
export interface IndexSettings {
  /** Index URLs in order, each ending in `/`; empty after `--no-index`. */
  readonly indexUrls: readonly string[];
  /** Find-links: URLs of pages and files, or absolute paths of directories and HTML files. */
  readonly findLinks: readonly string[];
  /** Projects that are only fetched from certain indexes. */
  readonly bindings?: readonly IndexBinding[];
  /** By index: statuses that, like 404, mean the project is not there. */
  readonly missingStatuses?: MissingStatuses;
  /** True if the user named the indexes: they replace the URLs and indexes in lock files. */
  readonly relocate?: boolean;
  readonly formatControl: FormatControl;
  readonly preferBinary: boolean;
  readonly allowPrereleases: boolean;
  /** `host` or `host:port`. */
  readonly trustedHosts: readonly string[];
}

/** pip's `--no-binary` and `--only-binary`: normalised project names, or `:all:`. */
export interface FormatControl {
  readonly noBinary: ReadonlySet<string>;
  readonly onlyBinary: ReadonlySet<string>;
}

export interface NetworkSettings {
  /** Transfers at once. */
  readonly jobs: number;
  /** Idle seconds. */
  readonly timeout: number;
  readonly retries: number;
  readonly proxy: string | undefined;
  /** PEM bundle of certificate authorities. */
  readonly cert: string | undefined;
  /** PEM with certificate and key. */
  readonly clientCert: string | undefined;
  readonly trustedHosts: readonly string[];
  readonly keyringProvider: 'disabled' | 'auto' | 'import' | 'subprocess';
  readonly offline: boolean;
}
