import { readdir, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { openRegular, readRegular } from '../files/regular-file.js';
import { parseFields } from '../packaging/metadata.js';
import { projectName } from '../packaging/name.js';
import type { ProjectName } from '../packaging/types.js';
import type { InstalledDistribution } from './target.js';

/** Bytes to read of a metadata file: enough for the first headers, which precede the long description. */
const headerBytes = 16 << 10;
const headerFields = new Set(['name', 'version']);

/**
 * The distributions in the directories of `sitePaths`, by project; the first directory with one has precedence, as
 * for `import`. Names and versions come from directory names. A metadata file is only opened if the name is
 * ambiguous, and for the projects in `wanted` (all, if absent): for those, metadata must exist, and
 * `direct_url.json` is read. Unreadable directories count as empty. Never throws.
 */
export async function readInstalled(
  sitePaths: readonly string[],
  wanted?: ReadonlySet<ProjectName>,
): Promise<Map<ProjectName, InstalledDistribution>> {
  const directories = await Promise.all(sitePaths.map(readDirectory));
  const confirmedDirectories = await Promise.all(
    directories.map((directory) =>
      Promise.all(
        directory.map((entry) =>
          wanted?.has(entry.project) === false
            ? { ...entry, directUrl: undefined, hasRecord: true }
            : confirmed(entry),
        ),
      ),
    ),
  );
  const installed = new Map<ProjectName, InstalledDistribution>();
  for (const directory of confirmedDirectories) {
    const here = new Map<ProjectName, InstalledDistribution>();
    for (const found of directory) {
      if (found === undefined || installed.has(found.project)) continue;
      const before = here.get(found.project);
      // A distribution with RECORD has precedence over one that an interrupted install or uninstall left.
      const [first, second] =
        before === undefined
          ? [found]
          : found.hasRecord && !before.hasRecord
            ? [found, before]
            : [before, found];
      const duplicates = second === undefined ? [] : [...(before?.duplicates ?? []), second.metadataPath];
      here.set(found.project, { ...first, duplicates });
    }
    for (const [project, distribution] of here) installed.set(project, distribution);
  }
  return installed;
}

type Entry = Pick<InstalledDistribution, 'project' | 'version' | 'metadataPath'>;
type Confirmed = Omit<InstalledDistribution, 'duplicates'>;

async function readDirectory(directory: string): Promise<Entry[]> {
  if (!isAbsolute(directory)) return [];
  if (directory.endsWith('.egg')) {
    const egg = await eggEntry(directory);
    if (egg !== undefined) return [egg];
  }
  let names: string[];
  try {
    names = await readdir(directory);
  } catch {
    return [];
  }
  names.sort();
  const metadata = names.filter((name) => name.endsWith('.dist-info') || name.endsWith('.egg-info'));
  const links = names.filter((name) => name.endsWith('.egg-link'));
  const entries = await Promise.all([
    ...metadata.map((name) => metadataEntry(join(directory, name))),
    ...links.map((name) => linkEntry(join(directory, name))),
  ]);
  return entries.filter((entry) => entry !== undefined);
}

async function metadataEntry(path: string): Promise<Entry | undefined> {
  const told = fromName(basename(path));
  if (told !== undefined) return entryOf(told.name, told.version, path);
  const headers = await readHeaders(path);
  return headers === undefined ? undefined : entryOf(headers.name, headers.version, path);
}

/** Name and version from the name of a metadata directory, if they are unambiguous. */
function fromName(name: string): { readonly name: string; readonly version: string } | undefined {
  const match = /^([^-]+)-([^-_]+)(?:-py\d[\d.]*(?:-.*)?)?\.(?:dist|egg)-info$/.exec(name);
  // A `_` in the version may stand for another character, and a second dash makes the split ambiguous.
  if (match?.[1] === undefined || match[2] === undefined || !/^\d/.test(match[2])) return undefined;
  return { name: match[1], version: match[2] };
}

function entryOf(name: string, version: string, metadataPath: string): Entry | undefined {
  // pip leaves `~name` directories behind when it is killed. They are not valid names, so they are ignored.
  const project = projectName(name);
  return project === undefined || version === '' ? undefined : { project, version, metadataPath };
}

/** The metadata of an egg: a directory or ZIP file that is itself on `sys.path`. */
async function eggEntry(path: string): Promise<Entry | undefined> {
  const metadata = join(path, 'EGG-INFO');
  const headers = await readHeaders(metadata);
  if (headers !== undefined) return entryOf(headers.name, headers.version, metadata);
  const [, name, version] = /^([^-]+)-([^-]+)(?:-py\d.*)?\.egg$/.exec(basename(path)) ?? [];
  return (await isFile(path)) && name !== undefined && version !== undefined
    ? entryOf(name, version, path)
    : undefined;
}

/** `setup.py develop` writes a file with the path of the project's directory, which contains the metadata. */
async function linkEntry(path: string): Promise<Entry | undefined> {
  const text = (await smallText(path)) ?? '';
  const directory = text.split(/\r?\n/)[0]?.trim() ?? '';
  if (!isAbsolute(directory)) return undefined;
  return metadataEntry(join(directory, basename(path).replace(/\.egg-link$/, '.egg-info')));
}

/** A directory without its metadata file is a leftover of an uninstall; pip ignores it too. */
async function confirmed(entry: Entry): Promise<Confirmed | undefined> {
  const { metadataPath } = entry;
  const [isThere, hasRecord, directUrl] = await Promise.all([
    hasMetadata(metadataPath),
    !metadataPath.endsWith('.dist-info') || isFile(join(metadataPath, 'RECORD')),
    // PEP 610.
    smallText(join(metadataPath, 'direct_url.json')),
  ]);
  return isThere ? { ...entry, directUrl, hasRecord } : undefined;
}

async function hasMetadata(path: string): Promise<boolean> {
  const files = path.endsWith('.dist-info') ? ['METADATA'] : ['PKG-INFO', ''];
  for (const file of files) {
    if (await isFile(join(path, file))) return true;
  }
  return false;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * Reads `Name` and `Version` of the metadata at `path`: a directory with METADATA or PKG-INFO, or such a file
 * itself.
 */
async function readHeaders(path: string): Promise<{ name: string; version: string } | undefined> {
  for (const file of [join(path, 'METADATA'), join(path, 'PKG-INFO'), path]) {
    const text = await readHead(file);
    if (text === undefined) continue;
    const fields = parseFields(text, headerFields);
    const [name, version] = [fields.get('name')?.[0], fields.get('version')?.[0]];
    return name === undefined || version === undefined ? undefined : { name, version };
  }
  return undefined;
}

async function smallText(path: string): Promise<string | undefined> {
  return readRegular(path, { maxBytes: 1 << 20 }).then(String, () => undefined);
}

async function readHead(file: string): Promise<string | undefined> {
  const opened = await openRegular(file).catch(() => undefined);
  if (opened === undefined) return undefined;
  const { handle } = opened;
  try {
    const buffer = Buffer.alloc(headerBytes);
    const { bytesRead } = await handle.read(buffer, 0, headerBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}
