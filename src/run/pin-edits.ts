import { secondReaderOf } from '../archive/second/thread.js';
import { type Edits, editAll } from '../pinning/edits.js';
import type { PinnedFile } from '../pinning/files.js';
import { type Planned, planAll } from '../pinning/plan-all.js';
import { policyObjection } from '../pinning/policy.js';
import { attestTask, withAcceptedPublishers } from '../pinning/publishers.js';
import { withoutOldDigests } from '../pinning/recognise.js';
import type { PinTask } from '../pinning/tasks.js';
import { vet } from '../pinning/vetting.js';
import { allOrAbort } from '../prepare/all-or-abort.js';
import { inspectAndStore } from '../prepare/inspect-and-store.js';
import type { Outcome } from '../prepare/outcome.js';
import type { Pin } from '../requirements/pin.js';
import type { Requirements } from '../requirements/read/read-requirements.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { Target } from '../target/target.js';
import type { PeepError } from '../text/errors.js';
import type { CommandContext } from './host.js';
import type { Run } from './open-run.js';

/** The options that `pin` and `compile` share: what may be pinned, and how. */
export interface PinPolicies {
  readonly style: 'peep' | 'pip' | undefined;
  readonly strict: boolean;
  /** `--accept-publisher`. */
  readonly acceptedPublishers: ReadonlySet<string>;
  /** `--record-publishers`. */
  readonly recordAll: boolean;
  /** `--require-provenance`. */
  readonly requireProvenance: boolean;
  /** `--accept-status`. */
  readonly acceptedStatuses: ReadonlySet<string>;
  /** `--min-age`, in seconds. */
  readonly minAge: number | undefined;
}

export interface PinEditsRequest {
  readonly tasks: readonly PinTask[];
  readonly requirements: Requirements;
  /** Empty for every archive of a release. */
  readonly targets: readonly Target[];
  readonly files: ReadonlyMap<string, PinnedFile | undefined>;
}

export interface PinEdits extends Edits {
  readonly tasks: readonly PinTask[];
  readonly lent: Planned['lent'];
}

/**
 * Turns pins into the changes of their lines: hashes and inspects every archive, applies policies and publishers,
 * and prints the facts to vet. Writes no file.
 */
export async function pinEdits(
  { tasks: given, requirements, targets, files }: PinEditsRequest,
  policies: PinPolicies,
  run: Run,
  { host, options, output }: CommandContext,
): Promise<PinEdits> {
  const { settings, network, store, schedule } = run;
  const written = withAcceptedPublishers(given, policies.acceptedPublishers);
  const use = inspectAndStore(
    store,
    // Inspects archives as install does: an archive that install refuses is not worth pinning.
    { depth: 'full', strict: policies.strict, secondReader: secondReaderOf(host) },
    output,
  );
  const objectionTo = objections(policies, run, host.now());
  const mayUse = async (link: ArchiveLink, pin: Pin) => (await objectionTo(pin, link)) === undefined;
  const hashFirst = run.hashFirst(use, mayUse);
  const preparer = run.preparer(use, hashFirst);
  const planDeps = {
    ...{ network, choice: settings.index, preparer, hashFirst },
    ...{ offline: options.offline, log: output, abort: schedule.abort },
  };
  const first = await planAll(written, targets, requirements, planDeps);
  const planned = written.map((task, i) => ({ task, outcomes: first.outcomes[i] ?? [] }));
  const tasks = await allOrAbort(
    planned,
    async ({ task, outcomes }) =>
      (await withoutOldDigests(task, outcomes, { store, network, preparer, log: output })) ?? task,
    schedule.abort,
  );
  const again = tasks.filter((task, i) => task !== written[i]);
  const replanned = await planAll(again, targets, requirements, planDeps);
  const placeAgain = new Map(again.map((task, i) => [task, i]));
  const outcomes = tasks.map(
    (task, i) => replanned.outcomes[placeAgain.get(task) ?? -1] ?? first.outcomes[i] ?? [],
  );
  run.progress.stop();
  const allowed = await underPolicies(outcomes, objectionTo, schedule.abort);
  await vet(allowed.flat(), network, output);
  const { acceptedPublishers: accepted, recordAll, requireProvenance: required } = policies;
  const attested = await allOrAbort(
    tasks.map((task, i) => ({ task, outcomes: allowed[i] ?? [] })),
    (each) => attestTask(each.task, each.outcomes, run.attester, { accepted, recordAll, required }, output),
    schedule.abort,
  );
  const edits = editAll(
    ...([tasks, attested.map((each) => each.outcomes), files, policies.style] as const),
    attested.map(({ records }) => records),
  );
  return { ...edits, tasks, lent: first.lent };
}

type Objection = (pin: Pin, link: ArchiveLink) => Promise<PeepError | undefined>;

/** Why `--min-age` or the status at its index excludes an archive from pinning. */
function objections(
  { minAge, acceptedStatuses: accepted }: PinPolicies,
  { network }: Run,
  now: number,
): Objection {
  return async (pin, link) => {
    const { source, links } = pin;
    const listed = source.kind === 'version' && links === undefined;
    const statuses = listed ? (await network.links(source.project, [source])).statuses : [];
    return policyObjection(pin, link, statuses, { minAge, accepted, now });
  };
}

/** The archives to pin; those that a policy forbids are refused. */
async function underPolicies(
  outcomes: readonly (readonly Outcome[])[],
  objectionTo: Objection,
  abort: (reason: unknown) => void,
): Promise<readonly (readonly Outcome[])[]> {
  const one = async (outcome: Outcome): Promise<Outcome> => {
    if (outcome.status !== 'missing') return outcome;
    const { pin, archive } = outcome;
    const error = await objectionTo(pin, archive.link);
    return error === undefined ? outcome : { status: 'refused', pin, archive, error };
  };
  return allOrAbort(outcomes, (each) => Promise.all(each.map(one)), abort);
}
