import { join } from 'node:path';
import { readRegular } from '../files/regular-file.js';
import { type NeedyDistribution, type UnmetNeed, unmetNeeds } from '../install/unmet-needs.js';
import { evaluateMarker } from '../packaging/marker.js';
import { parseFields } from '../packaging/metadata.js';
import type { MarkerEnvironment, ProjectName } from '../packaging/types.js';
import type { Outcome } from '../prepare/outcome.js';
import { needReader } from '../prepare/read-need.js';
import type { Output } from '../report/output.js';
import { entriesFor, type ReadRequirements } from '../requirements/entries-for.js';
import { readInstalled } from '../target/installed.js';
import type { InstalledDistribution, Interpreter, Target } from '../target/target.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';
import type { InstallPlace } from '../verify/place.js';
import type { Builds } from './build-requirements.js';

export interface NeedsQuestion {
  readonly outcomes: readonly Outcome[];
  readonly interpreter: Interpreter;
  readonly place: Pick<InstallPlace, 'kind'>;
  /** Distributions that the run uninstalls. */
  readonly remove: readonly InstalledDistribution[];
  /** `--check-needs`. */
  readonly isStrict: boolean;
}

/** Requirements of the pinned distributions that are not met after the run, without duplicates. */
export interface NeedsCheck {
  /** `wheels`: the wheels built from source archives, because only a wheel lists all requirements. */
  look(wheels?: Builds['wheels']): Promise<void>;
  found(): readonly UnmetNeed[];
  /** True if unmet requirements fail the run (`--check-needs`). */
  areRefused(): boolean;
}

/** peep installs only what is pinned, and reports requirements that no pin meets. */
export function needsCheck(question: NeedsQuestion, output: Output): NeedsCheck {
  const told = new Map<string, UnmetNeed>();
  const { isStrict, place } = question;
  return {
    async look(wheels = new Map()) {
      // For a directory of --target or --prefix, other packages on its path are unknown.
      if (place.kind !== 'environment' && place.kind !== 'user') return;
      const fresh: UnmetNeed[] = [];
      for (const need of await needsAfter(question, wheels)) {
        const key = JSON.stringify(need);
        if (!told.has(key)) fresh.push(need);
        told.set(key, need);
      }
      tellNeeds(fresh, isStrict, output);
    },
    found: () => [...told.values()],
    areRefused: () => isStrict && told.size > 0,
  };
}

async function needsAfter(
  { outcomes, interpreter: { sitePaths, target }, remove }: NeedsQuestion,
  wheels: Builds['wheels'],
): Promise<UnmetNeed[]> {
  const installed = await readInstalled(sitePaths);
  const leaving = new Set(remove.map(({ project }) => project));
  const present = new Map(
    [...installed.values()]
      .filter(({ project }) => !leaving.has(project))
      .map(({ project, version }) => [project, version]),
  );
  const needs = outcomes.map((outcome) =>
    outcome.status === 'satisfied' ? needsOfInstalled(outcome, installed) : needsOfArchive(outcome, wheels),
  );
  const needy = (await Promise.all(needs)).filter((found) => found !== undefined);
  for (const { project, version } of needy) if (version !== undefined) present.set(project, version);
  return unmetNeeds(needy, present, needReader(target.environment));
}

type Needs = NeedyDistribution & { readonly version: string | undefined };

function needsOfArchive(outcome: Outcome, wheels: Builds['wheels']): Needs | undefined {
  if (outcome.status !== 'verified' && outcome.status !== 'installed' && outcome.status !== 'chosen')
    return undefined;
  const { pin, archive } = outcome;
  const built = archive.sha256 === undefined ? undefined : wheels.get(archive.sha256);
  const inspection = built?.inspection ?? outcome.inspection;
  const project = pin.source.project ?? inspection?.project;
  if (project === undefined) return undefined;
  const requiresDist = inspection?.needs.requiresDist ?? [];
  return { project, version: pin.source.version ?? inspection?.version, extras: pin.extras, requiresDist };
}

/** METADATA in the environment is untrusted, but good enough for a warning. */
async function needsOfInstalled(
  { pin, installedVersion: version }: Extract<Outcome, { status: 'satisfied' }>,
  installed: ReadonlyMap<ProjectName, InstalledDistribution>,
): Promise<Needs | undefined> {
  const { project } = pin.source;
  const found = project === undefined ? undefined : installed.get(project);
  if (project === undefined || found === undefined) return undefined;
  const metadata = join(found.metadataPath, 'METADATA');
  const text = await readRegular(metadata, { maxBytes: 16 << 20 }).then(String, () => '');
  const requiresDist = parseFields(text, new Set(['requires-dist'])).get('requires-dist') ?? [];
  return { project, version, extras: pin.extras, requiresDist };
}

/**
 * Requirements of a file's pins that no other pin in the file meets, for each target; does not look at an
 * environment.
 */
export async function needsOfPins(
  outcomes: readonly Outcome[],
  targets: readonly Target[],
  requirements: ReadRequirements,
): Promise<UnmetNeed[]> {
  const found = new Map<string, UnmetNeed>();
  const needy = outcomes.flatMap((outcome) => needsOfArchive(outcome, new Map()) ?? []);
  for (const { environment } of targets) {
    const present = new Map<ProjectName, string>();
    for (const project of await projectsFor(requirements, environment)) {
      const version = needy.find((each) => each.project === project)?.version;
      if (version !== undefined) present.set(project, version);
    }
    const own = needy.filter(({ project }) => present.has(project));
    for (const need of unmetNeeds(own, present, needReader(environment)))
      found.set(JSON.stringify(need), need);
  }
  return [...found.values()];
}

/** The projects whose pins apply to a target. */
async function projectsFor(
  requirements: ReadRequirements,
  environment: MarkerEnvironment,
): Promise<ProjectName[]> {
  return (await entriesFor(requirements, environment)).flatMap((entry) => {
    if (entry.kind !== 'pin' || entry.pin.locked === 'no') return [];
    const { source, marker } = entry.pin;
    try {
      const applies = marker === undefined || evaluateMarker(marker, environment);
      return applies && source.project !== undefined ? [source.project] : [];
    } catch (error) {
      if (isPeepError(error)) return [];
      throw error;
    }
  });
}

/** Maximum number of unmet requirements to list. */
const shownNeeds = 10;

/** Prints warnings, or throws an error with `--check-needs`. */
export function tellNeeds(
  unmet: readonly UnmetNeed[],
  isStrict: boolean,
  output: Output,
  absent = 'which is neither pinned nor installed',
): void {
  if (unmet.length === 0) return;
  const lines = unmet.slice(0, shownNeeds).map((need) => needText(need, absent));
  if (unmet.length > shownNeeds) lines.push(`and ${unmet.length - shownNeeds} more`);
  if (isStrict) {
    output.error(
      new PeepError('NEEDS_UNMET', lines.join('\n'), {
        hint: 'Pin these as well, or leave out --check-needs.',
        facts: { needs: unmet.map(({ need }) => need) },
      }),
    );
    return;
  }
  for (const line of lines) output.warn(line);
  output.note('hint: peep installs only what is pinned; pin these as well.');
}

function needText({ project, need, found }: UnmetNeed, absent: string): string {
  const lack = found === undefined ? absent : `but ${found} is installed`;
  return printable(`${project} needs ${need}, ${lack}`);
}
