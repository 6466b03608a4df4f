import type { CommandOptions } from '../config/command-options.js';
import { parseSpan } from '../config/size.js';
import { type PinAge, pinAge } from '../pinning/outdated.js';
import { allOrAbort } from '../prepare/all-or-abort.js';
import { allGood, lineOutcome } from '../prepare/collect.js';
import { renderOutdated, reportedAge } from '../report/outdated-text.js';
import { renderFailures } from '../report/text.js';
import { entriesFor } from '../requirements/entries-for.js';
import type { CommandContext } from '../run/host.js';
import { openRun } from '../run/open-run.js';
import { refuseOperands } from '../run/operands.js';
import { runRequest } from '../run/request.js';
import { findTargets } from '../run/targets.js';
import { writeFindings } from '../run/write-report.js';

/**
 * `peep outdated`: lists pins that have newer allowed versions, are yanked, or would change their publisher. Reads
 * index pages and downloads no archives. Returns 1 if an index could not be asked or a line is refused, and with
 * `--check` also if a pin is outdated or yanked.
 */
export async function outdatedCommand(
  given: CommandOptions,
  operands: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { host, output } = context;
  refuseOperands('outdated', operands);
  const request = runRequest(given);
  const minAge = given.value('--min-age');
  const { targets, interpreter } = await findTargets(request.target, context);
  const run = await openRun(request, interpreter?.prefix, context);
  try {
    const { settings, network, project, attester } = run;
    const { requirements } = settings;
    const [target] = targets;
    const entries = await entriesFor(requirements, target.environment);
    const refused = entries.flatMap((entry) =>
      entry.kind === 'refused' ? [lineOutcome(entry.line, targets)] : [],
    );
    const pins = entries.flatMap((entry) =>
      entry.kind === 'pin' && entry.pin.source.kind === 'version' && entry.pin.locked !== 'no'
        ? [entry.pin]
        : [],
    );
    const deps = {
      ...{ network, choice: settings.index, targets, attester, now: host.now() },
      minAge: minAge === undefined ? project.minAge : parseSpan(minAge),
    };
    const ages = await allOrAbort(pins, (pin) => pinAge(pin, requirements, deps), run.schedule.abort);
    run.progress.stop();
    output.report(renderOutdated(ages, host.now()));
    output.report(
      renderFailures(refused, { refusal: 'These lines were left out.', style: output.reportStyle }),
    );
    const exitCode = allGood(refused) ? statusOf(ages, given.has('--check')) : 1;
    const findings = { target: targets.map(({ label }) => label).join(', '), pins: ages.map(reportedAge) };
    await writeFindings(request.report, { command: 'outdated', exitCode, findings }, context);
    const count = (kind: PinAge['state']['kind']) => ages.filter(({ state }) => state.kind === kind).length;
    const unknown = count('unknown') === 0 ? '' : `, ${count('unknown')} not known`;
    output.note(`${count('outdated')} of ${ages.length} pins outdated${unknown}`);
    if (count('outdated') > 0) {
      const files = request.requirements.map((file) => `-r ${file}`).join(' ');
      output.note(
        `hint: \`peep pin --upgrade NAME ${files}\` shows the edit; \`peep diff\` shows what changes.`,
      );
    }
    return exitCode;
  } finally {
    await run.close();
  }
}

function statusOf(ages: readonly PinAge[], check: boolean): number {
  const fails = ({ state, yanked }: PinAge) =>
    state.kind === 'unknown' || (check && (state.kind === 'outdated' || yanked !== undefined));
  return ages.some(fails) ? 1 : 0;
}
