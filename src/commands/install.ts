import { spawn } from 'node:child_process';
import type { Outcome } from '../acquire/outcome.js';
import { PeepError } from '../errors.js';
import { type InstallArguments, passThroughArguments } from '../install/arguments.js';
import { choosePip } from '../install/choose-pip.js';
import { type ArchiveToInstall, installArchives, pipFailure } from '../install/install-archives.js';
import { nameSpecifier } from '../install/name-specifier.js';
import { otherPips } from '../install/other-pips.js';
import type { ProjectName } from '../packaging/types.js';
import { renderFailures, renderSatisfied } from '../report/text.js';
import type { Entry, Pin } from '../requirements/pin.js';
import { readInstalled } from '../target/installed.js';
import type { Interpreter, Target } from '../target/target.js';
import { allGood, collectOutcomes } from './collect.js';
import type { CommandContext } from './host.js';
import { installedVersion } from './installed-version.js';
import { lookInside } from './look-inside.js';
import { isExplicitTarget, type RunRequest, runRequest } from './request.js';
import { openSession, type Session } from './session.js';
import { summaryLine } from './summary.js';
import { findInterpreter } from './target.js';
import { writeReport } from './write-report.js';

/** `peep install`: verify everything, then one run of pip over verified files (contract section 6). */
export async function installCommand(given: InstallArguments, context: CommandContext): Promise<number> {
  const { host, output } = context;
  const startedAt = host.now();
  const request = runRequest(given);
  const interpreter = await findInterpreter(context);
  const { env, platform, signal } = host;
  // Before anything is fetched: is there a pip that can take what is verified, and does it know the options?
  const pip = await choosePip(interpreter, otherPips({ target: interpreter, env, platform, signal }));
  const passThrough = passThroughArguments(given.passed, pip.version);
  const target = await installTarget(request, interpreter);
  const session = await openSession(request, interpreter.prefix, context);
  try {
    const entries = session.entriesFor(target);
    const installed = await installedCheck(entries, given, interpreter);
    const acquirer = session.acquirer(async (archive, pin) => {
      const inspection = await lookInside(archive, pin, { depth: 'full', strict: request.strict }, output);
      await session.store.put(archive);
      return inspection;
    });
    const outcomes = await collectOutcomes(entries, target, {
      acquirer,
      installed,
      abort: session.schedule.abort,
    });
    session.progress.stop();
    const finish = async (final: readonly Outcome[], exitCode: number): Promise<number> => {
      await writeReport(
        request.report,
        final,
        { command: 'install', target: target.label, exitCode },
        context,
      );
      output.note(summaryLine(final, session, host.now() - startedAt));
      return exitCode;
    };
    const satisfied = renderSatisfied(outcomes);
    if (satisfied !== '') output.report(satisfied);
    if (!allGood(outcomes)) {
      output.report(renderFailures(outcomes, { refusal: 'Not proceeding to installation.' }));
      return finish(outcomes, 1);
    }
    const chosen = outcomes.filter((outcome): outcome is Verified => outcome.status === 'verified');
    if (request.dryRun || chosen.length === 0) return finish(outcomes, 0);
    const [first, ...rest] = await openAll(chosen, session);
    if (first === undefined) return finish(outcomes, 0);
    const end = await installArchives(
      {
        pip,
        archives: [first, ...rest],
        buildRequirements: [],
        passThrough,
        // An archive at a URL may be another one of the same version: pip must not take the installed one for it.
        reinstall: chosen.some(({ pin: { wanted } }) => wanted.kind !== 'version'),
        verbosity: context.options.verbosity,
        color: context.options.color,
        env: host.env,
        cwd: host.cwd,
        platform: host.platform,
        temp: host.temp,
        uid: host.uid,
        stdout: request.report === '-' ? 'stderr' : 'inherit',
        terminal: host.stderr.isTerminal,
      },
      { spawn, signals: host.signals },
    );
    const failure = pipFailure(
      end,
      chosen.some(({ archive }) => !archive.link.filename.endsWith('.whl')),
    );
    if (failure !== undefined) {
      output.error(failure);
      return finish(outcomes, end.status);
    }
    return finish(
      outcomes.map((outcome) =>
        outcome.status === 'verified' ? { ...outcome, status: 'installed' } : outcome,
      ),
      0,
    );
  } finally {
    await session.close();
  }
}

/** `--python-version` and its kin, with `--target`, choose for another Python than the one that runs pip. */
async function installTarget(request: RunRequest, interpreter: Interpreter): Promise<Target> {
  if (!isExplicitTarget(request.target)) return interpreter.target;
  const { describeTarget } = await import('../target/describe.js');
  return describeTarget(request.target, interpreter.target);
}

/** Options by which something is installed even where it is there already, or to a place of its own. */
const overriding = ['--upgrade', '--force-reinstall', '--ignore-installed'] as const;
const elsewhere: ReadonlySet<string> = new Set(['--target', '--prefix', '--root']);

async function installedCheck(
  entries: readonly Entry[],
  given: InstallArguments,
  interpreter: Interpreter,
): Promise<(pin: Pin) => string | undefined> {
  const ignored =
    overriding.some((name) => given.has(name)) ||
    given.passed.some(({ definition }) => elsewhere.has(definition.names[0]));
  if (ignored) return () => undefined;
  const wanted = new Set<ProjectName>();
  for (const entry of entries) {
    if (entry.kind === 'pin' && entry.pin.wanted.project !== undefined) wanted.add(entry.pin.wanted.project);
  }
  const installed = await readInstalled(interpreter.sitePaths, wanted);
  return (pin) => installedVersion(pin, installed);
}

type Verified = Extract<Outcome, { readonly status: 'verified' | 'installed' | 'chosen' }>;

/** Opens what verified, from the store, hashing it again (P4). */
async function openAll(chosen: readonly Verified[], { store }: Session): Promise<ArchiveToInstall[]> {
  const seen = new Set<string>();
  const opened: ArchiveToInstall[] = [];
  for (const { pin, archive, inspection } of chosen) {
    const { link, sha256, size } = archive;
    if (!pin.hashed || sha256 === undefined || seen.has(sha256)) continue;
    seen.add(sha256);
    const entry = await store.open({ sha256, filename: link.filename, size: size ?? 0 }, pin.digests);
    if (entry === undefined) {
      throw new PeepError(
        'STORE_CHANGED',
        `'${link.filename}' is gone from the store, or changed, since it verified`,
        {
          hint: 'Run the command again; if it happens again, another program changes the store.',
        },
      );
    }
    const project = pin.wanted.project ?? inspection?.project;
    const version = pin.wanted.kind === 'version' ? pin.wanted.version : inspection?.version;
    opened.push({
      archive: entry,
      name: pin.wanted.name ?? project ?? link.filename,
      specifier: project === undefined ? undefined : nameSpecifier(link.filename, project, version),
      pipOptions: pin.pipOptions,
    });
  }
  return opened;
}
