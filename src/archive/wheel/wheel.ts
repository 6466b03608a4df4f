import type { ByteSource } from '../../hash/spool/spool.js';
import { decodeText, type Fields, parseFields } from '../../packaging/metadata.js';
import type { ProjectName } from '../../packaging/types.js';
import { sameVersion } from '../../packaging/version.js';
import { type Findings, RuleViolation } from '../findings.js';
import { fitsPin, readIdentity, splitsInto } from '../identity.js';
import type { Depth, Expectation, Inspection } from '../inspection.js';
import { declaredLicence } from '../licence.js';
import { limits } from '../limits.js';
import type { Listing } from '../second/listing.js';
import { listZipEntry } from '../second/own-listing.js';
import type { ZipEntry } from '../zip/central.js';
import { checkContents, readContent } from '../zip/contents.js';
import { openZip, type ZipArchive } from '../zip/open.js';
import { checkData } from './data.js';
import { distInfoEnding, findDistInfo, parseWheelName, type WheelName } from './dist-info.js';
import { checkListing } from './listing.js';
import { parseRecord } from './record.js';
import { checkEntryPoints } from './scripts.js';
import { checkWheelFile } from './wheel-file.js';

type WheelParts = Pick<Inspection, 'project' | 'version' | 'needs' | 'licence' | 'layout'> & {
  readonly listing: Listing;
};

const sourceFields = new Set(['name', 'version', 'wheel-version', 'tag', 'requires-dist', 'requires-python']);

/** Inspects a wheel: its framing, then the rules of the binary distribution format and of contract section 8. */
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
    if (!entry.directory && entry.name.startsWith(distInfo)) files.set(entry.name, entry);
  }

  const text = await readText(zip, required(files, `${distInfo}/METADATA`), limits.metadataFile, findings);
  const metadata = parseFields(text, sourceFields);
  for (const doubt of metadata.doubts) findings.add('wheel-metadata', `${distInfo}/METADATA`, doubt);
  const { project, version } = readIdentity(metadata, `${distInfo}/METADATA`, 'wheel-metadata');
  const named = parseWheelName(filename);
  const stem = distInfo.slice(0, -distInfoEnding.length);
  const belongs = (text: string) => splitsInto(text, project, version);
  if (!belongs(stem)) {
    findings.add('wheel-dist-info-name', distInfo, `METADATA says ${project} ${version}`);
  }
  checkIdentity(project, version, named, expected, `${distInfo}/METADATA`, findings);
  const wheelPath = `${distInfo}/WHEEL`;
  checkWheelFile(await readFields(zip, files, wheelPath, findings), wheelPath, named.tags, findings);

  const recordPath = `${distInfo}/RECORD`;
  const record = await readText(zip, required(files, recordPath), limits.recordFile, findings);
  const rows = parseRecord(record, recordPath, zip.entries.length, findings);
  checkListing(zip.entries, rows, recordPath, findings);
  checkData(zip.entries, stem, belongs, findings);
  const entryPointsFile = files.get(`${distInfo}/entry_points.txt`);
  let entryPoints = '';
  if (entryPointsFile !== undefined) {
    entryPoints = await readText(zip, entryPointsFile, limits.smallFile, findings);
    checkEntryPoints(entryPoints, entryPointsFile.name, findings);
  }
  if (depth === 'full')
    await checkContents(zip, (entry) => (entry.directory ? undefined : rows.get(entry.name)), findings);
  const needs = {
    buildRequires: [],
    buildBackend: undefined,
    backendPath: [],
    requiresDist: metadata.get('requires-dist') ?? [],
    statedRequires: [],
    requiresPython: metadata.get('requires-python')?.[0],
  };
  const listing = { kind: 'zip', entries: zip.entries.map(listZipEntry) } as const;
  const names = zip.entries.flatMap(({ directory, name }) => (directory ? [] : [name]));
  const layout = { stem, files: names, entryPoints };
  return { project, version, needs, licence: declaredLicence(text), layout, listing };
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
    findings.add(
      'wheel-project',
      entry,
      `METADATA names '${project}', but the file name has '${named.project}'`,
    );
  } else if (expected.project !== undefined && project !== expected.project) {
    findings.add(
      'wheel-project',
      entry,
      `METADATA names '${project}', but the pin names '${expected.project}'`,
    );
  }
  // File names write dashes of a version as underscores.
  if (!sameVersion(version, named.version) && !sameVersion(version, named.version.replaceAll('_', '-'))) {
    findings.add(
      'wheel-version',
      entry,
      `METADATA has version '${version}', but the file name has '${named.version}'`,
    );
  } else if (expected.version !== undefined && !fitsPin(version, expected.version)) {
    findings.add(
      'wheel-version',
      entry,
      `METADATA has version '${version}', but the pin has '${expected.version}'`,
    );
  }
}

function required(files: ReadonlyMap<string, ZipEntry>, path: string): ZipEntry {
  const entry = files.get(path);
  if (entry === undefined) throw new RuleViolation('wheel-file-missing', path, 'the wheel lacks this file');
  return entry;
}

async function readFields(
  zip: ZipArchive,
  files: ReadonlyMap<string, ZipEntry>,
  path: string,
  findings: Findings,
): Promise<Fields> {
  return parseFields(await readText(zip, required(files, path), limits.metadataFile, findings), sourceFields);
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
