import type { Inspection } from '../archive/inspection.js';
import type { ProjectName } from '../packaging/types.js';
import {
  type BuildSupply,
  coverBuilds,
  type MissingNeed,
  type ReadNeed,
  type SourceToBuild,
} from '../prepare/build-coverage.js';
import { inspectVerified } from '../prepare/inspect-and-store.js';
import type { Outcome, VerifiedOutcome } from '../prepare/outcome.js';
import type { PreparePorts } from '../prepare/ports.js';
import type { RunSettings } from '../prepare/settings.js';
import { entriesFor } from '../requirements/entries-for.js';
import type { UnhashedPin } from '../requirements/pin.js';
import { bestVersion } from '../resolver/choose/best-version.js';
import type { Target } from '../target/target.js';
import { isPeepError } from '../text/errors.js';
import type { Run } from './open-run.js';

export interface Shortage {
  readonly missing: readonly MissingNeed[];
  readonly sources: readonly SourceToBuild[];
  readonly supplies: readonly BuildSupply[];
  readonly readNeed: ReadNeed;
}

export interface ProposalRequest {
  readonly files: readonly string[];
  readonly target: Target;
  readonly chosen: readonly VerifiedOutcome[];
  readonly run: Run;
}

export interface Proposals {
  /** Missing requirements, including those of the proposed archives. */
  readonly missing: readonly MissingNeed[];
  /** Lines to vet and paste. */
  readonly outcomes: readonly Outcome[];
}

/** Maximum depth of proposals: a chain of build requirements is rarely longer than four. */
const maxRounds = 20;

/**
 * Proposes the newest archive that fits each missing requirement, with its hash, and archives for its own
 * requirements in turn. A proposed archive is inspected as in `peep pin`; it is neither stored nor run.
 */
export async function proposeBuildRequirements(
  { missing: first, sources, supplies, readNeed }: Shortage,
  request: ProposalRequest,
): Promise<Proposals> {
  const missing = new Map<string, MissingNeed>();
  const proposed = new Map<ProjectName, Proposed>();
  const unknown = new Set<ProjectName>();
  let open: readonly MissingNeed[] = first;
  for (let round = 0; round < maxRounds && open.length > 0; round += 1) {
    for (const need of open) {
      const key = need.url ?? need.project;
      missing.set(key, merged(missing.get(key), need));
    }
    const wanted = new Set(open.filter(({ url }) => url === undefined).map(({ project }) => project));
    await Promise.all(
      [...wanted].map(async (project) => {
        const { specifier } = missing.get(project) as MissingNeed;
        const found = await propose(project, specifier, request);
        if (found === 'unknown') unknown.add(project);
        else if (found !== undefined) proposed.set(project, found);
      }),
    );
    const others = supplies.filter(({ project }) => !proposed.has(project));
    const all = [...others, ...[...proposed.values()].flatMap(({ supply }) => supply ?? [])];
    const next = coverBuilds(sources, all, readNeed, true).missing;
    open = next.filter((need) => isNews(need, missing.get(need.url ?? need.project)));
  }
  return {
    missing: [...missing.values()].map((need) => {
      const isUnknown = need.url === undefined && !proposed.has(need.project) && unknown.has(need.project);
      return isUnknown ? { ...need, isUnknown } : need;
    }),
    outcomes: [...proposed.values()].map(({ outcome }) => outcome),
  };
}

interface Proposed {
  readonly outcome: Outcome;
  /** Undefined if its requirements cannot be known. */
  readonly supply: BuildSupply | undefined;
}

/** `unknown` if no index has a version that fits; undefined if an index that may have one did not answer (P8). */
async function propose(
  project: ProjectName,
  specifier: string,
  request: ProposalRequest,
): Promise<Proposed | 'unknown' | undefined> {
  const { run, target, files } = request;
  const { links, failures } = await run.network.links(project, 'all');
  const version = bestVersion(links, project, specifier, { ...run.settings.index, target });
  if (version === undefined) return failures.length > 0 ? undefined : 'unknown';
  const file = files[0] ?? 'build-requirements.txt';
  const hashStyle = await styleOfHashes(run.settings, request);
  const pin = proposedPin({ project, version, file, hashStyle });
  const outcome = await run.preparer(look, run.hashFirst(look)).prepare(pin, target);
  return { outcome, supply: outcome.status === 'missing' ? supplyOf(outcome.inspection) : undefined };
}

/**
 * As in `peep pin`: inspect the bytes whose digest is proposed. An archive that an install would refuse is still
 * proposed.
 */
const look: PreparePorts['use'] = async (archive, pin) => {
  const silent = { note: () => undefined, warn: () => undefined };
  const options = { depth: 'structure', strict: false, secondReader: async () => undefined } as const;
  try {
    return await inspectVerified(archive, pin, options, silent);
  } catch (error) {
    if (isPeepError(error)) return undefined;
    throw error;
  }
};

function supplyOf(inspection: Inspection | undefined): BuildSupply | undefined {
  if (inspection?.project === undefined || inspection.version === undefined) return undefined;
  const { kind, project, version, needs } = inspection;
  const { buildRequires, requiresDist } = needs;
  return {
    label: `${project} ${version}`,
    kind,
    project,
    version,
    url: undefined,
    buildRequires,
    requiresDist,
  };
}

function isNews(need: MissingNeed, known: MissingNeed | undefined): boolean {
  if (known === undefined) return true;
  const said = new Set(known.specifier.split(','));
  return need.specifier.split(',').some((part) => part !== '' && !said.has(part));
}

function merged(known: MissingNeed | undefined, need: MissingNeed): MissingNeed {
  if (known === undefined) return need;
  const parts = new Set([...known.specifier.split(','), ...need.specifier.split(',')]);
  parts.delete('');
  return {
    ...known,
    specifier: [...parts].join(','),
    neededBy: [...new Set([...known.neededBy, ...need.neededBy])],
  };
}

/** The style of the build requirements file; if it has no hashes, the style of the requirements. */
async function styleOfHashes(
  { requirements }: RunSettings,
  { target, chosen }: ProposalRequest,
): Promise<UnhashedPin['hashStyle']> {
  const pins = (await entriesFor(requirements, target.environment)).flatMap((entry) =>
    entry.kind === 'pin' ? [entry.pin] : [],
  );
  const [first] = [...pins, ...chosen.map(({ pin }) => pin)];
  return first?.hashStyle ?? 'pip';
}

interface Proposal extends Pick<UnhashedPin, 'hashStyle'> {
  readonly project: ProjectName;
  readonly version: string;
  readonly file: string;
}

function proposedPin({ project, version, file, hashStyle }: Proposal): UnhashedPin {
  return {
    hashed: false,
    source: { kind: 'version', project, name: project, operator: '==', version },
    extras: [],
    marker: undefined,
    requirement: `${project}==${version}`,
    place: { file, line: 0 },
    pipOptions: [],
    hashStyle,
  };
}
