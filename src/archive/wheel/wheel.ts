import type { ByteSource } from '../../hash/verification.js';
import type { ProjectName } from '../../packaging/types.js';
import { type Findings, Refusal } from '../findings.js';
import { projectName, sameVersion, splitsInto } from '../identity.js';
import type { Depth, Expectation, Inspection } from '../inspect.js';
import { limits } from '../limits.js';
import { decodeText, type Fields, parseFields } from '../metadata.js';
import type { ZipEntry } from '../zip/central.js';
import { checkContents, readContent } from '../zip/contents.js';
import { openZip, type ZipArchive } from '../zip/open.js';
import { checkData } from './data.js';
import { parseRecord, type RecordRow } from './record.js';
import { checkEntryPoints } from './scripts.js';

type WheelParts = Pick<Inspection, 'project' | 'version'>;

const distInfoEnding = '.dist-info';
const wantedFields = new Set(['name', 'version', 'wheel-version', 'tag']);

/** Looks into a wheel: framing, then what the binary distribution format and contract section 8 ask of it. */
export async function inspectWheel(
  source: ByteSource,
  filename: string,
  expected: Expectation,
  depth: Depth,
  findings: Findings,
): Promise<WheelParts> {
  const zip = await openZip(source, findings);
  const distInfo = findDistInfo(zip.entries);
  const files = new Map<string, ZipEntry>();
  for (const entry of zip.entries) {
    if (!entry.folder && entry.name.startsWith(distInfo)) files.set(entry.name, entry);
  }

  const metadata = await readFields(zip, files, `${distInfo}/METADATA`, findings);
  const project = projectName(single(metadata, 'name', `${distInfo}/METADATA`));
  const version = single(metadata, 'version', `${distInfo}/METADATA`);
  const named = parseWheelName(filename);
  const stem = distInfo.slice(0, -distInfoEnding.length);
  const belongs = (text: string) => splitsInto(text, project, version);
  if (!belongs(stem)) {
    findings.add('wheel-dist-info-name', distInfo, `METADATA says ${project} ${version}`);
  }
  checkIdentity(project, version, named, expected, `${distInfo}/METADATA`, findings);
  await checkWheelFile(zip, files, distInfo, named.tags, findings);

  const recordPath = `${distInfo}/RECORD`;
  const record = await readText(zip, required(files, recordPath), limits.recordFile, findings);
  const rows = parseRecord(record, recordPath, zip.entries.length, findings);
  checkListing(zip.entries, rows, recordPath, findings);
  checkData(zip.entries, stem, belongs, findings);
  const entryPoints = files.get(`${distInfo}/entry_points.txt`);
  if (entryPoints !== undefined) {
    checkEntryPoints(
      await readText(zip, entryPoints, limits.smallFile, findings),
      entryPoints.name,
      findings,
    );
  }
  if (depth === 'full')
    await checkContents(zip, (entry) => (entry.folder ? undefined : rows.get(entry.name)), findings);
  return { project, version };
}

/** Several metadata folders, and two installers disagree on which distribution this is. */
function findDistInfo(entries: readonly ZipEntry[]): string {
  const found = new Set<string>();
  for (const { name, folder } of entries) {
    const slash = name.indexOf('/');
    if (slash < 0 && !folder) continue;
    const top = slash < 0 ? name : name.slice(0, slash);
    if (
      top.length >= distInfoEnding.length &&
      top.slice(-distInfoEnding.length).toLowerCase() === distInfoEnding
    ) {
      found.add(top);
    }
  }
  const [first, second] = found;
  if (first === undefined)
    throw new Refusal('wheel-dist-info', undefined, 'the wheel has no .dist-info folder');
  if (second !== undefined) {
    throw new Refusal(
      'wheel-dist-info',
      second,
      `the wheel has two metadata folders, '${first}' and '${second}'`,
    );
  }
  if (!first.endsWith(distInfoEnding)) {
    throw new Refusal(
      'wheel-dist-info',
      first,
      "the ending of the metadata folder is not spelled '.dist-info'",
    );
  }
  return first;
}

interface WheelName {
  readonly project: ProjectName;
  readonly version: string;
  /** The three last parts, each a set joined by dots. */
  readonly tags: readonly string[];
}

function parseWheelName(filename: string): WheelName {
  const parts = filename.replace(/\.whl$/i, '').split('-');
  const [name, version] = parts;
  if (name === undefined || version === undefined || parts.length < 5 || parts.length > 6) {
    throw new Refusal('format-unknown', undefined, `'${filename}' is no file name of a wheel`);
  }
  return { project: projectName(name), version: version.replace(/_/g, '-'), tags: parts.slice(-3) };
}

