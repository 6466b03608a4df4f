import { pythonName } from '../../packaging/python-names.js';
import type { Findings } from '../findings.js';
import { foldName } from '../names.js';
import type { ZipEntry } from '../zip/central.js';
import { checkScriptName, isActivationScript } from './scripts.js';

/** The data scheme starts at the prefix, so its files can also reach site-packages. */
const siteBelowPrefix = new RegExp(
  `^(?:local/)?lib(?:32|64)?/(?:${pythonName}[\\d.]*t?/)?(?:site|dist)-packages/(.+)$`,
  'i',
);

const schemes = new Set(['purelib', 'platlib', 'headers', 'scripts', 'data']);

/**
 * The rules for `.data` directories: the directory belongs to this wheel, its schemes are known, and its files
 * neither overwrite another file nor add another distribution. `stem`: the name of the `.dist-info` directory
 * without its extension.
 */
export function checkData(
  entries: readonly ZipEntry[],
  stem: string,
  belongs: (stem: string) => boolean,
  findings: Findings,
): void {
  let site: Map<string, string> | undefined;
  for (const entry of entries) {
    const slash = entry.name.indexOf('/');
    const top = slash < 0 ? entry.name : entry.name.slice(0, slash);
    // pip treats every top-level directory that ends in `.data` as a data directory, whatever its name.
    if (!/\.data$/i.test(top) || (slash < 0 && !entry.directory)) continue;
    if (!belongs(top.slice(0, -'.data'.length)) || !top.endsWith('.data')) {
      findings.add('wheel-data-name', entry.name, `'${top}' is not the data directory of this wheel`);
      continue;
    }
    if (top !== `${stem}.data`) {
      findings.add('wheel-data-spelling', top, `the data directory should be named '${stem}.data'`);
    }
    if (slash < 0) continue;
    site ??= siteNames(entries);
    checkDataEntry(entry, entry.name.slice(slash + 1), site, findings);
  }
}

function checkDataEntry(entry: ZipEntry, path: string, site: Map<string, string>, findings: Findings): void {
  const slash = path.indexOf('/');
  const scheme = slash < 0 ? path : path.slice(0, slash);
  if (!schemes.has(scheme) || (slash < 0 && !entry.directory)) {
    findings.add('wheel-data-scheme', entry.name, `'${scheme}' is not a known data scheme`);
    return;
  }
  if (slash < 0) return;
  const target = path.slice(slash + 1);
  if (scheme === 'scripts') checkScriptName(firstPart(target), entry.name, findings);
  if (scheme === 'data') {
    const script = /^(?:bin|scripts)\/([^/]+)$/i.exec(target);
    if (script?.[1] !== undefined) checkScriptName(script[1], entry.name, findings);
    if (isEnvironmentFile(target)) {
      findings.add('wheel-data-environment', entry.name, 'it replaces a file of the environment itself');
    }
  }
  const inSite = scheme === 'purelib' || scheme === 'platlib' ? target : siteBelowPrefix.exec(target)?.[1];
  if (inSite === undefined || (scheme !== 'data' && scheme !== 'purelib' && scheme !== 'platlib')) return;
  if (/\.(?:dist-info|egg-info)$/i.test(firstPart(inSite))) {
    findings.add(
      'wheel-data-dist-info',
      entry.name,
      'the data directory holds the metadata of a distribution',
    );
  }
  if (entry.directory) return;
  const key = foldName(inSite);
  const other = site.get(key);
  if (other !== undefined) {
    findings.add('wheel-data-collision', entry.name, `it is installed to the same place as '${other}'`);
  }
  site.set(key, entry.name);
}

/**
 * True for files that mark a directory as a virtual environment, and for scripts that users source in their shells.
 * `path`: below the prefix.
 */
function isEnvironmentFile(path: string): boolean {
  if (/^pyvenv\.cfg$/i.test(path)) return true;
  const script = /^(?:bin|scripts)\/([^/]+)$/i.exec(path)?.[1];
  return script !== undefined && isActivationScript(script);
}

/** Files that go to site-packages unchanged. */
function siteNames(entries: readonly ZipEntry[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { name, directory } of entries) {
    if (!directory && !/^[^/]*\.data\//i.test(name)) names.set(foldName(name), name);
  }
  return names;
}

function firstPart(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? path : path.slice(0, slash);
}
