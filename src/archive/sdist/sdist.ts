import type { ByteSource } from '../../hash/spool/spool.js';
import { type Findings, RuleViolation } from '../findings.js';
import type { Depth, Expectation, Inspection } from '../inspect.js';
import { limits } from '../limits.js';
import { sourceBlocks } from '../tar/blocks.js';
import { gunzip } from '../tar/gzip.js';
import { Links } from '../tar/links.js';
import { readTar, type TarEntry } from '../tar/reader.js';
import { checkContents, readContent } from '../zip/contents.js';
import { openZip } from '../zip/open.js';
import { SourceTree } from './tree.js';

type SdistParts = Pick<Inspection, 'project' | 'version' | 'needs'>;

/** Looks into a source archive that is a tar, gzipped or not. `stem`: the file name without its ending. */
export async function inspectTar(
  source: ByteSource,
  packed: boolean,
  stem: string,
  expected: Expectation,
  findings: Findings,
): Promise<SdistParts> {
  const tree = new SourceTree(findings);
  const links = new Links(findings);
  for await (const entry of readTar(packed ? gunzip(source, findings) : sourceBlocks(source), findings)) {
    links.add(entry);
    if (tree.add(entry.name, entry.type)) tree.keep(entry.name, await whole(entry));
  }
  links.finish(tree.root);
  return tree.finish(stem, expected);
}

/** Looks into a source archive that is a ZIP. */
export async function inspectSourceZip(
  source: ByteSource,
  stem: string,
  expected: Expectation,
  depth: Depth,
  findings: Findings,
): Promise<SdistParts> {
  const zip = await openZip(source, findings);
  const tree = new SourceTree(findings);
  for (const entry of zip.entries) {
    if (!tree.add(entry.name, entry.directory ? 'directory' : 'file')) continue;
    tree.keep(entry.name, await readContent(zip, entry, ceiling(entry.name)));
  }
  const parts = await tree.finish(stem, expected);
  if (depth === 'full') await checkContents(zip, () => undefined, findings);
  return parts;
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
