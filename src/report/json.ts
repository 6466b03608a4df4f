import { type Digest, formatDigest } from '../hash/digest.js';
import type { UnmetNeed } from '../install/unmet-needs.js';
import { canonicalizeName } from '../packaging/name.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import type { ArchiveProvenance } from '../prepare/archive-provenance.js';
import type { ChosenArchive, Mismatch, Outcome } from '../prepare/outcome.js';
import type { Pin, RefusedLine } from '../requirements/pin.js';
import type { ErrorCode } from '../text/errors.js';
import { redactUrl } from '../text/redact.js';

export interface JsonReportContext {
  readonly peep: string;
  readonly command: string;
  /** The target's label; null if no target was needed. */
  readonly target: string | null;
  readonly exitCode: number;
  /** Version of the probed interpreter; absent if none was probed. */
  readonly python?: string | undefined;
  /** The directory that was installed into or compared. */
  readonly environment?: string | undefined;
  /** Only for `peep compile`: the resolver. */
  readonly resolver?: string | undefined;
  /** Unmet requirements, if the run checked them. */
  readonly needs?: readonly UnmetNeed[] | undefined;
  /** Only for `sync`. */
  readonly unpinned?: readonly ReportedUnpinned[] | undefined;
}

/** A distribution without a pin, and what `peep sync` does with it. */
export interface ReportedUnpinned {
  readonly name: string;
  readonly version: string;
  readonly action: 'uninstalled' | 'to-uninstall' | 'kept' | 'left';
  readonly reason: string | null;
}

/** An unmet requirement of a pinned distribution. */
export interface ReportedNeed {
  /** The distribution that requires it. */
  readonly name: string;
  readonly need: string;
  /** The installed version, which does not fit. */
  readonly found: string | null;
}

/** An element of `requirements` in the report of contract section 7. */
export interface ReportedRequirement {
  readonly name: string | null;
  readonly version: string | null;
  readonly requirement: string;
  readonly file: string;
  readonly line: number;
  readonly status: Outcome['status'];
  readonly expected: readonly string[];
  readonly archive: ReportedArchive | null;
  /** The digest of the archive that was found instead; of the best one, if several were tried. */
  readonly got: string | null;
  readonly reason: string | null;
  readonly provenance: ReportedProvenance;
}

/** The publisher of the archive, if provenance was requested (P11). */
export interface ReportedProvenance {
  readonly status: 'verified' | 'absent' | 'refused' | 'unchecked';
  /** The publisher as `# attested-by:` records it. */
  readonly publisher: string | null;
  readonly commit: string | null;
  readonly ref: string | null;
  readonly run: string | null;
  /** ISO 8601. */
  readonly logged_at: string | null;
}

export interface ReportedArchive {
  readonly filename: string;
  readonly url: string | null;
  readonly index: string | null;
  readonly size: number | null;
  readonly sha256: string | null;
  readonly source: 'index' | 'find-links' | 'url' | 'store';
}

export interface JsonReport {
  readonly version: 1;
  readonly peep: string;
  readonly command: string;
  readonly target: string | null;
  /** `3.11.7`; null if no interpreter was probed. */
  readonly python: string | null;
  /** The directory that was installed into or compared; null if there was none. */
  readonly environment: string | null;
  readonly exit_code: number;
  /** `uv 0.13.9`: the resolver; only for `compile`. */
  readonly resolver?: string;
  readonly requirements: readonly ReportedRequirement[];
  readonly needs?: readonly ReportedNeed[];
  readonly unpinned?: readonly ReportedUnpinned[];
}

/** The machine-readable report (`--report`), `version: 1`. */
export function jsonReport(outcomes: readonly Outcome[], context: JsonReportContext): JsonReport {
  return {
    version: 1,
    peep: context.peep,
    command: context.command,
    target: context.target,
    python: context.python ?? null,
    environment: context.environment ?? null,
    exit_code: context.exitCode,
    ...(context.resolver !== undefined && { resolver: context.resolver }),
    requirements: outcomes.map(reported),
    ...(context.needs !== undefined && { needs: context.needs.map(reportedNeed) }),
    ...(context.unpinned !== undefined && { unpinned: context.unpinned }),
  };
}

function reportedNeed({ project, need, found }: UnmetNeed): ReportedNeed {
  return { name: project, need, found: found ?? null };
}

