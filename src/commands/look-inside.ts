import type { Depth, Inspection } from '../archive/inspect.js';
import { inspectArchive } from '../archive/inspect-archive.js';
import { archiveRefused, warnings } from '../archive/verdict.js';
import type { VerifiedArchive } from '../hash/verification.js';
import type { PreparePorts } from '../prepare/prepare.js';
import type { Output } from '../report/output.js';
import type { Pin } from '../requirements/pin.js';
import type { Session } from './session.js';

export interface InspectOptions {
  readonly depth: Depth;
  readonly strict: boolean;
}

/** What most commands do with an archive that verified: look inside, then store it. */
export function inspectAndStore(
  session: Session,
  options: InspectOptions,
  output: Output,
): PreparePorts['use'] {
  return async (archive, pin, chosen) => {
    const inspection = await inspectVerified(archive, pin, options, output);
    await session.keep(archive, chosen);
    return inspection;
  };
}

/** Looks inside a verified archive (contract section 8). Warnings are told; throws `ARCHIVE_REFUSED`. */
export async function inspectVerified(
  archive: VerifiedArchive,
  { source }: Pin,
  { depth, strict }: InspectOptions,
  output: Output,
): Promise<Inspection> {
  const named = source.kind === 'version';
  const expected = {
    project: source.project,
    version: named ? source.version : undefined,
    origin: named ? 'index' : 'url',
  } as const;
  const inspection = await inspectArchive(archive, expected, { depth });
  const refusal = archiveRefused(archive, inspection, strict);
  if (refusal !== undefined) throw refusal;
  tellWarnings(archive.filename, inspection, output);
  return inspection;
}

/** Warnings of one archive that are shown without `-v`. */
const shownWarnings = 3;

function tellWarnings(filename: string, inspection: Inspection, output: Output): void {
  const lines = warnings(inspection).map(
    ({ rule, entry, message }) =>
      `${filename}: ${entry === undefined ? '' : `'${entry}': `}${message} (${rule})`,
  );
  for (const line of lines.slice(0, shownWarnings)) output.warn(line);
  const more = lines.slice(shownWarnings);
  if (more.length > 0) output.warn(`${filename}: ${more.length} more of the kind; -v shows them`);
  for (const line of more) output.note(line, 1);
}
