import { availableParallelism } from 'node:os';
import { mergeBindings } from '../config/index-bindings.js';
import { type ProjectSettings, readProjectSettings } from '../config/project-settings.js';
import { createSchedule, type Schedule } from '../fetch/download/schedule.js';
import { createHashPool } from '../hash/hash-pool.js';
import { ArchiveMemory } from '../hash/spool/memory-spool.js';
import type { Attester } from '../prepare/attester.js';
import { createHashFirst, type HashFirst } from '../prepare/hash-first.js';
import { type Network, openNetwork } from '../prepare/network.js';
import { openPreparer } from '../prepare/open-preparer.js';
import type { PreparePorts, Preparer } from '../prepare/ports.js';
import { openRegistries } from '../prepare/registries.js';
import { type RunSettings, readSettings } from '../prepare/settings.js';
import { createProgress, type Progress } from '../report/progress.js';
import { createListings } from '../store/listings.js';
import { createStore, type Store } from '../store/store.js';
import { PeepError } from '../text/errors.js';
import { placeText } from '../text/place.js';
import type { CommandContext } from './host.js';
import { openAttester } from './open-attester.js';
import type { RunRequest } from './request.js';

/** The parts of a run with requirements files. Always close it at the end. */
export interface Run {
  readonly settings: RunSettings;
  readonly network: Network;
  readonly store: Store;
  readonly schedule: Schedule;
  readonly progress: Progress;
  readonly attester: Attester;
  /** `[tool.peep]`; the command line has precedence. */
  readonly project: ProjectSettings;
  preparer(use: PreparePorts['use'], hashFirst?: HashFirst): Preparer;
  /** For runs that propose pins: `use` also gets the archives that are hashed for them; see `createHashFirst`. */
  hashFirst(use: PreparePorts['use'], mayUse?: Parameters<typeof createHashFirst>[2]): HashFirst;
  /** `what`: the state of the run, for the message if it is interrupted. */
  close(what?: string): Promise<void>;
}

export interface RunOptions {
  readonly mayBeEmpty?: boolean;
  /** True if the run only needs to know that stored archives are intact: all stored archives were inspected. */
  readonly onlyStores?: boolean;
}

/**
 * Reads requirements files and settings, and opens the store and the network. `prefix` is the target's
 * `sys.prefix`.
 */
export async function openRun(
  request: RunRequest,
  prefix: string | undefined,
  context: CommandContext,
  { mayBeEmpty = false, onlyStores = false }: RunOptions = {},
): Promise<Run> {
  if (request.requirements.length === 0 && !mayBeEmpty) {
    throw new PeepError('USAGE', 'no requirements file is named', { hint: 'Name one with -r FILE.' });
  }
  const { host, options, output } = context;
  const { offline, jobs, stores } = options;
  const project = await readProjectSettings(host.cwd);
  const none = { indexes: [], projects: [] };
  const bindings = mergeBindings(project.bindings, request.index.bindings ?? none);
  const index = { ...request.index, bindings };
  const settings = await readSettings(
    { ...request, index, network: { ...request.network, jobs, offline }, prefix },
    host,
  );
  for (const { message, hint, place } of settings.requirements.warnings)
    output.warn(`${message} (${placeText(place)})`, hint);
  const provenance = {
    ...request.provenance,
    required: request.provenance.required || project.requireProvenance,
    index: request.provenance.index ?? project.provenanceIndex,
  };
  const opened = createStore(options.cacheDir, ({ path, reason }) => {
    output.warn(
      `removed a bad entry of the store: '${path}': ${reason}`,
      'peep fetches it again when needed. Check the disk if this happens often.',
    );
  });
  const schedule = createSchedule(jobs, host.signal);
  let kept = 0;
  const store: Store = {
    ...opened,
    async put(archive) {
      await opened.put(archive);
      kept += 1;
    },
  };
  const progress = createProgress({
    bars: options.progressBar,
    write: (text) => host.stderr.write(text),
    columns: () => host.stderr.columns ?? 80,
    clock: () => performance.now(),
    output,
  });
  const memory = new ArchiveMemory(options.memoryBudget);
  const shared = { schedule, memory, log: output };
  const network = openNetwork(settings, {
    ...shared,
    ...{ machine: host, progress, stores, spillDirectory: store.layout.temp },
    provenanceIndex: provenance.index,
  });
  const pool = onlyStores
    ? createHashPool(() => host.startWorker('hash'), availableParallelism(), host.signal)
    : undefined;
  const listings = createListings(store.layout, [
    ...settings.index.indexUrls,
    ...settings.index.findLinks,
    ...(settings.index.bindings ?? []).map(({ url, patterns }) => `${url} ${patterns.join(' ')}`),
  ]);
  const registries = openRegistries({ network, schedule, log: output });
  const attester = await openAttester(provenance, { network, registries, store }, context);
  const { dryRun, ignoreRequiresPython, refresh } = request;
  return {
    ...{ settings, network, store, schedule, progress, attester, project },
    hashFirst: (use, mayUse) => createHashFirst({ network, store, schedule, memory }, use, mayUse),
    preparer: (use, hashFirst) =>
      openPreparer(
        { ...shared, network, registries, store, listings, pool, attester },
        settings,
        { offline, dryRun, ignoreRequiresPython, refresh },
        use,
        hashFirst,
      ),
    async close(what) {
      progress.stop();
      if (host.signal.aborted) {
        const told = kept > 0 || what !== undefined ? [`${kept} archive${kept === 1 ? '' : 's'} kept`] : [];
        output.note(['interrupted', ...(what === undefined ? [] : [what]), ...told].join('; '));
      }
      schedule.abort(new Error('the run is over'));
      await schedule.idle();
      await Promise.all([network.close(), pool?.close(), attester.close()]);
    },
  };
}
