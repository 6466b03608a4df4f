import { readdirSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import type { Inspection } from '../archive/inspection.js';
import { wheelFiles } from '../archive/wheel/files.js';
import type { VerifiedArchive } from '../hash/verification.js';
import { canonicalizeName } from '../packaging/name.js';
import type { ProjectName } from '../packaging/types.js';
import { collectOutcomes } from '../prepare/collect.js';
import type { ChosenArchive, Outcome } from '../prepare/outcome.js';
import type { PreparePorts, Preparer } from '../prepare/ports.js';
import type { Pin, RequirementEntry } from '../requirements/pin.js';
import { readInstalled } from '../target/installed.js';
import type { InstalledDistribution } from '../target/target.js';
import { addedFiles, type ComparedDistribution } from './added-files.js';
import type { Difference, VerifyNote } from './difference.js';
import { walk, withInstalledFile } from './disk.js';
import {
  distributionDifferences,
  isOtherVersion,
  leftoverDirectories,
  otherSource,
  type PinnedProject,
  pinnedProjects,
  tools,
} from './distributions.js';
import { compareToolScripts, isEnvironmentScript, isToolScript } from './environment-scripts.js';
import { compiledFrom, expectedFiles } from './expected.js';
import { compareWithOwnRecord } from './own-record.js';
import { claimedFiles } from './record.js';
import { recordDifferences } from './record-rows.js';
import { isBelow, type Subject, withinRoot } from './subject.js';
import { type ComparedWheel, compareWheel, isUncheckedCompiled, pythonCheck } from './wheel.js';

/** The dependencies of a comparison: access to verified archives, and their inspection. */
export interface VerifyPorts {
  /** The requirements for the target, in file order. */
  readonly entries: readonly RequirementEntry[];
  readonly platform: NodeJS.Platform;
  preparer(use: PreparePorts['use']): Preparer;
  /** Inspects a verified archive; throws `ARCHIVE_REFUSED`. */
  inspect(archive: VerifiedArchive, pin: Pin): Promise<Inspection>;
  /** Stores a verified and inspected archive. */
  store(archive: VerifiedArchive, chosen: ChosenArchive): Promise<void>;
  abort(reason: unknown): void;
}

export interface VerifyOptions {
  /** Under `--strict`, a distribution that is only compared with its installed RECORD is a difference. */
  readonly strict: boolean;
  /** Report editable installs, but not as differences. */
  readonly allowEditable: boolean;
}

/** The result of one comparison. */
export interface VerifyResult {
  readonly outcomes: readonly Outcome[];
  readonly differences: readonly Difference[];
  readonly notes: readonly VerifyNote[];
  readonly installed: ReadonlyMap<ProjectName, InstalledDistribution>;
  /** Distributions whose files were all compared, and the number of these files. */
  readonly proven: ReadonlyMap<ProjectName, ComparedWheel>;
  readonly files: number;
}

/** Files that tools may put at the top of site-packages, besides their metadata. */
const toolTops =
  /^(?:pip|setuptools|pkg_resources|_distutils_hack|distutils-precedence\.pth|wheel|easy_install\.py|__pycache__)$/;

/**
 * Compares an environment with its pins (contract section 8). Facts come from verified wheels if possible, not from
 * the environment's Python or from lists in the environment.
 */
export async function verifyEnvironment(
  subject: Subject,
  options: VerifyOptions,
  { entries, platform, preparer, inspect, store, abort }: VerifyPorts,
): Promise<VerifyResult> {
  const { interpreter, sites, others, root, scripts } = subject;
  const { target } = interpreter;
  const [pythonMajor, pythonMinor] = target.pythonVersion;
  const installed = await readInstalled([...sites, ...others]);
  const isOwn = ({ metadataPath }: InstalledDistribution) =>
    sites.some((site) => isBelow(metadataPath, site));
  const isPython = pythonCheck(interpreter.executable);
  const compared = new Map<ProjectName, ComparedWheel>();
  const built = new Set<ProjectName>();

  async function compare(
    archive: VerifiedArchive,
    project: ProjectName,
    pinned: PinnedProject,
  ): Promise<void> {
    const distribution = installed.get(project);
    if (distribution === undefined || compared.has(project)) return;
    if (!distribution.hasRecord || isOtherVersion(distribution, pinned)) return;
    const scheme = subject.schemeOf(dirname(distribution.metadataPath));
    if (scheme === undefined) return;
    const wheel = await wheelFiles(archive);
    const headerNames = headerSpellings(project, wheel.stem.split('-')[0] ?? '', scheme.headers);
    const model = { scheme, platform, pythonVersion: target.pythonVersion, headerNames };
    compared.set(project, await compareWheel(expectedFiles(wheel, model), { project, isPython }));
  }

  const comparing = preparer(async (archive, pin, chosen) => {
    const inspection = await inspect(archive, pin);
    await store(archive, chosen);
    const project = pin.source.project ?? inspection.project;
    if (project === undefined) return inspection;
    if (inspection.kind === 'wheel')
      await compare(archive, project, { pin, wheelVersion: inspection.version });
    else built.add(project);
    return inspection;
  });
  const outcomes = await collectOutcomes(entries, target, {
    preparer: comparing,
    installed: () => undefined,
    abort,
  });

  const pins = pinnedProjects(entries, outcomes);
  const isWithin = withinRoot(root);
  const notes: VerifyNote[] = [];
  const own = [...installed.values()].filter(isOwn);
  const weak: (readonly Difference[])[] = [];
  const distributions: ComparedDistribution[] = [];
  for (const distribution of own) {
    const { project, metadataPath } = distribution;
    if (!distribution.hasRecord) continue;
    const isTool = tools.has(project) && !pins.has(project);
    const isBuilt = built.has(project) && !isOtherVersion(distribution, pins.get(project));
    const wheel = compared.get(project);
    const rows = claimedFiles(metadataPath, subject.targetOf(dirname(metadataPath)));
    const toolScripts = isTool ? rows.filter(({ path }) => isToolScript(path, scripts)) : [];
    const claims = rows.filter(
      ({ path }) => isWithin(path) && (!isTool || isToolFile(path, dirname(metadataPath))),
    );
    const source = otherSource(distribution.directUrl);
    if (wheel !== undefined) {
      const facts = { project, metadataPath, wheel, pythonMajor, otherSource: source !== undefined };
      weak.push(await recordDifferences({ ...facts, claims: rows }));
    } else if (isTool || isBuilt) weak.push(await compareWithOwnRecord(project, claims, isWithin));
    weak.push(await compareToolScripts(project, metadataPath, toolScripts, isPython));
    if (isTool) notes.push({ project, reason: 'no pin names it; compared with its own RECORD' });
    if (isBuilt) {
      notes.push({
        project,
        reason: 'built from a source archive; compared with its own RECORD alone, a weaker proof',
      });
      if (options.strict) weak.push([{ change: 'unproven', project, path: null, reason: null }]);
    }
    const allowed = options.allowEditable && source?.isEditable === true;
    if (allowed) notes.push({ project, reason: `${source.text}; its files are not compared` });
    distributions.push({
      ...{ project, metadataPath, proven: wheel !== undefined, allowed },
      claims: [...claims, ...toolScripts].map(({ path }) => path),
    });
  }
  notes.push(...notesOfOthers(installed, isOwn, pins), ...linkNotes(compared));

  const owned = new Set([...compared.values()].flatMap((each) => [...each.owned]));
  const claimedElsewhere = distributions
    .filter(({ proven }) => proven)
    .flatMap(({ claims, project }) =>
      claims
        .filter((path) => !owned.has(path) && !sites.some((site) => path.startsWith(site + sep)))
        .filter((path) => withInstalledFile(path, () => true) === true && !/\.py[co]$/.test(path))
        .map((path) => ({ path, project })),
    );
  const found = await walk(scripts === undefined ? sites : [...sites, scripts]);
  // PEP 552: before Python 3.7, each byte-compiled file is checked against its source.
  const hasUnchecked = pythonMajor === 3 && pythonMinor >= 7;
  const unchecked = [...found.keys()].filter((path) => {
    const source = compiledFrom(path, pythonMajor);
    return hasUnchecked && source !== undefined && owned.has(source) && isUncheckedCompiled(path);
  });
  const added = addedFiles({
    ...{ sites, found, owned, distributions, claimedElsewhere, pythonMajor },
    leftovers: own.flatMap(leftoverDirectories),
    isEnvironmentScript: (path, isFile) => isEnvironmentScript(path, isFile, isPython),
  });
  return {
    outcomes,
    differences: [
      ...distributionDifferences({ pins, installed, isOwn, allowEditable: options.allowEditable }),
      ...[
        ...fileDifferences(compared, notes),
        ...weak.flat(),
        ...added.differences,
        ...unchecked.map((path) => ({
          ...({ change: 'added', project: null, path } as const),
          reason: 'Python runs it without comparing it to its source',
        })),
      ].sort((a, b) => ((a.path ?? '') < (b.path ?? '') ? -1 : 1)),
    ],
    notes: [...notes, ...added.notes].sort((a, b) => ((a.project ?? '') < (b.project ?? '') ? -1 : 1)),
    installed,
    proven: compared,
    files: [...compared.values()].reduce((sum, { count }) => sum + count, 0),
  };
}

/** Installers have no pin; accept only paths that belong to them. */
function isToolFile(path: string, site: string): boolean {
  if (!path.startsWith(site + sep)) return false;
  const [first = '', second = ''] = path.slice(site.length + 1).split(sep);
  if (/^(?:pip|setuptools|wheel)-[^-]+\.(?:dist|egg)-info$/.test(first)) return true;
  return toolTops.test(first) && (first !== '__pycache__' || second.startsWith('easy_install.'));
}

/**
 * If two wheels have the same path, the file may be from either, because the later install overwrites it
 * (pip#4625).
 */
function fileDifferences(
  compared: ReadonlyMap<ProjectName, ComparedWheel>,
  notes: VerifyNote[],
): readonly Difference[] {
  const all = [...compared];
  return all.flatMap(([project, { differences }]) =>
    differences.filter(({ path }) => {
      const other = all.find(([name, wheel]) => name !== project && wheel.matched.has(path ?? ''));
      if (other === undefined) return true;
      notes.push({ project, reason: `'${path}' is the file of ${other[0]}, whose wheel also installs it` });
      return false;
    }),
  );
}

function linkNotes(compared: ReadonlyMap<ProjectName, ComparedWheel>): VerifyNote[] {
  return [...compared].flatMap(([project, { links }]) =>
    links === 0
      ? []
      : [
          {
            project,
            reason: `${links} files are links to files elsewhere with the same bytes; a change of those files changes the environment`,
          },
        ],
  );
}

function notesOfOthers(
  installed: ReadonlyMap<ProjectName, InstalledDistribution>,
  isOwn: (distribution: InstalledDistribution) => boolean,
  pins: ReadonlyMap<ProjectName, unknown>,
): VerifyNote[] {
  const notes: VerifyNote[] = [];
  const counts = new Map<string, number>();
  for (const distribution of installed.values()) {
    if (isOwn(distribution)) continue;
    const site = dirname(distribution.metadataPath);
    if (pins.has(distribution.project))
      notes.push({
        project: distribution.project,
        reason: `taken from '${site}', outside of this environment`,
      });
    else counts.set(site, (counts.get(site) ?? 0) + 1);
  }
  for (const [site, count] of counts)
    notes.push({
      project: null,
      reason: `${count} distributions of '${site}' are visible here but not compared`,
    });
  return notes;
}

/** pip names the header directory of a project as the requirement spells it. */
function headerSpellings(project: ProjectName, name: string, roots: readonly string[]): string[] {
  const found = roots.flatMap((root) => {
    try {
      return readdirSync(root).filter((entry) => canonicalizeName(entry) === project);
    } catch {
      return [];
    }
  });
  return [...new Set([name, project, ...found])];
}
