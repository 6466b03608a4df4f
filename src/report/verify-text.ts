import type { ProjectName } from '../packaging/types.js';
import { printable } from '../text/redact.js';
import { textWidth, wrap, wrapAfter } from '../text/wrap.js';
import type { Difference, DistributionChange, VerifyNote } from '../verify/difference.js';
import type { FixPlan } from '../verify/fix-environment.js';

const words: Readonly<Record<DistributionChange, string>> = {
  'not-installed': 'not installed',
  version: 'another version',
  'other-source': 'from another source',
  leftovers: 'leftovers of another install',
  unpinned: 'no pin names it',
  unproven: 'built from source: no archive proves its files',
};

/** The result of a comparison as text: grouped by project, one line per file. `shown` shortens a path. */
export function renderDifferences(
  differences: readonly Difference[],
  notes: readonly VerifyNote[],
  shown: (path: string) => string,
): string {
  const projects = [...new Set(differences.map(({ project }) => project))];
  const named = projects.filter((project): project is ProjectName => project !== null).sort();
  const sections = [...named, ...(projects.includes(null) ? [null] : [])].map((project) => {
    const lines = differences
      .filter((each) => each.project === project)
      .map((difference) => differenceLine(difference, shown));
    return `${project ?? 'Files of no project'}\n${lines.join('\n')}\n`;
  });
  const noted = notes.map(({ project, reason }) => {
    const about = project === null ? '' : `${project}: `;
    return `${wrapAfter('note: ', about + printable(reason))}\n`;
  });
  return [...sections, ...(noted.length > 0 ? [noted.join('')] : [])].join('\n');
}

/** What does not fit on the line of a difference stands below it, and each path on a line that is not broken. */
function differenceLine({ change, path, reason }: Difference, shown: (path: string) => string): string {
  const why = reason === null ? '' : printable(reason);
  const head =
    path === null
      ? `    ${words[change as DistributionChange]}`
      : besidePath(`    ${change.padEnd(8)} `, printable(shown(path)));
  const line = `${head}${why && `  (${why})`}`;
  if (why === '' || line.length <= textWidth) return line;
  return `${head}\n${wrap(why, ' '.repeat(path === null || head.includes('\n') ? 8 : 13))}`;
}

/** The path on the same line if it fits there, else on the next. */
function besidePath(start: string, path: string): string {
  return start.length + path.length <= textWidth ? start + path : `${start.trimEnd()}\n        ${path}`;
}

/** The actions of `--fix`: files and distributions that it changes, and those that it leaves. */
export function renderFixPlan({ remove, reinstall, left }: FixPlan, shown: (path: string) => string): string {
  const lines = [
    ...remove.map((path) => besidePath('    remove ', printable(shown(path)))),
    ...reinstall.map(({ pin }) => `    install ${printable(pin.requirement)} again`),
    ...left.map((sentence) => wrapAfter('    leave ', printable(sentence))),
  ];
  if (remove.length + reinstall.length === 0) lines.unshift('Nothing that --fix can repair.');
  else lines.unshift('--fix will:');
  return lines.map((line) => `${line}\n`).join('');
}
