import type { Depth, Inspection } from '../archive/inspect.js';
import { inspectArchive } from '../archive/inspect-archive.js';
import { archiveRefused, warnings } from '../archive/verdict.js';
import type { VerifiedArchive } from '../hash/verification.js';
import type { Output } from '../report/output.js';
import type { Pin } from '../requirements/pin.js';

/**
 * Looks inside a verified archive (contract section 8). Warnings are told; throws `ARCHIVE_REFUSED`.
 */
export async function lookInside(
  archive: VerifiedArchive,
  { wanted }: Pin,
  options: { readonly depth: Depth; readonly strict: boolean },
  output: Output,
): Promise<Inspection> {
  const inspection = await inspectArchive(
    archive,
    {
      project: wanted.project,
      version: wanted.kind === 'version' ? wanted.version : undefined,
      origin: wanted.kind === 'version' ? 'index' : 'url',
    },
    { depth: options.depth },
  );
  const refusal = archiveRefused(archive, inspection, options.strict);
  if (refusal !== undefined) throw refusal;
  for (const { rule, entry, message } of warnings(inspection)) {
    output.note(`${archive.filename}: ${entry === undefined ? '' : `'${entry}': `}${message} (${rule})`, 1);
  }
  return inspection;
}
