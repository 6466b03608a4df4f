import type { ProjectName } from '../packaging/types.js';
import { PeepError } from '../text/errors.js';
import { redactUrl } from '../text/redact.js';

/** A requirement of a build, read with the target's markers. */
export interface BuildNeed {
  /** As written. */
  readonly requirement: string;
  readonly project: ProjectName;
  readonly extras: readonly string[];
  /** `>=61`, or empty. */
  readonly specifier: string;
  /** PEP 508: an address instead of versions. */
  readonly url: string | undefined;
  /** Does the marker hold for the target, `extra` being asked for (or '')? */
  applies(extra: string): boolean;
  /** Pre-releases count: a pin names them on purpose. */
  admits(version: string): boolean;
}

/** Reads a requirement of `[build-system] requires` or `Requires-Dist`. Throws `PeepError`s for malformed ones. */
export type ReadNeed = (requirement: string) => BuildNeed;

/** A source archive that pip will build. */
export interface SourceToBuild {
  /** `flask 0.9`, for reports. */
  readonly label: string;
  /** From its pyproject.toml, or what a legacy one needs. */
  readonly buildRequires: readonly string[];
  /** `[build-system] build-backend`; undefined when there is none, which means setuptools. */
  readonly buildBackend: string | undefined;
}

/** A pinned and verified archive of `--build-requirements`. */
export interface BuildSupply extends SourceToBuild {
  readonly kind: 'wheel' | 'sdist';
  readonly project: ProjectName;
  readonly version: string;
  /** `Requires-Dist` of its metadata. */
  readonly requiresDist: readonly string[];
}

/** A build requirement that nothing pinned and verified fulfils. */
export interface MissingNeed {
  readonly project: ProjectName;
  /** Of all who need it, joined by commas; empty when any version does. */
  readonly specifier: string;
  /** `beta 2.0`, `beta 2.0 → setuptools 40.8.0`: each way that leads to it. */
  readonly neededBy: readonly string[];
  /** The version that is pinned but does not fit; undefined when none is pinned. */
  readonly pinned: string | undefined;
  /** The address it is asked for by: no pin can fulfil that. */
  readonly url: string | undefined;
}

/**
 * What the builds of `sources` need, and what that needs in turn, that is not in `supplies` (P5). pip finds
 * nothing else, so an empty answer means that each declared need can be met. Order: as found, sources first.
 */
export function missingBuildRequirements(
  sources: readonly SourceToBuild[],
  supplies: readonly BuildSupply[],
  readNeed: ReadNeed,
): readonly MissingNeed[] {
  const byProject = new Map(supplies.map((supply) => [supply.project, supply]));
  const missing = new Map<string, MissingNeed>();
  const followed = new Set<string>();
  const queue = sources.map((source) => ({ source, path: source.label, extras: [''] }));

  for (const { source, path, extras } of queue) {
    for (const need of needsOf(source, extras, byProject, readNeed)) {
      const supply = byProject.get(need.project);
      if (supply === undefined || need.url !== undefined || !need.admits(supply.version)) {
        note(missing, need, supply, path);
        continue;
      }
      const wanted = ['', ...need.extras].filter((extra) => !followed.has(`${need.project}[${extra}]`));
      if (wanted.length === 0) continue;
      for (const extra of wanted) followed.add(`${need.project}[${extra}]`);
      queue.push({ source: supply, path: `${path} → ${supply.label}`, extras: wanted });
    }
  }
  return [...missing.values()];
}

/** The error for what is missing; the caller adds lines ready to paste where it found some. */
export function buildRequirementsMissing(missing: readonly MissingNeed[]): PeepError {
  const lines = missing.map((need) => `  ${describe(need)}, for ${need.neededBy.join(' and ')}`);
  return new PeepError(
    'BUILD_REQUIREMENTS_MISSING',
    `source archives cannot be built: what their builds need is not pinned and verified:\n${lines.join('\n')}`,
    {
      hint: 'Pin each with its hash in a file and name it with --build-requirements FILE, or pin wheels instead.',
      facts: { missing: missing.map(({ project, specifier }) => project + specifier) },
    },
  );
}

function* needsOf(
  source: SourceToBuild | BuildSupply,
  extras: readonly string[],
  supplies: ReadonlyMap<string, BuildSupply>,
  readNeed: ReadNeed,
): Generator<BuildNeed> {
  if ('requiresDist' in source) {
    for (const text of source.requiresDist) {
      const need = readNeed(text);
      if (extras.some((extra) => need.applies(extra))) yield need;
    }
    if (source.kind === 'wheel') return;
  }
  const needs = source.buildRequires.map(readNeed).filter((need) => need.applies(''));
  yield* needs;
  if (asksForWheel(source, needs, supplies, readNeed)) yield readNeed('wheel');
}

/** setuptools before 70.1 asks for wheel when the build has begun (`get_requires_for_build_wheel`). */
function asksForWheel(
  { buildBackend }: SourceToBuild,
  needs: readonly BuildNeed[],
  supplies: ReadonlyMap<string, BuildSupply>,
  readNeed: ReadNeed,
): boolean {
  if (buildBackend !== undefined && !buildBackend.startsWith('setuptools.')) return false;
  const setuptools = needs.find(({ project }) => project === 'setuptools');
  const supply = setuptools && supplies.get(setuptools.project);
  return supply !== undefined && readNeed('setuptools<70.1').admits(supply.version);
}

function note(
  missing: Map<string, MissingNeed>,
  need: BuildNeed,
  supply: BuildSupply | undefined,
  path: string,
): void {
  const key = need.url === undefined ? need.project : `${need.project} @ ${need.url}`;
  const before = missing.get(key);
  const specifiers = new Set([...(before?.specifier.split(',') ?? []), ...need.specifier.split(',')]);
  specifiers.delete('');
  missing.set(key, {
    project: need.project,
    specifier: [...specifiers].join(','),
    neededBy: [...new Set([...(before?.neededBy ?? []), path])],
    pinned: supply?.version,
    url: need.url,
  });
}

function describe({ project, specifier, pinned, url }: MissingNeed): string {
  // P7: an address may hold credentials.
  if (url !== undefined) return `${project} from ${redactUrl(url)}, which no pin can fulfil`;
  return `${project}${specifier}${pinned === undefined ? '' : ` (${pinned} is pinned)`}`;
}
