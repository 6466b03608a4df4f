import { helpText } from '../../src/commands/help.js';
import { version } from '../../src/text/version.js';
import { allCommands, type CommandHelp, globalHelp, type HelpItem, type HelpSection } from './help-words.js';

const exitStatus: readonly (readonly [string, string])[] = [
  ['0', 'Done.'],
  [
    '1',
    'Something did not verify, could not be found or fetched, or was refused. For diff: the contents differ.',
  ],
  ['2', 'The command line is wrong.'],
  ['3', 'A bug in peep.'],
  ['130', 'Interrupted.'],
  [
    'other',
    "pip's or uv's own status, where it failed after everything had verified, or where the command was pip's.",
  ],
];

const environment: readonly (readonly [string, string])[] = [
  ['PEEP_PYTHON', 'The Python to install for, as --python.'],
  ['PEEP_CACHE_DIR', 'Where verified archives are kept, as --cache-dir.'],
  ['PEEP_INSTALLER', 'What installs the verified files, pip or uv, as --installer.'],
  ['PEEP_TRUSTED_ROOT', "Sigstore's root of trust, as --trusted-root."],
  ['PEEP_PAGER, PAGER', 'What shows a long diff on a terminal; empty or cat for none.'],
  ['PEEP_OFFLINE', 'As --offline, when set to 1.'],
  ['VIRTUAL_ENV, CONDA_PREFIX', 'The active environment.'],
  ['PIP_INDEX_URL, PIP_FIND_LINKS, PIP_CONFIG_FILE and others', "pip's settings of indexes and network."],
  ['HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY', 'Proxies.'],
  ['SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE', 'Certificate authorities, as --cert.'],
  ['NO_COLOR, FORCE_COLOR', 'Switch colours off or on.'],
  ['TMPDIR', 'Where the private directory is made that pip installs from.'],
];

const files: readonly (readonly [string, string])[] = [
  ['~/.cache/peep', 'The store of verified archives; `peep store path` prints where it is.'],
  ['pip.conf', "pip's configuration files; peep reads indexes and network settings from them."],
  ['~/.netrc', 'Users and passwords of indexes.'],
];

const examples: readonly (readonly [string, string])[] = [
  ['peep install -r requirements.txt', 'Verify everything that the file pins, then install it.'],
  [
    'peep pin -r requirements.txt --write',
    'Add the hashes that are missing, from archives that were hashed here.',
  ],
  [
    'peep fetch -r requirements.txt --dest wheels',
    'Verify everything, and keep the archives in a directory.',
  ],
  ['peep hash *.whl', 'Print the hash lines of local archives.'],
];

/** The manual page, in the man macros that every troff knows. */
export function manualPage(): string {
  const commands = allCommands();
  const shared = sharedSections(commands);
  return `${[
    '.\\" Written by scripts/manual.mjs from the help of the program; changes are lost.',
    `.TH PEEP 1 "" "peep ${version}" "User Commands"`,
    '.SH NAME',
    'peep \\- install exactly the Python archives that a requirements file pins by hash',
    '.SH SYNOPSIS',
    ...commands.flatMap(({ usage }) => [`.B ${text(usage)}`, '.br']),
    `.B peep ${text('ANYTHING ELSE')}`,
    '.SH DESCRIPTION',
    ...introduction(),
    '.SH COMMANDS',
    ...commands.flatMap((command) => commandPart(command, shared)),
    '.SH OPTIONS OF EVERY COMMAND',
    'They come before or after the command.',
    ...globalHelp().flatMap(item),
    ...[...shared.values()].flatMap((section) => [
      `.SH ${text(titleOf(section).toUpperCase())}`,
      ...section.items.flatMap(item),
    ]),
    ...list('EXIT STATUS', exitStatus),
    ...list('ENVIRONMENT', environment),
    ...list('FILES', files),
    ...list('EXAMPLES', examples),
    '.SH SEE ALSO',
    '.BR pip (1)',
  ].join('\n')}\n`;
}

/** The overview's own words, without its table of commands. */
function introduction(): string[] {
  const blocks = helpText(undefined).split('\n\n');
  return blocks
    .filter((block) => !block.startsWith('Usage:') && !block.startsWith('  ') && !block.startsWith('Options'))
    .flatMap((block, i) => paragraph(block.replace(/\s+/g, ' ').trim(), i));
}

function commandPart(command: CommandHelp, shared: ReadonlyMap<string, HelpSection>): string[] {
  const also = command.sections.filter(({ title }) => shared.has(title)).map(titleOf);
  return [
    `.SS ${text(command.usage)}`,
    ...command.paragraphs.flatMap(paragraph),
    ...command.sections.filter(({ title }) => title === '').flatMap(({ items }) => items.flatMap(item)),
    ...(also.length === 0 ? [] : ['.PP', text(`Also: ${also.join(', ')} (below).`)]),
  ];
}

/** The first one follows its heading. */
function paragraph(words: string, i: number): string[] {
  return i === 0 ? [text(words)] : ['.PP', text(words)];
}

/** Sections with a title stand once, behind the commands. */
function sharedSections(commands: readonly CommandHelp[]): ReadonlyMap<string, HelpSection> {
  const titled = commands.flatMap(({ sections }) => sections).filter(({ title }) => title !== '');
  return new Map(titled.map((section) => [section.title, section]));
}

function titleOf({ title }: HelpSection): string {
  return title.replace(/[,(].*/, '').trim();
}

function item({ term, text: words }: HelpItem): string[] {
  return ['.TP', `.B ${text(term)}`, ...(words === '' ? ['\\&'] : [text(words)])];
}

function list(title: string, rows: readonly (readonly [string, string])[]): string[] {
  return [`.SH ${title}`, ...rows.flatMap(([term, words]) => ['.TP', `.B ${text(term)}`, text(words)])];
}

/** Dashes that are typed stay dashes, and no line begins with a control character. */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('`', '\\(ga')
    .replace(/^([.'])/, '\\&$1');
}
