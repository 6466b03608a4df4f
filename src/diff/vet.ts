import type { Finding, Inspection } from '../archive/inspection.js';
import { factsOf, isNativeFile, runsAtBuild, runsAtStart } from './highlights.js';
import { originText } from './origin.js';
import type { ArchiveTree } from './tree.js';

/** The facts about an archive, for vetting it before its hash is pinned. All text in it is untrusted. */
export interface ArchiveFacts {
  readonly filename: string;
  readonly kind: Inspection['kind'];
  readonly project: string | null;
  readonly version: string | null;
  readonly sha256: string;
  /** In bytes; the unpacked size is the total of all files. */
  readonly size: number;
  readonly unpacked: number;
  readonly files: number;
  /** The publisher as `# attested-by:` records it; null if none is proven, with the reason in `publisher_note`. */
  readonly publisher: string | null;
  readonly publisher_note: string | null;
  readonly licence: string | null;
  readonly requires_python: string | null;
  readonly needs: readonly string[];
  /** `[console_scripts] name = module:function`. */
  readonly entry_points: readonly string[];
  readonly scripts: readonly string[];
  /** The code that runs when the archive is built; empty for a wheel. */
  readonly runs_at_build: readonly string[];
  readonly runs_at_start: readonly string[];
  readonly native: readonly string[];
  /** Files of `.data` that are installed outside of site-packages. */
  readonly elsewhere: readonly string[];
  readonly unreadable: readonly string[];
  readonly findings: readonly Finding[];
}

/** Collects the facts about an archive that was read and inspected. Pure. */
export function archiveFacts(tree: ArchiveTree, inspection: Inspection): ArchiveFacts {
  const { filename, sha256, size, origin } = tree;
  const files = [...tree.files.values()];
  const paths = files.map(({ path }) => path);
  const facts = factsOf(tree);
  const isSource = inspection.kind === 'sdist';
  const { licence } = inspection;
  const proven = origin?.kind === 'proven' ? originText(origin) : null;
  return {
    ...{ filename, kind: inspection.kind, sha256, size, files: files.length },
    ...{ project: inspection.project ?? null, version: inspection.version ?? null },
    unpacked: files.reduce((sum, file) => sum + file.size, 0),
    publisher: proven,
    publisher_note: proven === null && origin !== undefined ? originText(origin) : null,
    licence: licence?.expression ?? licence?.text ?? null,
    requires_python: facts.requiresPython ?? null,
    needs: facts.requirements,
    entry_points: facts.entryPoints,
    scripts: paths.filter((path) => /^data\/scripts\//.test(path)),
    runs_at_build: isSource ? [...paths.filter(runsAtBuild), ...facts.build] : [],
    runs_at_start: isSource ? [] : paths.filter(runsAtStart),
    native: files.filter(isNativeFile).map(({ path }) => path),
    elsewhere: paths.filter((path) => /^data\/(?!scripts\/|purelib\/|platlib\/)/.test(path)),
    unreadable: facts.unreadable,
    findings: inspection.findings,
  };
}

/** True if an install would refuse the archive. */
export function isRefused({ findings }: ArchiveFacts): boolean {
  return findings.some(({ severity }) => severity === 'refuse');
}
