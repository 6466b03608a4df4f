import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { regularTextSync } from '../files/regular-file.js';
import { isScriptSection, readEntryPoints, scriptNames } from '../packaging/entry-points.js';
import type { InstalledDistribution, Interpreter } from '../target/target.js';
import { cutRecord, replaceFile } from './cut-record.js';
import type { InstallPlace } from './place.js';
import { protectedPlaces } from './protected.js';
import { claimedFiles } from './record.js';
import { isBelow, realPath, withinRoot } from './subject.js';

/** Why pip cannot or must not uninstall a distribution: the rest of a sentence. Undefined if it can. */
export function removalHindrance({
  metadataPath,
  hasRecord,
  duplicates,
}: InstalledDistribution): string | undefined {
  if (!metadataPath.endsWith('.dist-info'))
    return `no wheel installed it ('${basename(metadataPath)}'); try \`peep uninstall\``;
  if (!hasRecord) return 'it has no RECORD of its files';
  if (duplicates.length > 0) return 'it has two metadata directories; `peep verify --fix` removes leftovers';
  // pip treats names in a directory `scripts` of the metadata as scripts of the distribution; no wheel has such a
  // directory.
  if (existsSync(join(metadataPath, 'scripts'))) return `'${metadataPath}' has a directory 'scripts'`;
  if (textOf(join(metadataPath, 'INSTALLER')).trim() === 'conda') return 'conda installed it';
  return undefined;
}

export interface Removal {
  readonly remove: readonly InstalledDistribution[];
  /** Distributions that stay in the same directories. */
  readonly staying: readonly InstalledDistribution[];
  readonly place: InstallPlace;
  readonly interpreter: Interpreter;
  readonly platform: NodeJS.Platform;
}

/**
 * An uninstall removes the files in the RECORD of a distribution, which is not proven. So RECORD is first reduced
 * to files of the environment that no other distribution claims. Throws `ENVIRONMENT_UNWRITABLE`.
 */
export async function limitRemoval({
  remove,
  staying,
  place,
  interpreter,
  platform,
}: Removal): Promise<void> {
  const isWithin = withinRoot(realPath(place.root));
  const claimed = new Set(
    staying.flatMap(({ metadataPath }) => claimedFiles(metadataPath).map(({ path }) => resolved(path))),
  );
  const stdlib = interpreter.stdlib === undefined ? undefined : realPath(interpreter.stdlib);
  const protections = place.schemes.map(({ site, scripts, data }) =>
    protectedPlaces(
      { site: realPath(site), scripts: realPath(scripts), data: realPath(data) },
      stdlib,
      platform === 'win32',
    ),
  );
  for (const { project, metadataPath } of remove) {
    const belongs = (path: string): boolean => {
      if (!isWithin(path) || claimed.has(resolved(path))) return false;
      const directory = realPath(dirname(path));
      return !protections.some(({ whose }) => whose(directory, basename(path), project) !== undefined);
    };
    await cutRecord(metadataPath, (path) => isBelow(path, metadataPath) || belongs(path));
    // pip also removes the scripts of entry points, even if RECORD does not list them.
    const entryPoints = join(metadataPath, 'entry_points.txt');
    const scripts = readEntryPoints(textOf(entryPoints)).entries.filter(({ section }) =>
      isScriptSection(section),
    );
    const paths = scripts
      .flatMap((entry) => [...scriptNames(entry)])
      .flatMap((name) =>
        place.schemes.flatMap((scheme) => scriptPaths(join(scheme.scripts, name), platform)),
      );
    if (paths.some((path) => existsSync(path) && !belongs(path))) await replaceFile(entryPoints, '');
  }
}

function scriptPaths(path: string, platform: NodeJS.Platform): string[] {
  return platform === 'win32' ? ['', '.exe', '.exe.manifest', '-script.py'].map((end) => path + end) : [path];
}

/** The path with links in its directory resolved, but not its last component. */
function resolved(path: string): string {
  return join(realPath(dirname(path)), basename(path));
}

function textOf(path: string): string {
  return regularTextSync(path, 16 << 20) ?? '';
}
