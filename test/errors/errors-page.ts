import { type ErrorCode, errorCodes } from '../../src/text/errors.js';
import type { Case, Shown } from './world.js';

export interface Room {
  readonly title: string;
  readonly cases: readonly Case[];
}

const head = `# Errors

Every error that peep can tell of, by the code it has in the library and in tests. Each is shown as it is printed, with
the place and the way out (\`hint:\`). The exit status is 1; 2 where the command line is wrong; pip's own where pip failed
(\`PIP_FAILED\`). Status 3 is a bug in peep: it says so, with what to report.

Errors of single lines and archives are collected: everything is looked at before the run ends.

This page is written by its test, from runs of peep.
`;

/** The text of docs/errors.md. */
export function errorsPage(rooms: readonly Room[], results: ReadonlyMap<ErrorCode, Shown>): string {
  const parts = [head];
  for (const { title, cases } of rooms) {
    parts.push(`## ${title}\n`);
    for (const { code, cause } of cases) {
      const { status, text } = results.get(code) ?? { status: 0, text: '' };
      parts.push(
        `### ${code}\n\n${capital(errorCodes[code])}.\n\n${cause}\n\n\`\`\`text\n${text}\n\`\`\`\n\nExit status ${status}.\n`,
      );
    }
  }
  return parts.join('\n');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