function checkIdentity(
  project: ProjectName,
  version: string,
  named: WheelName,
  expected: Expectation,
  entry: string,
  findings: Findings,
): void {
  if (project !== named.project) {
    findings.add('wheel-project', entry, `METADATA says '${project}', the file name '${named.project}'`);
  } else if (expected.project !== undefined && project !== expected.project) {
    findings.add('wheel-project', entry, `METADATA says '${project}', the pin '${expected.project}'`);
  }
  if (!sameVersion(version, named.version)) {
    findings.add(
      'wheel-version',
      entry,
      `METADATA says version '${version}', the file name '${named.version}'`,
    );
  } else if (expected.version !== undefined && !sameVersion(version, expected.version)) {
    findings.add('wheel-version', entry, `METADATA says version '${version}', the pin '${expected.version}'`);
  }
}

async function checkWheelFile(
  zip: ZipArchive,
  files: ReadonlyMap<string, ZipEntry>,
  distInfo: string,
  tags: readonly string[],
  findings: Findings,
): Promise<void> {
  const path = `${distInfo}/WHEEL`;
  const fields = await readFields(zip, files, path, findings);
  const format = single(fields, 'wheel-version', path, 'wheel-format');
  const match = /^(\d+)\.(\d+)$/.exec(format);
  if (match?.[1] !== '1') findings.add('wheel-format', path, `Wheel-Version '${format}'; only 1.x is known`);
  else if (match[2] !== '0')
    findings.add('wheel-format-minor', path, `Wheel-Version '${format}' is newer than 1.0`);
  const inside = new Set((fields.get('tag') ?? []).flatMap(expandTags));
  const outside = expandTags(tags.join('-'));
  if (inside.size !== new Set(outside).size || outside.some((tag) => !inside.has(tag))) {
    findings.add(
      'wheel-tags',
      path,
      `WHEEL gives the tags '${[...inside].join(' ')}', the file name '${tags.join('-')}'`,
    );
  }
}

function expandTags(text: string): string[] {
  const [interpreters = '', abis = '', platforms = ''] = text.split('-').map((part) => part.toLowerCase());
  return interpreters
    .split('.')
    .flatMap((python) =>
      abis.split('.').flatMap((abi) => platforms.split('.').map((tag) => `${python}-${abi}-${tag}`)),
    );
}

/** RECORD and the archive have to name the same files: what is unlisted is not uninstalled, nor audited. */
function checkListing(
  entries: readonly ZipEntry[],
  rows: ReadonlyMap<string, RecordRow>,
  recordPath: string,
  findings: Findings,
): void {
  let listed = 0;
  for (const { name, folder, size } of entries) {
    if (folder) continue;
    const row = rows.get(name);
    if (row === undefined) {
      // The signatures are made after RECORD (binary distribution format, "Signed wheel files").
      if (name === `${recordPath}.jws` || name === `${recordPath}.p7s`) continue;
      findings.add('wheel-record-unlisted', name, 'the file is not listed in RECORD');
      continue;
    }
    listed += 1;
    if (row.size !== undefined && row.size !== size) {
      findings.add('wheel-record-size', name, `RECORD gives ${row.size} bytes, the archive holds ${size}`);
    }
  }
  if (listed >= rows.size) return;
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const { name, folder } of entries) (folder ? folders : files).add(name);
  for (const path of rows.keys()) {
    if (files.has(path)) continue;
    if (path.endsWith('/') && folders.has(path.slice(0, -1))) {
      findings.add('wheel-record-folder', path, 'RECORD lists a folder');
    } else findings.add('wheel-record-absent', path, 'RECORD lists a file that the archive does not hold');
  }
}

function required(files: ReadonlyMap<string, ZipEntry>, path: string): ZipEntry {
  const entry = files.get(path);
  if (entry === undefined) throw new Refusal('wheel-file-missing', path, 'the wheel lacks this file');
  return entry;
}

async function readFields(
  zip: ZipArchive,
  files: ReadonlyMap<string, ZipEntry>,
  path: string,
  findings: Findings,
): Promise<Fields> {
  return parseFields(await readText(zip, required(files, path), limits.metadataFile, findings), wantedFields);
}

async function readText(
  zip: ZipArchive,
  entry: ZipEntry,
  ceiling: number,
  findings: Findings,
): Promise<string> {
  const { text, exact } = decodeText(await readContent(zip, entry, ceiling));
  if (!exact) findings.add('wheel-encoding', entry.name, 'the file is not UTF-8');
  return text;
}

/** A field that has to be there once: with two, one reader takes the first and another the last. */
function single(
  fields: Fields,
  name: string,
  path: string,
  rule: 'wheel-metadata' | 'wheel-format' = 'wheel-metadata',
): string {
  const [value, second] = fields.get(name) ?? [];
  if (value === undefined || value === '') throw new Refusal(rule, path, `the field '${name}' is missing`);
  if (second !== undefined) throw new Refusal(rule, path, `the field '${name}' is there twice`);
  return value;
}
