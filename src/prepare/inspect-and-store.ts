import { platform } from 'node:os';
import { inspectArchive } from '../archive/inspect-archive.js';
import type { Depth, Finding, Inspection } from '../archive/inspection.js';
import type { SecondReader } from '../archive/second/listing.js';
import { archiveRefused, notes, warnings } from '../archive/verdict.js';
import type { VerifiedArchive } from '../hash/verification.js';
import type { Pin } from '../requirements/pin.js';
import type { Store } from '../store/store.js';
import { addTo } from '../text/groups.js';
import type { Log } from '../text/log.js';
import type { PreparePorts } from './ports.js';

export interface InspectOptions {
  readonly depth: Depth;
  readonly strict: boolean;
  /** The second reader of archives. It is used if `depth` is `full`, with `strict`, or if `readAgain` is set. */
  readonly secondReader: SecondReader;
  readonly readAgain?: boolean;
}

/** Inspects a verified archive and stores it, unless it came from the store. Most commands do this. */
export function inspectAndStore(
  store: Pick<Store, 'put'>,
  options: InspectOptions,
  log: Log,
): PreparePorts['use'] {
  return async (archive, pin, { link }) => {
    const inspection = await inspectVerified(archive, pin, options, log);
    if (link.source !== 'store') await store.put(archive);
    return inspection;
  };
}

/** Inspects a verified archive (contract section 8). Logs warnings; throws `ARCHIVE_REFUSED`. */
export async function inspectVerified(
  archive: VerifiedArchive,
  { source }: Pick<Pin, 'source'>,
  { depth, strict, secondReader, readAgain = false }: InspectOptions,
  log: Log,
): Promise<Inspection> {
  const named = source.kind === 'version';
  const expected = {
    project: source.project,
    version: named ? source.version : undefined,
    origin: named ? 'index' : 'url',
  } as const;
  const inspection = await inspectArchive(archive, expected, {
    depth,
    foldsCase,
    secondReader: depth === 'full' || strict || readAgain ? secondReader : undefined,
  });
  const refusal = archiveRefused(archive, inspection, strict);
  if (refusal !== undefined) throw refusal;
  tellWarnings(archive.filename, inspection, log);
  return inspection;
}

/** True on macOS and Windows, whose file systems ignore case by default. */
const foldsCase = ['darwin', 'win32'].includes(platform());

/** Maximum number of warnings of one rule about one archive without `-v`. */
const shownWarnings = 3;

function tellWarnings(filename: string, inspection: Inspection, log: Log): void {
  const shown = ({ rule, entry, message }: Finding): string =>
    `${filename}: ${entry === undefined ? '' : `'${entry}': `}${message} (${rule})`;
  const byRule = new Map<string, string[]>();
  for (const finding of warnings(inspection)) {
    addTo(byRule, finding.rule, shown(finding));
  }
  for (const [rule, lines] of byRule) {
    for (const line of lines.slice(0, shownWarnings)) log.warn(line);
    const more = lines.slice(shownWarnings);
    if (more.length > 0) log.warn(`${filename}: ${more.length} more findings of ${rule}; -v shows them`);
    for (const line of more) log.note(line, 1);
  }
  for (const finding of notes(inspection)) log.note(shown(finding), 1);
}
