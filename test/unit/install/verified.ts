import { createHash } from 'node:crypto';
import { parseHexDigest } from '../../../src/hash/digest.js';
import type { Spool } from '../../../src/hash/spool/spool.js';
import { Verification, type VerifiedArchive } from '../../../src/hash/verification.js';
import type { ArchiveSource } from '../../../src/install/install-archives.js';
import { type LineOption, lineOption } from '../../../src/packaging/line-option.js';
import { memorySpool } from '../../support/memory-hold.js';

/** A verified archive made of `bytes`, by the only way there is to make one. */
export async function verified(
  filename: string,
  bytes: Buffer | string,
  spool: Spool = memorySpool(),
): Promise<VerifiedArchive> {
  const content = Buffer.from(bytes);
  const digest = parseHexDigest('sha256', createHash('sha256').update(content).digest('hex'));
  const verification = new Verification([digest], spool);
  await verification.write(content);
  return verification.finish(filename);
}

/** The same, to be opened when an install wants it. */
export async function archiveSource(filename: string, bytes: Buffer | string): Promise<ArchiveSource> {
  const archive = await verified(filename, bytes);
  return { filename, sha256: archive.sha256, open: async () => archive };
}

/** Options as the parsers make them. */
export function lineOptions(...texts: readonly string[]): LineOption[] {
  return texts.flatMap((text) => lineOption(text) ?? []);
}
