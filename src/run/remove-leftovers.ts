import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ProjectName } from '../packaging/types.js';
import { readInstalled } from '../target/installed.js';
import type { Interpreter } from '../target/target.js';
import { leftoverDirectories } from '../verify/distributions.js';
import { removeAdded } from '../verify/fix-environment.js';
import type { InstallPlace } from '../verify/place.js';
import { isExternallyManaged, realPath } from '../verify/subject.js';
import type { CommandContext } from './host.js';

/**
 * Removes leftovers of an interrupted install of these projects: a `.dist-info` without RECORD, which pip would
 * treat as an installed version. Does nothing in an environment of a system package manager, which omits RECORD on
 * purpose.
 */
export async function removeLeftovers(
  projects: ReadonlySet<ProjectName>,
  { kind, root, schemes }: InstallPlace,
  interpreter: Interpreter,
  { output }: CommandContext,
): Promise<void> {
  if (kind === 'environment' && isExternallyManaged(interpreter)) return;
  const sites = schemes.map(({ site }) => site);
  const installed = await readInstalled(sites, projects);
  const leftovers = [...installed.values()]
    .filter(({ project }) => projects.has(project))
    .flatMap(leftoverDirectories)
    .filter((path) => path.endsWith('.dist-info') && !existsSync(join(path, 'RECORD')));
  for (const path of await removeAdded(leftovers, realPath(root), sites))
    output.note(`removed '${path}', left behind by an interrupted install`);
}
