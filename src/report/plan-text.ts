import type { ProjectName } from '../packaging/types.js';
import type { VerifiedOutcome } from '../prepare/outcome.js';
import type { InstalledDistribution } from '../target/target.js';
import { printable } from '../text/redact.js';
import type { KeptDistribution, SyncPlan } from '../verify/sync.js';
import { projectOf } from './text.js';

export interface InstallPlan {
  readonly chosen: readonly VerifiedOutcome[];
  /** The distributions in the target directory. */
  readonly installed: ReadonlyMap<ProjectName, InstalledDistribution>;
}

/** The distributions to install, in file order, each with the version that it replaces; empty if there are none. */
export function renderInstallPlan({ chosen, installed }: InstallPlan): string {
  const lines = chosen.map((outcome) => {
    const { pin, inspection } = outcome;
    const { project = inspection?.project, version = inspection?.version } = pin.source;
    const what = `${projectOf(pin)} ${version ?? ''}`.trimEnd();
    const before = project === undefined ? undefined : installed.get(project)?.version;
    const why = before === undefined ? '' : before === version ? ', again' : `, replaces ${before}`;
    return `    ${printable(what + why)}\n`;
  });
  return lines.length === 0 ? '' : `To install:\n\n${lines.join('')}`;
}

/**
 * The distributions without a pin, and what `peep sync` does with them; empty if there are none. `heading`: `To
 * uninstall`. `detail`: also list those that are kept on purpose.
 */
export function renderSyncPlan(
  { remove, kept, left }: SyncPlan,
  { heading, detail }: { readonly heading: string; readonly detail: boolean },
): string {
  const line = ({ project, version }: InstalledDistribution, why = '') =>
    `    ${printable(`${project} ${version}${why === '' ? '' : `: ${why}`}`)}\n`;
  const reasoned = ({ distribution, why }: KeptDistribution) => line(distribution, why);
  const section = (head: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`${head}:\n\n${lines.join('')}`];
  return [
    ...section(
      `${heading}, because no pin names them`,
      remove.map((each) => line(each)),
    ),
    ...section('Left as they are, without a pin', left.map(reasoned)),
    ...section('Kept, without a pin', detail ? kept.map(reasoned) : []),
  ].join('\n');
}

/** `Installed 3 distributions, uninstalled 1.` */
export function renderDone(installed: number, uninstalled: number): string {
  const count = (number: number) => `${number} distribution${number === 1 ? '' : 's'}`;
  if (installed === 0) return `Uninstalled ${count(uninstalled)}.\n`;
  return `Installed ${count(installed)}${uninstalled === 0 ? '' : `, uninstalled ${uninstalled}`}.\n`;
}
