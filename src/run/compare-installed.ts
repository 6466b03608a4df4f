import { secondReaderOf } from '../archive/second/thread.js';
import type { ProjectName } from '../packaging/types.js';
import { inspectVerified } from '../prepare/inspect-and-store.js';
import type { VerifiedOutcome } from '../prepare/outcome.js';
import type { RequirementEntry } from '../requirements/pin.js';
import { printable } from '../text/redact.js';
import type { Difference } from '../verify/difference.js';
import { cutRecords, isMendedByInstall } from '../verify/fix-environment.js';
import type { InstallPlace } from '../verify/place.js';
import { type Subject, verifySubject } from '../verify/subject.js';
import { type VerifyPorts, verifyEnvironment } from '../verify/verify-environment.js';
import type { CommandContext } from './host.js';
import type { InstalledCheck } from './installed-check.js';
import type { Run } from './open-run.js';
import type { RunRequest } from './request.js';
import { findInterpreter } from './targets.js';

export interface ComparedInstalled {
  /** The installed distributions without those that differ from their archives. */
  readonly installed: InstalledCheck;
  /** Projects whose files were all compared and match. */
  readonly proven: ReadonlySet<ProjectName>;
  /** True if an installed distribution must be installed again. */
  readonly differs: boolean;
  /** Reduces RECORDs before pip replaces differing distributions: pip must only remove files of the archives. */
  prepareReplacement(chosen: readonly VerifiedOutcome[]): Promise<void>;
}

/** `--verify-installed`: compares distributions that are already installed, file by file, with the pinned archives. */
export async function compareInstalled(
  run: Run,
  {
    request,
    entries,
    installed,
    place,
  }: {
    readonly request: RunRequest;
    readonly entries: readonly RequirementEntry[];
    readonly installed: InstalledCheck;
    readonly place: InstallPlace;
  },
  context: CommandContext,
): Promise<ComparedInstalled> {
  const present = entries.filter((entry) => entry.kind === 'pin' && installed(entry.pin) !== undefined);
  if (present.length === 0) {
    return { installed, proven: new Set(), differs: false, prepareReplacement: async () => undefined };
  }
  const subject = await subjectOf(place, context);
  const result = await verifyEnvironment(
    subject,
    { strict: false, allowEditable: false },
    proofPorts(run, present, request, context),
  );
  const pinned = new Set(
    present.flatMap((entry) => (entry.kind === 'pin' ? (entry.pin.source.project ?? []) : [])),
  );
  const differences = result.differences.filter(
    (each) => each.project !== null && pinned.has(each.project) && isMendedByInstall(each),
  );
  tellDifferences(differences, context);
  const differing = new Set(differences.flatMap(({ project }) => project ?? []));
  const failed = new Set(
    result.outcomes.flatMap((outcome) =>
      'pin' in outcome && outcome.status !== 'verified' ? [outcome.pin] : [],
    ),
  );
  return {
    installed: (pin) => {
      const isWrong = pin.source.project !== undefined && differing.has(pin.source.project);
      // An archive that did not verify is processed again, and reported with the others.
      return isWrong || failed.has(pin) ? undefined : installed(pin);
    },
    proven: new Set([...result.proven.keys()].filter((project) => !differing.has(project))),
    differs: differing.size > 0,
    prepareReplacement: (chosen) => cutRecords(chosen, result, subject),
  };
}

/** The dependencies of `verifyEnvironment` from an open run. */
export function proofPorts(
  run: Run,
  entries: readonly RequirementEntry[],
  { strict }: RunRequest,
  { host, output }: CommandContext,
): VerifyPorts {
  const secondReader = secondReaderOf(host);
  const look = { depth: 'structure', strict, readAgain: true, secondReader } as const;
  return {
    ...{ entries, platform: host.platform },
    preparer: (use) => run.preparer(use),
    inspect: (archive, pin) => inspectVerified(archive, pin, look, output),
    store: async (archive, { link }) => {
      if (link.source !== 'store') await run.store.put(archive);
    },
    abort: (reason) => run.schedule.abort(reason),
  };
}

async function subjectOf({ kind, root, schemes }: InstallPlace, context: CommandContext): Promise<Subject> {
  // As in peep verify: a start-up file of the environment could falsify the result.
  const interpreter = await findInterpreter(context, { isolated: true });
  return verifySubject(interpreter, {
    platform: context.host.platform,
    target: kind === 'target' ? root : undefined,
    paths: kind === 'environment' || kind === 'target' ? [] : schemes.map(({ site }) => site),
  });
}

/** Maximum number of files of one project to list (contract section 7). */
const shownFiles = 5;

function tellDifferences(differences: readonly Difference[], { output }: CommandContext): void {
  for (const project of new Set(differences.map((each) => each.project))) {
    const own = differences.filter((each) => each.project === project);
    const shown = own
      .slice(0, shownFiles)
      .map(({ change, path, reason }) =>
        path === null ? `${change}${reason === null ? '' : ` (${reason})`}` : `${change} '${path}'`,
      );
    const more = own.length > shownFiles ? [`${own.length - shownFiles} more`] : [];
    output.warn(
      printable(`${project} is installed, and differs from its archive: ${[...shown, ...more].join(', ')}`),
    );
  }
}
