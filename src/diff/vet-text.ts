import { clipped } from '../text/clip.js';
import { formatSize } from '../text/format.js';
import { printable, redactUrl } from '../text/redact.js';
import type { Style } from '../text/style.js';
import type { ArchiveFacts } from './vet.js';

/** The facts that an index gives about an archive; they are not proven. */
export interface IndexWord {
  readonly index: string | undefined;
  readonly uploadTime: string | undefined;
  readonly yanked: false | string;
}

/** Maximum number of items of one kind; `--list` and `--report` show all. */
const shown = 8;

/** The facts about an archive as text for people: code that runs and warnings first, then the rest. */
export function vetText(facts: ArchiveFacts, said: IndexWord, { bold, red, yellow }: Style): string {
  const { project, version, filename, size, unpacked, files, sha256 } = facts;
  const head = [
    bold(printable(project === null ? filename : `${project} ${version ?? ''}`.trim())),
    `    ${printable(filename)}`,
    `    ${formatSize(size)}, ${files} files of ${formatSize(unpacked)}`,
    `    sha256:${sha256}`,
    `    # sha256: ${Buffer.from(sha256, 'hex').toString('base64url')}`,
  ];
  const lines = [
    line('publisher', facts.publisher ?? facts.publisher_note),
    line('index', said.index === undefined ? null : redactUrl(said.index)),
    line('uploaded', said.uploadTime ?? null),
    line('licence', facts.licence),
    line('needs Python', facts.requires_python),
  ].filter((text) => text !== undefined);
  const yank = said.yanked === false ? [] : [said.yanked === '' ? 'no reason is given' : said.yanked];
  const refused = facts.findings.filter(({ severity }) => severity === 'refuse').map(findingText);
  const odd = facts.findings.filter(({ severity }) => severity !== 'refuse').map(findingText);
  const sections = [
    section(red('an install refuses it'), refused),
    section(red('YANKED from its index'), yank),
    section(yellow('runs at each start of Python'), facts.runs_at_start),
    section(yellow('runs when it is built'), facts.runs_at_build),
    section(yellow('native code'), facts.native),
    section(yellow('files outside of site-packages'), facts.elsewhere),
    section('commands and entry points', facts.entry_points),
    section('scripts', facts.scripts),
    section('needs', facts.needs),
    section('odd', odd),
    section('cannot be read', facts.unreadable),
  ];
  return `${[[...head, ...lines].join('\n'), ...sections.filter((text) => text !== undefined)].join('\n\n')}\n`;
}

function line(label: string, value: string | null): string | undefined {
  return value === null ? undefined : `    ${label}: ${clipped(value)}`;
}

function section(title: string, items: readonly string[]): string | undefined {
  if (items.length === 0) return undefined;
  const more = items.length - shown;
  const lines = items.slice(0, shown).map((item) => `    ${clipped(item)}`);
  if (more > 0) lines.push(`    and ${more} more`);
  return `${title}\n${lines.join('\n')}`;
}

function findingText({ rule, entry, message }: ArchiveFacts['findings'][number]): string {
  return `${entry === undefined ? '' : `'${entry}': `}${message} (${rule})`;
}
