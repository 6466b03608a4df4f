import { pipConfigFiles } from '../config/config-files.js';
import { readPipConfig } from '../config/pip-config.js';
import {
  type ConfiguredContext,
  resolveFormatControl,
  resolveIndexSettings,
  resolveNetworkSettings,
} from '../config/resolve.js';
import type { IndexSettings } from '../config/settings.js';
import { type DownloadedDigest, downloadDigest, downloadVerified } from '../fetch/download/download.js';
import { createSchedule, type Schedule } from '../fetch/download/schedule.js';
import { isNetworkFailure } from '../fetch/http/failures.js';
import { fetchPage } from '../fetch/http/page.js';
import type { DigestAlgorithm } from '../hash/digest.js';
import { hashFile } from '../hash/hash-file.js';
import { createStoredSpool } from '../hash/spool/archive-spool.js';
import { ArchiveMemory } from '../hash/spool/memory-spool.js';
import type { VerifiedArchive } from '../hash/verification.js';
import { safeArchiveFilename } from '../packaging/filename.js';
import { evaluateMarker } from '../packaging/marker.js';
import type { ProjectName } from '../packaging/types.js';
import { localLink } from '../prepare/candidates.js';
import type { ChosenArchive } from '../prepare/outcome.js';
import { createPreparer, type PreparePorts, type Preparer } from '../prepare/prepare.js';
import type { Output } from '../report/output.js';
import { createProgress, type Progress } from '../report/progress.js';
import { checkConditions } from '../requirements/lock/lock-marker.js';
import { mergeEntries } from '../requirements/merge.js';
import type { RequirementEntry } from '../requirements/pin.js';
import { requirementsFiles } from '../requirements/read/read-file.js';
import { type Requirements, readRequirements } from '../requirements/read/read-requirements.js';
import type { ArchiveLink } from '../resolver/link.js';
import { type ProjectLinks, simpleClient } from '../resolver/pages/client.js';
import { localLocations } from '../resolver/pages/local.js';
import { createStore, type Store } from '../store/store.js';
import type { Target } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import { formatDuration } from '../text/format.js';
import { redactUrl } from '../text/redact.js';
import type { CommandContext } from './host.js';
import type { RunRequest } from './request.js';
import { fetchRequirements, namedUrls, networkTransport } from './session-network.js';

