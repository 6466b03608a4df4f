import { sameVersion } from '../packaging/version.js';
import type { Pin, RequirementEntry } from '../requirements/pin.js';
import { PeepError } from '../text/errors.js';

/** A pin that moves: `--upgrade NAME==VERSION`, or a name whose newest version was found. */
export interface Upgrade {
  readonly project: string;
  readonly version: string;
  readonly text: string;
}

/** A pin as `peep pin` works on it. */
export interface PinTask {
  /** Among the entries of the files. */
  readonly index: number;
  /** As it stands in its file. */
  readonly written: Pin;
  /** With the new version and without the digests of the old one, where it moves. */
  readonly pin: Pin;
  readonly version: { readonly from: string; readonly to: string } | undefined;
  /** The digests of the line are of another version, and go. */
  readonly replacesDigests?: boolean;
}

/**
 * The pins to work on: all of them or, with upgrades, those that move, and no other. Throws `UPGRADE_UNCLEAR`.
 */
export function pinTasks(
  entries: readonly RequirementEntry[],
  upgrades: readonly Upgrade[] | undefined,
): readonly PinTask[] {
  const pins = entries.flatMap((entry, index) => (entry.kind === 'pin' ? [{ index, pin: entry.pin }] : []));
  if (upgrades === undefined)
    return pins.map(({ index, pin }) => ({ index, pin, written: pin, version: undefined }));
  return upgrades.flatMap((upgrade) => {
    const meant = pins.filter(({ pin }) => pin.source.project === upgrade.project);
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
      `'${pin.requirement}' does not pin it by a version that could be moved`,
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
    hint: 'Write the version into the file by hand, take its hashes out, and run `peep pin`.',
  });
}
