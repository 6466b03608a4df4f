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
 * Removes what an install that broke off left of these projects: a `.dist-info` without RECORD, which is no installed
 * version and which pip takes for one. Not where a package manager of the system looks after it, which leaves RECORD out.
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
    output.note(`removed '${path}', which an install that broke off left behind`);
}
