import type { InstallArguments } from '../install/arguments.js';
import type { ProjectName } from '../packaging/types.js';
import { installedVersion } from '../prepare/installed-version.js';
import type { Pin, RequirementEntry } from '../requirements/pin.js';
import { readInstalled } from '../target/installed.js';
import type { InstalledDistribution, Interpreter } from '../target/target.js';
import type { InstallPlace } from '../verify/place.js';
import { isBelow, isExternallyManaged } from '../verify/subject.js';

/** The installed version that meets a pin, or undefined. */
export type InstalledCheck = (pin: Pin) => string | undefined;

/** Options that install a project even if it is already installed. */
const overriding = ['--upgrade', '--force-reinstall', '--ignore-installed'] as const;

/** Reads the installed distributions of the target directory. */
export async function installedCheck(
  entries: readonly RequirementEntry[],
  given: InstallArguments,
  interpreter: Interpreter,
  { kind, schemes }: InstallPlace,
): Promise<InstalledCheck> {
  if (overriding.some((name) => given.has(name))) return () => undefined;
  const wanted = new Set<ProjectName>();
  for (const entry of entries) {
    if (entry.kind === 'pin' && entry.pin.source.project !== undefined) wanted.add(entry.pin.source.project);
  }
  const isElsewhere = kind === 'target' || kind === 'prefix';
  const sites = isElsewhere ? schemes.map(({ site }) => site) : interpreter.sitePaths;
  const installed = await readInstalled(sites, wanted);
  // Metadata without RECORD: an interrupted install leaves it, and system package managers omit RECORD on purpose.
  const isLeftover = ({ hasRecord, metadataPath }: InstalledDistribution) =>
    !hasRecord &&
    !isExternallyManaged(interpreter) &&
    schemes.some(({ site }) => isBelow(metadataPath, site));
  const whole = new Map([...installed].filter(([, distribution]) => !isLeftover(distribution)));
  return (pin) => installedVersion(pin, whole);
}
