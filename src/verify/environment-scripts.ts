import { basename, dirname, join } from 'node:path';
import { isActivationScript, isInterpreterName } from '../archive/wheel/scripts.js';
import { regularTextSync } from '../files/regular-file.js';
import { scriptEntryPoints } from '../packaging/entry-points.js';
import type { ProjectName } from '../packaging/types.js';
import type { Difference } from './difference.js';
import { withHashableFile } from './disk.js';
import type { ClaimedFile } from './record.js';
import { isWrapper, maxScript } from './wrapper.js';

/**
 * True for files that every virtual environment has in its scripts directory: its Python, and scripts that enter
 * and leave it (venv, virtualenv, uv). No archive has those scripts, so there is nothing to compare them with.
 */
export function isEnvironmentScript(
  path: string,
  isFile: boolean,
  isPython: (path: string) => boolean,
): boolean {
  const name = basename(path);
  if (isInterpreterName(name)) return isPython(path);
  return isFile && (isActivationScript(name) || name === 'pydoc.bat');
}

/** Scripts of pip, setuptools and wheel, in the spellings that installers give them. */
const toolScript = /^(?:pip|easy_install|wheel)(?:-?\d[\d.]*)?(?:\.exe)?$/i;

export function isToolScript(path: string, scripts: string | undefined): boolean {
  return scripts !== undefined && dirname(path) === scripts && toolScript.test(basename(path));
}

/**
 * Compares the scripts of an installer without a pin with its own metadata. RECORD may have no hashes for them
 * (virtualenv), and some environments lack them. Throws `FILE_UNREADABLE`.
 */
export async function compareToolScripts(
  project: ProjectName,
  metadataPath: string,
  claims: readonly ClaimedFile[],
  isPython: (path: string) => boolean,
): Promise<Difference[]> {
  const entryPoints = scriptEntryPoints(smallText(join(metadataPath, 'entry_points.txt')));
  const differences: Difference[] = [];
  for (const { path, sha256 } of claims) {
    const found = await withHashableFile(path, async (file) => ({
      digest: await file.digest('sha256'),
      text: file.size > maxScript ? '' : file.bytes(maxScript).toString(),
    }));
    if (found === undefined || found.digest === sha256) continue;
    if (entryPoints.some((entryPoint) => isWrapper(found.text, entryPoint, isPython))) continue;
    differences.push({ change: 'changed', project, path, reason: `not the usual script of ${project}` });
  }
  return differences;
}

function smallText(path: string): string {
  return (regularTextSync(path, 16 << 20) ?? '').slice(0, maxScript);
}
