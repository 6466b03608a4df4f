import { basename, dirname, sep } from 'node:path';
import type { Inspection } from '../archive/inspect.js';
import { wheelFiles } from '../archive/wheel/files.js';
import type { VerifiedArchive } from '../hash/verification.js';
import type { ProjectName } from '../packaging/types.js';
import { sameVersion } from '../packaging/version.js';
import { collectOutcomes } from '../prepare/collect.js';
import type { ChosenArchive, Outcome } from '../prepare/outcome.js';
import type { PreparePorts, Preparer } from '../prepare/ports.js';
import type { Pin, RequirementEntry } from '../requirements/pin.js';
import { readInstalled } from '../target/installed.js';
import type { InstalledDistribution, Interpreter } from '../target/target.js';
import { redactUrl } from '../text/redact.js';
import { addedFiles, type ComparedDistribution } from './added-files.js';
import type { Difference, VerifyNote } from './difference.js';
import { walk, withInstalledFile } from './disk.js';
import { compiledFrom, expectedFiles } from './expected.js';
import { claimedFiles } from './record.js';
import { schemeOf } from './scheme.js';
import { type ComparedWheel, compareWheel, isUncheckedCompiled } from './wheel.js';

/** What a proof works with: where verified archives come from, and who looks into them. */
export interface VerifyPorts {
  /** The requirements for the target, in file order. */
  readonly entries: readonly RequirementEntry[];
  readonly platform: NodeJS.Platform;
  preparer(use: PreparePorts['use']): Preparer;
  /** Looks into a verified archive; throws `ARCHIVE_REFUSED`. */
  inspect(archive: VerifiedArchive, pin: Pin): Promise<Inspection>;
  /** Stores an archive that verified and was looked into. */
  store(archive: VerifiedArchive, chosen: ChosenArchive): Promise<void>;
  abort(reason: unknown): void;
}

/** What one look at an environment found. */
export interface VerifyResult {
  readonly outcomes: readonly Outcome[];
  readonly differences: readonly Difference[];
  readonly notes: readonly VerifyNote[];
  /** Distributions of which every file was compared, and how many files were there. */
  readonly proven: number;
  readonly files: number;
}

type Installed = ReadonlyMap<ProjectName, InstalledDistribution>;

/** What installs others, and is there without a pin in most environments (contract section 8). */
const tools: ReadonlySet<string> = new Set(['pip', 'setuptools', 'wheel']);
/** What these may have at the top of site-packages, besides their metadata. */
const toolTops = /^(?:pip|setuptools|pkg_resources|_distutils_hack|distutils-precedence\.pth|wheel)$/;

/** Compares what lies in the environment of `interpreter` with what the pins stand for (contract section 8). */
export async function verifyEnvironment(
  interpreter: Interpreter,
  { entries, platform, preparer, inspect, store, abort }: VerifyPorts,
): Promise<VerifyResult> {
  const { target, sitePaths, executable } = interpreter;
  const sites = sitePaths.filter((path) => /^(?:site|dist)-packages$/i.test(basename(path)));
  const installed = await readInstalled(sites);
  const compared = new Map<ProjectName, ComparedWheel>();
  const notes: VerifyNote[] = [];

  async function compare(archive: VerifiedArchive, project: ProjectName): Promise<void> {
    const distribution = installed.get(project);
    if (distribution === undefined || compared.has(project)) return;
    const scheme = schemeOf(dirname(distribution.metadataPath), platform);
    if (scheme === undefined) return;
    const files = expectedFiles(await wheelFiles(archive), scheme, platform);
    const pythonDirectories = [scheme.scripts, dirname(executable)];
    compared.set(project, await compareWheel(files, { project, pythonDirectories }));
  }

  const comparing = preparer(async (archive, pin, chosen) => {
    const inspection = await inspect(archive, pin);
    await store(archive, chosen);
    const project = pin.source.project ?? inspection.project;
    if (project === undefined) return inspection;
    if (inspection.kind === 'wheel') await compare(archive, project);
    else notes.push({ project, reason: 'built from a source archive: its files cannot be proven from it' });
    return inspection;
  });
  const outcomes = await collectOutcomes(entries, target, {
    preparer: comparing,
    installed: () => undefined,
    abort,
  });

  const pins = pinnedProjects(entries, outcomes);
  const distributions = [...installed.values()].map((each) => described(each, compared));
  const owned = new Set([...compared.values()].flatMap((each) => [...each.owned]));
  const claimedElsewhere = distributions
    .filter(({ proven }) => proven)
    .flatMap(({ claims, project }) =>
      claims
        .filter((path) => !owned.has(path) && !sites.some((site) => path.startsWith(site + sep)))
        .filter((path) => withInstalledFile(path, () => true) === true && !/\.pyc$/.test(path))
        .map((path) => ({ path, project })),
    );
  const found = await walk(sites);
  const unchecked = [...found.keys()].filter((path) => {
    const source = compiledFrom(path);
    return source !== undefined && owned.has(source) && isUncheckedCompiled(path);
  });
  for (const project of installed.keys()) {
    if (tools.has(project) && !pins.has(project)) notes.push({ project, reason: 'no pin names it' });
  }
  return {
    outcomes,
    differences: [
      ...distributionDifferences(pins, installed),
      ...[
        ...[...compared.values()].flatMap(({ differences }) => differences),
        ...addedFiles({ sites, found, owned, distributions, claimedElsewhere }),
        ...unchecked.map((path) => ({
          ...({ change: 'added', project: null, path } as const),
          reason: 'it runs whatever its source says',
        })),
      ].sort((a, b) => ((a.path ?? '') < (b.path ?? '') ? -1 : 1)),
    ],
    notes: notes.sort((a, b) => (a.project < b.project ? -1 : 1)),
    proven: compared.size,
    files: [...compared.values()].reduce((sum, { count }) => sum + count, 0),
  };
}

