import type { ByteSource } from '../../hash/spool/spool.js';
import { Findings, RuleViolation } from '../findings.js';
import type { Depth, Expectation, Inspection } from '../inspection.js';
import { limits } from '../limits.js';
import type { ListedEntry, Listing } from '../second/listing.js';
import { listTarEntry, listZipEntry } from '../second/own-listing.js';
import { Links } from '../tar/links.js';
import type { TarPacking } from '../tar/packing.js';
import { readTar, type TarEntry } from '../tar/reader.js';
import { tarBlocks } from '../tar/stream.js';
import { checkContents, readContent } from '../zip/contents.js';
import { openZip } from '../zip/open.js';
import { SourceTree } from './tree.js';

type SdistParts = Pick<Inspection, 'project' | 'version' | 'needs' | 'licence'> & {
  readonly listing: Listing;
};

/** Inspects a source archive that is a tar. `stem`: the file name without its extension. */
export async function inspectTar(
  source: ByteSource,
  packing: TarPacking,
  stem: string,
  expected: Expectation,
  findings: Findings,
): Promise<SdistParts> {
  const tree = new SourceTree(findings);
  const links = new Links(findings);
  const entries: ListedEntry[] = [];
  for await (const entry of readTar(tarBlocks(source, packing, findings), findings, 'sdist')) {
    links.add(entry);
    entries.push(listTarEntry(entry));
    if (tree.add(entry.name, entry.type, entry.target)) tree.keep(entry.name, await whole(entry));
  }
  links.finish(tree.root);
  await readLinked(source, packing, tree);
  return { ...(await tree.finish(stem, expected)), listing: { kind: packing, entries } };
}

/** PKG-INFO or pyproject.toml may be a hard link: the file that it names came earlier, so a second pass reads it. */
async function readLinked(source: ByteSource, packing: TarPacking, tree: SourceTree): Promise<void> {
  const wanted = tree.linked;
  if (wanted.size === 0) return;
  const again = new Findings();
  for await (const entry of readTar(tarBlocks(source, packing, again), again, 'sdist')) {
    const names = entry.type === 'file' ? [...wanted].filter(([, target]) => target === entry.name) : [];
    if (names.length === 0) continue;
    const content = await whole(entry);
    for (const [name] of names) tree.keep(name, content);
  }
}

/** Inspects a source archive that is a ZIP. */
export async function inspectSourceZip(
  source: ByteSource,
  stem: string,
  expected: Expectation,
  depth: Depth,
  findings: Findings,
): Promise<SdistParts> {
  const zip = await openZip(source, findings, 'sdist');
  const tree = new SourceTree(findings);
  for (const entry of zip.entries) {
    if (!tree.add(entry.name, entry.directory ? 'directory' : 'file')) continue;
    tree.keep(entry.name, await readContent(zip, entry, ceiling(entry.name)));
  }
  const parts = await tree.finish(stem, expected);
  if (depth === 'full') await checkContents(zip, () => undefined, findings);
  return { ...parts, listing: { kind: 'zip', entries: zip.entries.map(listZipEntry) } };
}

async function whole(entry: TarEntry): Promise<Buffer> {
  if (entry.size > ceiling(entry.name)) {
    throw new RuleViolation(
      'bomb-metadata',
      entry.name,
      `${entry.size} bytes; the ceiling for this file is ${ceiling(entry.name)}`,
    );
  }
  const parts: Buffer[] = [];
  for await (const block of entry.content()) parts.push(block);
  return Buffer.concat(parts);
}

function ceiling(name: string): number {
  return name.endsWith('.toml') ? limits.pyproject : limits.metadataFile;
}
