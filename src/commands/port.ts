import type { CommandOptions } from '../config/command-options.js';
import { leftOutLine, portedLine } from '../report/findings.js';
import { portRequirements } from '../requirements/edit/port.js';
import { requirementsFiles } from '../requirements/read/read-file.js';
import type { CommandContext } from '../run/host.js';
import { writeFindings } from '../run/write-report.js';
import { PeepError } from '../text/errors.js';
import { placeText } from '../text/place.js';

/**
 * `peep port FILE...`: prints the files with hashes in pip's form, or with `--reverse` in peep's. Requirements that
 * cannot be converted are left out and reported on stderr; the exit status is then 1.
 */
export async function portCommand(
  given: CommandOptions,
  files: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { host, output } = context;
  if (files.length === 0) {
    throw new PeepError('USAGE', 'peep port: name at least one requirements file', {
      hint: '`peep port requirements.txt` prints it with --hash options.',
    });
  }
  const { text, ported, refused, warnings } = await portRequirements(requirementsFiles(host), {
    entries: files,
    env: host.env,
    cwd: host.cwd,
    reverse: given.has('--reverse'),
  });
  for (const { message, hint, place } of warnings) output.warn(`${message} (${placeText(place)})`, hint);
  output.report(text);
  for (const { error, place, requirement } of refused) {
    const { code, message, hint, cause, facts } = error;
    output.error(
      new PeepError(code, `'${requirement}' is left out: ${message}`, {
        ...{ hint, cause, facts },
        place: error.place ?? place,
      }),
    );
  }
  const exitCode = refused.length === 0 ? 0 : 1;
  const lines = [
    ...ported.map(({ requirement, place, digests }) => portedLine(requirement, place, digests)),
    ...refused.map(({ requirement, place, error }) => leftOutLine(requirement, place, error)),
  ];
  await writeFindings(given.value('--report'), { command: 'port', exitCode, findings: { lines } }, context);
  return exitCode;
}
