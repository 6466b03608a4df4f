import type { ProjectName } from '../packaging/types.js';
import { sameVersion } from '../packaging/version.js';
import type { Pin, RequirementEntry } from '../requirements/pin.js';
import { PeepError } from '../text/errors.js';
import { addTo } from '../text/groups.js';

/** A pin to upgrade: `--upgrade NAME==VERSION`, or a name with its newest version. */
export interface Upgrade {
  readonly project: ProjectName;
  readonly version: string;
  readonly text: string;
}

/** A pin that `peep pin` processes. */
export interface PinTask {
  /** Position among the entries of the files. */
  readonly index: number;
  /** The pin as in its file. */
  readonly written: Pin;
  /** The pin with the new version and without the old digests, if it is upgraded. */
  readonly pin: Pin;
  readonly version: { readonly from: string; readonly to: string } | undefined;
  /** True if the digests in the line belong to another version and are removed. */
  readonly replacesDigests?: boolean;
}

/** The pins to process: all of them or, with upgrades, only the upgraded ones. Throws `UPGRADE_UNCLEAR`. */
export function pinTasks(
  entries: readonly RequirementEntry[],
  upgrades: readonly Upgrade[] | undefined,
): readonly PinTask[] {
  const pins = entries.flatMap((entry, index) => (entry.kind === 'pin' ? [{ index, pin: entry.pin }] : []));
  if (upgrades === undefined)
    return pins.map(({ index, pin }) => ({ index, pin, written: pin, version: undefined }));
  const byProject = new Map<string | undefined, Found[]>();
  for (const found of pins) {
    addTo(byProject, found.pin.source.project, found);
  }
  return upgrades.flatMap((upgrade) => {
    const meant = byProject.get(upgrade.project) ?? [];
    return meant.length === 0
      ? unclearUpgrade(upgrade.text, 'no line pins it')
      : meant.map((task) => moved(task, meant, upgrade));
  });
}

type Found = { readonly index: number; readonly pin: Pin };

function moved({ index, pin }: Found, meant: readonly Found[], upgrade: Upgrade): PinTask {
  const { source } = pin;
  if (source.kind !== 'version' || pin.links !== undefined)
    return unclearUpgrade(
      upgrade.text,
      `'${pin.requirement}' does not pin a version, so peep cannot upgrade it`,
      pin,
    );
  const others = meant.filter(
    ({ pin: { source: other } }) => other.kind !== 'version' || !sameVersion(other.version, source.version),
  );
  if (others.length > 0)
    return unclearUpgrade(upgrade.text, 'several lines pin different versions of it', pin);
  if (sameVersion(source.version, upgrade.version)) return { index, pin, written: pin, version: undefined };
  const requirement = pin.requirement.replace(source.version, upgrade.version);
  const { digests: _, ...rest } = pin as Pin & { digests?: unknown };
  return {
    index,
    written: pin,
    pin: { ...rest, hashed: false, requirement, source: { ...source, version: upgrade.version } },
    version: { from: source.version, to: upgrade.version },
  };
}

export function unclearUpgrade(text: string, why: string, pin?: Pin): never {
  throw new PeepError('UPGRADE_UNCLEAR', `cannot move a pin to '${text}': ${why}`, {
    place: pin?.place,
    hint: 'Change the version in the file by hand, remove its hashes, and run `peep pin`.',
  });
}