/** What a run works with, once its files and settings are read. Close it at the end, whatever happens. */
export interface Session {
  readonly requirements: Requirements;
  /** The requirements for one target, in file order. */
  entriesFor(target: Target): readonly RequirementEntry[];
  readonly indexSettings: IndexSettings;
  readonly store: Store;
  readonly schedule: Schedule;
  readonly progress: Progress;
  /** Everything that the indexes and find-links of the run say of a project. */
  links(project: ProjectName): Promise<ProjectLinks>;
  preparer(use: PreparePorts['use']): Preparer;
  /** Stores an archive that verified, unless it came from the store. */
  keep(archive: VerifiedArchive, chosen: ChosenArchive): Promise<void>;
  /** Hashes an archive with sha256 and `algorithms`; its bytes go nowhere. */
  digest(link: ArchiveLink, algorithms?: readonly DigestAlgorithm[]): Promise<DownloadedDigest>;
  /**
   * Hands a local archive that nobody pinned to `consume`, held in memory or sealed, and bound to the digest that it
   * had when it was read first: for looking at it, never for storing or installing.
   */
  readLocal<T>(path: string, consume: (archive: VerifiedArchive) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Reads requirements files and settings, and makes ready what asks indexes and fetches archives. */
export async function openSession(
  request: RunRequest,
  prefix: string | undefined,
  context: CommandContext,
  { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
): Promise<Session> {
  const { host, options, output } = context;
  if (request.requirements.length === 0 && !mayBeEmpty) {
    throw new PeepError('USAGE', 'no requirements file is named', { hint: 'Name one with -r FILE.' });
  }
  const configured: ConfiguredContext = {
    env: host.env,
    pipConfig: await readPipConfig({ ...host, prefix }, pipConfigFiles),
    cwd: host.cwd,
    home: host.home,
    platform: host.platform,
  };
  const commandLine = { ...request.network, ...request.index, jobs: options.jobs, offline: options.offline };
  const requirements = await readRequirements(
    requirementsFiles((url) => fetchRequirements(url, commandLine, configured, context)),
    {
      entries: request.requirements,
      constraints: request.constraints,
      env: host.env,
      cwd: host.cwd,
      formatControl: resolveFormatControl(request.index, configured),
    },
  );
  const indexSettings = resolveIndexSettings(request.index, requirements.options, configured);
  const network = resolveNetworkSettings(commandLine, requirements.options, configured);
  const store = createStore(options.cacheDir, ({ path, reason }) => {
    output.warn(
      `removed a bad entry of the store: '${path}': ${reason}`,
      'It is fetched again; look at the disk if this happens often.',
    );
  });
  const transport = networkTransport(
    network,
    [...indexSettings.indexUrls, ...indexSettings.findLinks],
    context,
    namedUrls(requirements),
  );
  const schedule = createSchedule(options.jobs, host.signal);
  const progress = createProgress({
    bars: options.progressBar,
    write: (text) => host.stderr.write(text),
    columns: () => host.stderr.columns ?? 80,
    clock: () => performance.now(),
    output,
  });
  const deps = {
    transport,
    retries: network.retries,
    lost: new Set<string>(),
    memory: new ArchiveMemory(options.memoryBudget),
    spillDirectory: store.layout.temp,
  };
  const told = new Set<string>();
  const pageDeps = {
    ...deps,
    onRetry(attempt: number, delay: number, { message, facts }: PeepError): void {
      // A hundred pages of one index that is down are told once for each round of tries.
      const { origin } = new URL(String(facts.url));
      const key = `${origin} ${attempt}`;
      if (told.has(key)) return;
      told.add(key);
      output.note(`${message}; trying again in ${formatDuration(delay)} (${attempt} of ${deps.retries})`);
    },
  };
  const client = simpleClient(indexSettings, {
    local: localLocations,
    getPage: (url, accept) =>
      schedule.run({ kind: 'page' }, (signal) => fetchPage(pageDeps, { url, accept, signal })),
  });

  const digest: Session['digest'] = (link, algorithms = []) =>
    schedule.run({ kind: 'archive', size: link.size }, async (signal) => {
      const filename = safeArchiveFilename(link.filename);
      const transfer = progress.transfer(filename);
      try {
        const request = { link, filename, algorithms, signal, onProgress: transfer.onEvent };
        return await downloadDigest(deps, request);
      } finally {
        transfer.end();
      }
    });

  return {
    requirements,
    entriesFor(target) {
      const holds = (marker: string) => evaluateMarker(marker, target.environment);
      checkConditions(requirements.conditions, holds);
      return mergeEntries(requirements.written, requirements.constraints, holds);
    },
    indexSettings,
    store,
    schedule,
    progress,
    links: (project) => client.linksFor(project),
    digest,
    preparer(use) {
      return createPreparer(
        {
          links: async (project) => {
            const found = await client.linksFor(project);
            warnOfStatus(project, found, output);
            return found;
          },
          download: (link, pin, consume) =>
            schedule.run({ kind: 'archive', size: link.size }, async (signal, transferred) => {
              const filename = safeArchiveFilename(link.filename);
              const transfer = progress.transfer(filename);
              try {
                const request = {
                  link,
                  digests: pin.digests,
                  filename,
                  signal,
                  onProgress: transfer.onEvent,
                };
                const archive = await downloadVerified(deps, request);
                transferred();
                return await consume(archive);
              } finally {
                transfer.end();
              }
            }),
          digest: async (link) => {
            const { computed, size } = await digest(link);
            return { digest: computed.sha256, size };
          },
          stored: (entry, pin, consume) =>
            schedule.run({ kind: 'archive', size: entry.size }, async () => {
              const archive = await store.open(
                entry,
                pin.digests,
                createStoredSpool(deps.memory, entry.size),
              );
              return archive === undefined ? undefined : consume(archive);
            }),
          store,
          use,
          isUnavailable,
          warn: (text, hint) => output.warn(text, hint),
          explain: (rejections) => {
            for (const { link, reason } of rejections) output.note(`${link.filename} ${reason}`, 1);
          },
        },
        { ...indexSettings, ignoreRequiresPython: request.ignoreRequiresPython },
        { offline: options.offline, dryRun: request.dryRun },
      );
    },
    keep: async (archive, { link }) => {
      if (link.source !== 'store') await store.put(archive);
    },
    async readLocal(path, consume) {
      const { sha256 } = await hashFile(path);
      const link = localLink(path);
      const filename = safeArchiveFilename(link.filename);
      const archive = await downloadVerified(deps, {
        link,
        digests: [sha256],
        filename,
        signal: host.signal,
      });
      try {
        return await consume(archive);
      } finally {
        await archive.release();
      }
    },
    async close() {
      progress.stop();
      schedule.abort(new Error('the run is over'));
      await schedule.idle();
      await transport.close();
    },
  };
}

/** Failures of one pin: everything else is looked at before the run ends. */
const unavailableCodes: ReadonlySet<string> = new Set([
  'FILE_UNREADABLE',
  'FILENAME_UNSAFE',
  'NOT_FOUND',
  'NOT_FOR_TARGET',
  'OFFLINE_MISSING',
  'PAGE_MALFORMED',
  'PAGE_VERSION',
  'PLACE_UNREADABLE',
]);

/** Is this failure one of the network, the index or a missing file? Such a pin is unavailable; others end the run. */
export function isUnavailable(error: PeepError): boolean {
  return unavailableCodes.has(error.code) || isNetworkFailure(error);
}

/** PEP 792: an index may say that a project is given up, or held back because it looks malicious. */
function warnOfStatus(project: ProjectName, { statuses }: ProjectLinks, output: Output): void {
  for (const { status, reason, index } of statuses) {
    if (status === 'active') continue;
    output.warn(
      `${project} is marked as ${status} at ${redactUrl(index)}${reason === undefined ? '' : `: ${reason}`}`,
      status === 'quarantined' ? 'Its index suspects harm: look into it before you install it.' : undefined,
    );
  }
}
