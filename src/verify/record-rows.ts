import { basename, dirname, join, relative } from 'node:path';
import { isDigestAlgorithm } from '../hash/digest.js';
import type { ProjectName } from '../packaging/types.js';
import { Turns } from '../text/turns.js';
import type { Difference } from './difference.js';
import { installedDigest, withInstalledFile } from './disk.js';
import { compiledFrom, installerFiles } from './expected.js';
import type { ClaimedFile } from './record.js';
import type { ComparedWheel } from './wheel.js';

export interface RecordFacts {
  readonly project: ProjectName;
  readonly metadataPath: string;
  /** The rows of its RECORD. */
  readonly claims: readonly ClaimedFile[];
  readonly wheel: ComparedWheel;
  readonly pythonMajor: number;
  /** True if its direct_url.json is already reported. */
  readonly otherSource: boolean;
}

/** Maximum number of rows of one kind to list. */
const shownRows = 3;

/**
 * Checks the files that an installer writes beside a verified wheel: RECORD, which must list the files of the wheel
 * and no others (pip removes every listed file), and metadata files that only RECORD lists. Throws
 * `FILE_UNREADABLE`.
 */
export async function recordDifferences(facts: RecordFacts): Promise<Difference[]> {
  const { project, metadataPath, claims, wheel } = facts;
  const site = dirname(metadataPath);
  const record = join(metadataPath, 'RECORD');
  const differences: Difference[] = [];
  const [foreign, otherHash]: [string[], string[]] = [[], []];
  const directories = directoriesOf(wheel.owned);
  const turns = new Turns();
  for (const claim of claims) {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    const { path } = claim;
    if (path === record) continue;
    if (dirname(path) === metadataPath && installerFiles.has(basename(path))) {
      const change = await installerFileChange(claim);
      if (change !== undefined) differences.push({ project, path, ...change });
    } else if (!belongs(path, directories, facts)) foreign.push(path);
    else if (!(await hasHashOfWheel(claim, wheel))) otherHash.push(path);
  }
  const named = new Set(claims.map(({ path }) => path));
  const unnamed = [...wheel.matched].filter((path) => path !== record && !named.has(path));
  const reasons = [
    rowsText('lists files that its wheel does not have', foreign, site),
    rowsText('has different hashes from the wheel for', otherHash, site),
    rowsText('does not name', unnamed, site),
  ].filter((reason) => reason !== undefined);
  if (reasons.length > 0)
    differences.push({ change: 'changed', project, path: record, reason: `it ${reasons.join('; ')}` });
  for (const name of installerFiles) {
    const path = join(metadataPath, name);
    if (name === 'RECORD' || named.has(path) || wheel.owned.has(path)) continue;
    if (name === 'direct_url.json' && facts.otherSource) continue;
    if (withInstalledFile(path, () => true) === true)
      differences.push({ change: 'added', project, path, reason: 'its RECORD does not list it' });
  }
  return differences;
}

async function installerFileChange({
  path,
  sha256,
}: ClaimedFile): Promise<Pick<Difference, 'change' | 'reason'> | undefined> {
  const found = await installedDigest(path, 'sha256');
  if (found === undefined) return { change: 'missing', reason: 'its RECORD lists it' };
  if (sha256 === undefined || found === sha256) return undefined;
  return { change: 'changed', reason: 'its bytes do not match the hash in its RECORD' };
}

/** Some wheels have rows for directories. */
function belongs(
  path: string,
  directories: ReadonlySet<string>,
  { wheel: { owned }, pythonMajor }: RecordFacts,
): boolean {
  return owned.has(path) || owned.has(compiledFrom(path, pythonMajor) ?? '') || directories.has(path);
}

/** The directories that files are in, and those above. */
function directoriesOf(paths: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const path of paths) for (let at = dirname(path); !found.has(at); at = dirname(at)) found.add(at);
  return found;
}

/**
 * Installers copy the row of the wheel, or hash the file that they wrote. A file with other bytes is reported
 * separately.
 */
async function hasHashOfWheel(
  { path, hash }: ClaimedFile,
  { contents, matched }: ComparedWheel,
): Promise<boolean> {
  const file = contents.get(path);
  if (file === undefined) return true;
  const { listed } = file;
  if (hash === (listed === undefined ? '' : `${listed.algorithm}=${listed.base64url}`)) return true;
  const [algorithm = '', digest] = hash.split('=');
  if (!matched.has(path) || !isDigestAlgorithm(algorithm)) return false;
  return (await installedDigest(path, algorithm)) === digest;
}

function rowsText(what: string, paths: readonly string[], site: string): string | undefined {
  if (paths.length === 0) return undefined;
  const names = [...new Set(paths.map((path) => `'${relative(site, path)}'`))];
  const shown = names.slice(0, shownRows);
  const more = names.length - shown.length;
  return `${what}: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
