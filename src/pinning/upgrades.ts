import { parseProjectName, projectName } from '../packaging/name.js';
import { parseRequirement } from '../packaging/requirement.js';
import type { ProjectName } from '../packaging/types.js';
import { compareVersions } from '../packaging/version.js';
import type { ChoiceSettings } from '../prepare/candidates.js';
import type { Network } from '../prepare/network.js';
import type { Pin } from '../requirements/pin.js';
import type { Requirements } from '../requirements/read/read-requirements.js';
import type { Target } from '../target/target.js';
import { isPeepError, PeepError } from '../text/errors.js';
import type { Log } from '../text/log.js';
import { type NewestRelease, newestRelease } from './newest.js';
import { type Upgrade, unclearUpgrade } from './tasks.js';

/** A request of `--upgrade`: all pins, or one project, to its newest or a given version. */
export interface UpgradeWish {
  /** Undefined for all pins. */
  readonly project: ProjectName | undefined;
  /** Undefined for the newest version. */
  readonly version: string | undefined;
  readonly text: string;
}

/** Parses `--upgrade`, `--upgrade NAME` and `--upgrade NAME==VERSION`. Throws `USAGE`. */
export function readUpgrade(text: string): UpgradeWish {
  if (text === '') return { project: undefined, version: undefined, text };
  const project = projectName(text);
  if (project !== undefined) return { project, version: undefined, text };
  try {
    const { name, specifier, extras, url, marker, onePin } = parseRequirement(text);
    const version = specifier.replace(/^===?/, '');
    if (onePin && !version.endsWith('.*') && extras.length === 0 && url === null && marker === null)
      return { project: parseProjectName(name), version, text };
  } catch (error) {
    if (!isPeepError(error)) throw error;
  }
  throw new PeepError('USAGE', `--upgrade '${text}' is neither NAME nor NAME==VERSION`, {
    hint: 'Give names such as --upgrade flask==1.1.4 django, or --upgrade alone for every pin.',
  });
}

export interface UpgradeDeps {
  readonly network: Pick<Network, 'links'>;
  readonly choice: ChoiceSettings;
  readonly targets: readonly Target[];
  /** Seconds. */
  readonly minAge: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly log: Log;
}

/**
 * The upgrades for the requests; a pin that already has the newest version has none. Throws `UPGRADE_UNCLEAR`, and
 * network errors: a failed request does not mean "no newer version".
 */
export async function resolveUpgrades(
  wishes: readonly UpgradeWish[],
  requirements: Requirements,
  deps: UpgradeDeps,
): Promise<readonly Upgrade[]> {
  const named = wishes.flatMap(({ project, ...rest }) =>
    project === undefined ? [] : [{ project, ...rest }],
  );
  const pinned = movablePins(requirements);
  const everything = wishes.length > named.length ? [...pinned.keys()] : [];
  const open = new Map<ProjectName, string | undefined>(everything.map((project) => [project, undefined]));
  const moves: Upgrade[] = [];
  for (const { project, version, text } of named) {
    if (version !== undefined) moves.push({ project, version, text });
    else if (pinned.has(project)) open.set(project, text);
    else unclearUpgrade(text, 'no line pins it to a version');
  }
  for (const { project } of moves) open.delete(project);
  const found = await Promise.all(
    [...open].map(async ([project, text]): Promise<readonly Upgrade[]> => {
      const pin = pinned.get(project);
      if (pin === undefined || pin.source.kind !== 'version') return [];
      const newest = await newestFor(pin, requirements, deps);
      if (newest === undefined || compareVersions(newest.version, pin.source.version) <= 0) {
        deps.log.note(`${pin.requirement}: no newer version is allowed`, text === undefined ? 1 : 0);
        return [];
      }
      return [{ project, version: newest.version, text: text ?? project }];
    }),
  );
  return [...moves, ...found.flat()];
}

/** The newest release that a pin may move to. Throws errors of indexes that could not be asked. */
export async function newestFor(
  pin: Pin,
  { constraints }: Requirements,
  { network, choice, targets, minAge, now }: Omit<UpgradeDeps, 'log'>,
): Promise<NewestRelease | undefined> {
  const { source } = pin;
  if (source.kind !== 'version') return undefined;
  const { links, failures } = await network.links(source.project, 'all');
  const [failure] = failures;
  if (failure !== undefined) throw failure.error;
  const specifiers = constraints.flatMap(({ project, specifier }) =>
    project === source.project && specifier !== '' ? [specifier] : [],
  );
  return newestRelease(links, {
    ...{ project: source.project, current: source.version, specifiers, targets, choice, minAge, now },
  });
}

/** One pin of each project that is pinned by version in an editable file. */
export function movablePins({ written }: Requirements): ReadonlyMap<ProjectName, Pin> {
  const pins = new Map<ProjectName, Pin>();
  for (const entry of written) {
    if (entry.kind !== 'pin' || entry.pin.source.kind !== 'version' || entry.pin.links !== undefined)
      continue;
    if (!pins.has(entry.pin.source.project)) pins.set(entry.pin.source.project, entry.pin);
  }
  return pins;
}
