import { projectName } from '../packaging/name.js';
import type { ProjectName } from '../packaging/types.js';
import { sameVersion } from '../packaging/version.js';
import { takesVersion } from '../prepare/installed-version.js';
import type { Outcome } from '../prepare/outcome.js';
import type { Pin, RequirementEntry } from '../requirements/pin.js';
import type { InstalledDistribution } from '../target/target.js';
import { redactUrl } from '../text/redact.js';
import type { Difference } from './difference.js';

/** Installers, which most environments have without a pin (contract section 8). */
export const tools: ReadonlySet<string> = new Set(['pip', 'setuptools', 'wheel']);

export interface PinnedProject {
  readonly pin: Pin;
  /**
   * Version of the verified wheel, which may have a local part that the pin does not have; undefined for other
   * pins.
   */
  readonly wheelVersion: string | undefined;
}

/** The pins by project; undefined for a project that a refused line names. */
export type Pins = ReadonlyMap<ProjectName, PinnedProject | undefined>;

/** The projects that pins of this target name. For an archive at a URL, only its contents may have the name. */
export function pinnedProjects(entries: readonly RequirementEntry[], outcomes: readonly Outcome[]): Pins {
  const pins = new Map<ProjectName, PinnedProject | undefined>();
  for (const outcome of outcomes) {
    if (!('pin' in outcome) || outcome.status === 'skipped') continue;
    const { pin } = outcome;
    const inspection = 'inspection' in outcome ? outcome.inspection : undefined;
    const project = pin.source.project ?? inspection?.project;
    const wheelVersion = inspection?.kind === 'wheel' ? inspection.version : undefined;
    if (project !== undefined) pins.set(project, { pin, wheelVersion });
  }
  // A refused line may name a project: do not also report that project as unpinned.
  for (const entry of entries) {
    if (entry.kind !== 'refused') continue;
    const project = projectName(/^[A-Za-z0-9._-]+/.exec(entry.line.requirement)?.[0] ?? '');
    if (project !== undefined) pins.set(project, undefined);
  }
  return pins;
}

/**
 * True if the installed version is not that of the pinned wheel or, without a wheel, not one that the pin accepts
 * (PEP 440).
 */
export function isOtherVersion(
  { version }: InstalledDistribution,
  pinned: PinnedProject | undefined,
): boolean {
  if (pinned === undefined) return false;
  const { pin, wheelVersion } = pinned;
  if (wheelVersion !== undefined) return !sameVersion(version, wheelVersion);
  return pin.source.kind === 'version' && !takesVersion(pin.source, version);
}

export interface DistributionFacts {
  readonly pins: Pins;
  /** The distributions that Python finds, those of the environment itself first. */
  readonly installed: ReadonlyMap<ProjectName, InstalledDistribution>;
  /** True for a distribution in the environment itself. */
  isOwn(distribution: InstalledDistribution): boolean;
  readonly allowEditable: boolean;
}

export function distributionDifferences({
  pins,
  installed,
  isOwn,
  allowEditable,
}: DistributionFacts): Difference[] {
  const differences: Difference[] = [];
  const add = (
    change: Difference['change'],
    project: ProjectName,
    reason: string | null,
    path: string | null = null,
  ) => differences.push({ change, project, path, reason });
  for (const [project, pinned] of pins) {
    const found = installed.get(project);
    if (pinned === undefined) continue;
    const { pin, wheelVersion } = pinned;
    if (found === undefined || !found.hasRecord) add('not-installed', project, pin.requirement);
    else {
      if (isOtherVersion(found, pinned)) {
        const wanted = wheelVersion ?? (pin.source.kind === 'version' ? pin.source.version : pin.requirement);
        add('version', project, `${found.version} is installed, ${wanted} is pinned`);
      }
      const source = otherSource(found.directUrl);
      if (source !== undefined && !(allowEditable && source.isEditable))
        add('other-source', project, source.text);
    }
  }
  for (const distribution of installed.values()) {
    if (!isOwn(distribution)) continue;
    const { project, version, directUrl } = distribution;
    for (const path of leftoverDirectories(distribution))
      add('leftovers', project, 'metadata left behind by another install', path);
    if (pins.has(project) || tools.has(project) || !distribution.hasRecord) continue;
    if (!(allowEditable && otherSource(directUrl)?.isEditable === true)) add('unpinned', project, version);
  }
  return differences;
}

/**
 * Metadata directories that are not an installed distribution: additional ones of a project, and ones without
 * RECORD.
 */
export function leftoverDirectories({
  duplicates,
  hasRecord,
  metadataPath,
}: InstalledDistribution): readonly string[] {
  return hasRecord ? duplicates : [metadataPath, ...duplicates];
}

/** The source of an installed distribution, if it was a directory or a repository (PEP 610). */
export interface SourceUrl {
  readonly kind: 'directory' | 'repository';
  readonly url: string;
  readonly isEditable: boolean;
}

/** Undefined for an archive or an index; `unreadable` for an invalid `direct_url.json`. */
export function sourceUrl(
  directUrl: string | undefined,
): SourceUrl | { readonly kind: 'unreadable' } | undefined {
  if (directUrl === undefined) return undefined;
  try {
    const {
      url,
      dir_info: directory,
      vcs_info: repository,
    } = JSON.parse(directUrl) as {
      readonly url?: unknown;
      readonly dir_info?: { readonly editable?: unknown };
      readonly vcs_info?: unknown;
    };
    if (directory === undefined && repository === undefined) return undefined;
    return {
      kind: repository === undefined ? 'directory' : 'repository',
      url: String(url),
      isEditable: repository === undefined && directory?.editable === true,
    };
  } catch {
    return { kind: 'unreadable' };
  }
}

/** An editable install, a directory or a repository. An archive is compared by its files, whatever its URL. */
export function otherSource(
  directUrl: string | undefined,
): { readonly text: string; readonly isEditable: boolean } | undefined {
  const source = sourceUrl(directUrl);
  if (source === undefined) return undefined;
  if (source.kind === 'unreadable') return { text: 'its direct_url.json cannot be read', isEditable: false };
  const { url, isEditable } = source;
  const kind = source.kind === 'repository' ? 'a repository' : isEditable ? 'editable' : 'a directory';
  return { text: `${kind}: ${redactUrl(url)}`, isEditable };
}
