import type { ProjectName } from '../packaging/types.js';
import { printable } from '../text/redact.js';
import { wrapAfter } from '../text/wrap.js';
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
      .map((difference) => `    ${printable(differenceLine(difference, shown))}`);
    return `${project ?? 'Files of no project'}\n${lines.join('\n')}\n`;
  });
  const noted = notes.map(({ project, reason }) => {
    const about = project === null ? '' : `${project}: `;
    return `${wrapAfter('note: ', about + printable(reason))}\n`;
  });
  return [...sections, ...(noted.length > 0 ? [noted.join('')] : [])].join('\n');
}

function differenceLine({ change, path, reason }: Difference, shown: (path: string) => string): string {
  const why = reason === null ? '' : `  (${reason})`;
  if (path === null) return `${words[change as DistributionChange]}${why}`;
  return `${change.padEnd(8)} ${shown(path)}${why}`;
}

/** The actions of `--fix`: files and distributions that it changes, and those that it leaves. */
export function renderFixPlan({ remove, reinstall, left }: FixPlan): string {
  const lines = [
    ...remove.map((path) => `remove ${path}`),
    ...reinstall.map(({ pin }) => `install ${pin.requirement} again`),
    ...left.map((sentence) => `left: ${sentence}`),
  ];
  if (lines.length === 0) return 'Nothing that --fix can repair.\n';
  return `--fix will:\n${lines.map((line) => `    ${printable(line)}\n`).join('')}`;
}