function reported(outcome: Outcome): ReportedRequirement {
  if ('line' in outcome) return reportedLine(outcome.status, outcome.line);
  const base = reportedPin(outcome.pin, outcome.status);
  switch (outcome.status) {
    case 'verified':
    case 'installed':
    case 'chosen':
      return {
        ...base,
        archive: reportedArchive(outcome.archive),
        provenance: reportedProvenance(outcome.provenance),
      };
    case 'missing':
      return {
        ...base,
        archive: reportedArchive(outcome.archive),
        got: formatDigest(outcome.got),
        provenance: reportedProvenance(outcome.provenance),
      };
    case 'mismatched': {
      const [first] = outcome.mismatches;
      return {
        ...base,
        archive: reportedArchive({ link: first.link, size: first.link.size, sha256: undefined }),
        got: formatDigest(first.got),
        reason: mismatchReason(outcome.mismatches),
      };
    }
    case 'refused':
      return {
        ...base,
        archive: outcome.archive === undefined ? null : reportedArchive(outcome.archive),
        reason: outcome.error.message,
        provenance: refusedProvenance(outcome.error.code),
      };
    case 'unavailable':
      return { ...base, reason: outcome.error.message };
    case 'satisfied':
      return { ...base, version: outcome.installedVersion };
    case 'skipped':
      return {
        ...base,
        reason:
          outcome.reason ??
          (outcome.pin.marker === undefined
            ? 'the lock file excludes it for the target'
            : `the marker is false for the target: ${outcome.pin.marker}`),
      };
  }
}

function mismatchReason(mismatches: readonly Mismatch[]): string {
  const each = mismatches.map(({ link, got }) => `${link.filename} hashes to ${formatDigest(got)}`);
  return `no pinned digest matches: ${each.join('; ')}`;
}

function reportedLine(status: 'malformed' | 'refused' | 'skipped', line: RefusedLine): ReportedRequirement {
  return {
    name: line.name === undefined ? null : canonicalizeName(line.name),
    version: line.version ?? null,
    requirement: line.requirement,
    file: line.place.file,
    line: line.place.line,
    status,
    expected: [],
    archive: null,
    got: null,
    reason:
      status === 'skipped' ? `the marker is false for the target: ${line.marker ?? ''}` : line.error.message,
    provenance: unchecked,
  };
}

/** Keys are in the order of contract section 7. */
function reportedPin(pin: Pin, status: Outcome['status']): ReportedRequirement {
  const { source } = pin;
  return {
    name: source.project ?? null,
    version: source.version ?? null,
    requirement: pin.requirement,
    file: pin.place.file,
    line: pin.place.line,
    status,
    expected: pin.hashed ? texts(pin.digests) : [],
    archive: null,
    got: null,
    reason: null,
    provenance: unchecked,
  };
}

const unchecked: ReportedProvenance = {
  ...{ status: 'unchecked', publisher: null, commit: null, ref: null, run: null, logged_at: null },
};

function reportedProvenance(provenance: ArchiveProvenance | undefined): ReportedProvenance {
  if (provenance === undefined) return unchecked;
  if (provenance.status === 'absent') return { ...unchecked, status: 'absent' };
  const [{ publisher, commit, ref, run, loggedAt }] = provenance.attestations;
  return {
    ...{ status: 'verified', publisher: formatPublisher(publisher) },
    ...{ commit: commit ?? null, ref: ref ?? null, run: run ?? null, logged_at: loggedAt },
  };
}

function refusedProvenance(code: ErrorCode): ReportedProvenance {
  if (code === 'PROVENANCE_MISSING') return { ...unchecked, status: 'absent' };
  const refused = code === 'PROVENANCE_REFUSED' || code === 'PUBLISHER_CHANGED';
  return refused ? { ...unchecked, status: 'refused' } : unchecked;
}

function reportedArchive({ link, size, sha256 }: ChosenArchive): ReportedArchive {
  return {
    filename: link.filename,
    url: link.source === 'store' ? null : redactUrl(link.url),
    index: link.index === undefined ? null : redactUrl(link.index),
    size: size ?? link.size ?? null,
    sha256: sha256 ?? link.advertised.find((digest) => digest.algorithm === 'sha256')?.hex ?? null,
    source: link.source === 'registry' ? 'store' : link.source,
  };
}

function texts(digests: readonly Digest[]): string[] {
  return digests.map(formatDigest);
}