/** The projects that pins of this target name. An archive at a URL may say its name only inside. */
function pinnedProjects(
  entries: readonly RequirementEntry[],
  outcomes: readonly Outcome[],
): ReadonlyMap<ProjectName, Pin | undefined> {
  const pins = new Map<ProjectName, Pin | undefined>();
  for (const outcome of outcomes) {
    if (!('pin' in outcome) || outcome.status === 'skipped') continue;
    const project =
      outcome.pin.source.project ?? ('inspection' in outcome ? outcome.inspection?.project : undefined);
    if (project !== undefined) pins.set(project, outcome.pin);
  }
  // A line that was refused may have named a project: it is not held against the environment as well.
  for (const entry of entries) {
    if (entry.kind !== 'refused') continue;
    const name = /^[A-Za-z0-9._-]+/.exec(entry.line.requirement)?.[0];
    if (name !== undefined) pins.set(name.toLowerCase().replaceAll(/[-_.]+/g, '-') as ProjectName, undefined);
  }
  return pins;
}

function described(
  { project, metadataPath }: InstalledDistribution,
  compared: ReadonlyMap<ProjectName, ComparedWheel>,
): ComparedDistribution {
  const proven = compared.has(project);
  const claims = claimedFiles(metadataPath);
  const site = dirname(metadataPath);
  // Nobody has to answer for what these claim: they may claim no more than is theirs.
  const own = (path: string) =>
    !path.startsWith(site + sep) || toolTops.test(path.slice(site.length + 1).split(sep)[0] ?? '');
  return {
    project,
    metadataPath,
    proven,
    claims: tools.has(project) && !proven ? claims.filter(own) : claims,
  };
}

function distributionDifferences(
  pins: ReadonlyMap<ProjectName, Pin | undefined>,
  installed: Installed,
): Difference[] {
  const differences: Difference[] = [];
  const add = (change: Difference['change'], project: ProjectName, reason: string | null) =>
    differences.push({ change, project, path: null, reason });
  for (const [project, pin] of pins) {
    const found = installed.get(project);
    if (pin === undefined) continue;
    if (found === undefined) add('not-installed', project, pin.requirement);
    else {
      if (found.duplicates.length > 0) add('leftovers', project, found.duplicates.join(', '));
      if (pin.source.kind === 'version' && !sameVersion(found.version, pin.source.version))
        add('version', project, `${found.version} is installed, ${pin.source.version} is pinned`);
      const source = otherSource(found.directUrl);
      if (source !== undefined) add('other-source', project, source);
    }
  }
  for (const [project, { version }] of installed) {
    if (!pins.has(project) && !tools.has(project)) add('unpinned', project, version);
  }
  return differences;
}

/** PEP 610: an editable install, a directory or a repository. An archive is proven by its files, wherever it came from. */
function otherSource(directUrl: string | undefined): string | undefined {
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
    const kind =
      repository !== undefined ? 'a repository' : directory?.editable === true ? 'editable' : 'a directory';
    return `${kind}: ${redactUrl(String(url))}`;
  } catch {
    return 'its direct_url.json cannot be read';
  }
}
