import { type Digest, formatDigest, toPeepDigest } from '../hash/digest.js';
import type { ProjectName } from '../packaging/types.js';
import type { Mismatch, Outcome, VerifiedOutcome } from '../prepare/outcome.js';
import { hashLines } from '../requirements/hash-lines.js';
import type { HashedPin, Pin } from '../requirements/pin.js';
import type { PeepError, SourceLocation } from '../text/errors.js';
import { formatSize } from '../text/format.js';
import { addTo } from '../text/groups.js';
import { placeText } from '../text/place.js';
import { printable, redactUrl } from '../text/redact.js';
import { createStyle, type Style } from '../text/style.js';
import { wrap } from '../text/wrap.js';

export interface TextReportOptions {
  /** The step that is skipped because of failures: `Not proceeding to installation.` */
  readonly refusal: string;
  /** Plain by default. */
  readonly style?: Style;
  /** The heading above new hash lines. The default one says to put them into the requirements file. */
  readonly missing?: string;
}

/**
 * The report of contract section 7 as text: mismatched, missing, malformed or refused, unavailable, already
 * installed, then the step that is skipped. Empty if nothing failed.
 */
export function renderFailures(outcomes: readonly Outcome[], options: TextReportOptions): string {
  const sections = [
    mismatchedSection(outcomes, options.style ?? createStyle(false)),
    missingSection(outcomes, options.missing),
    refusedSection(outcomes),
    unavailableSection(outcomes),
  ].filter((section) => section !== '');
  if (sections.length === 0) return '';
  const satisfied = renderSatisfied(outcomes);
  if (satisfied !== '') sections.push(satisfied);
  return [...sections, `${rule}\n${options.refusal}\n`].join('\n');
}

/**
 * The distributions that were left alone because the pinned version is already installed; empty if there are none.
 * `compared`: projects whose files were compared with their archives (`--verify-installed`).
 */
export function renderSatisfied(
  outcomes: readonly Outcome[],
  compared: ReadonlySet<ProjectName> = new Set(),
): string {
  const satisfied = outcomes.filter(
    (outcome): outcome is With<'satisfied'> => outcome.status === 'satisfied',
  );
  const isCompared = ({ pin: { source } }: With<'satisfied'>) =>
    source.project !== undefined && compared.has(source.project);
  const section = (heading: string, alike: readonly With<'satisfied'>[]) =>
    alike.length === 0
      ? []
      : [`${heading}:\n\n${listed(alike.map(({ pin }) => printable(pin.requirement)))}`];
  return [
    ...section(
      'Left alone: same version, every file compared with its archive',
      satisfied.filter(isCompared),
    ),
    ...section(
      'Left alone: same version, files not checked; peep verify checks them',
      satisfied.filter((outcome) => !isCompared(outcome)),
    ),
  ].join('\n');
}

const maxLeftAlone = 10;

function listed(names: readonly string[]): string {
  const more = names.length - maxLeftAlone;
  const shown = more > 1 ? [...names.slice(0, maxLeftAlone), `and ${more} more`] : names;
  return shown.map((name) => `    ${name}\n`).join('');
}

/**
 * The archives that a dry run chose, in file order, and the total size of the downloads; empty if there are none.
 * `what`: `Would install`. `stored`: archives that are already in the store.
 */
export function renderChosen(
  outcomes: readonly Outcome[],
  what: string,
  stored: ReadonlySet<Outcome>,
): string {
  const lines = outcomes.flatMap((outcome) => {
    if (outcome.status !== 'chosen') return [];
    const { filename, index, url } = outcome.archive.link;
    const size = sizeOf(outcome);
    const place = stored.has(outcome) ? 'in the store' : redactUrl(index ?? url);
    const facts = [...(size === undefined ? [] : [formatSize(size)]), place].join(', ');
    return `    ${printable(outcome.pin.requirement)}  ${printable(filename)}  (${facts})`;
  });
  return lines.length === 0 ? '' : `${what}:\n\n${lines.join('\n')}\n\n${sumLine(outcomes, stored)}\n`;
}

/** `2 archives, 3.4 MB to download, 1 of unknown size`: sizes that the indexes state. */
function sumLine(outcomes: readonly Outcome[], stored: ReadonlySet<Outcome>): string {
  const chosen = outcomes.flatMap((outcome) => (outcome.status === 'chosen' ? [outcome] : []));
  const missing = chosen.filter((outcome) => !stored.has(outcome));
  const there = chosen.length - missing.length;
  const unknown = missing.filter((outcome) => sizeOf(outcome) === undefined).length;
  const bytes = missing.reduce((sum, outcome) => sum + (sizeOf(outcome) ?? 0), 0);
  return [
    chosen.length === 1 ? '1 archive' : `${chosen.length} archives`,
    ...(unknown < missing.length ? [`${formatSize(bytes)} to download`] : []),
    ...(unknown > 0 ? [`${unknown} of unknown size`] : []),
    ...(there > 0 ? [`${there} in the store`] : []),
  ].join(', ');
}

function sizeOf({ archive }: VerifiedOutcome): number | undefined {
  return archive.size ?? archive.link.size;
}

/** An error as plain text: message, place, hint. */
export function renderError(error: PeepError): string {
  const place = error.place === undefined ? '' : ` (${placeText(error.place)})`;
  const hint = error.hint === undefined ? '' : `\nhint: ${printable(error.hint)}`;
  return `${printableLines(error.message)}${place}${hint}`;
}

const rule = '-------------------------------';

type With<S extends Outcome['status']> = Extract<Outcome, { readonly status: S }>;

function mismatchedSection(outcomes: readonly Outcome[], { bold, red }: Style): string {
  const found = outcomes.filter((outcome): outcome is With<'mismatched'> => outcome.status === 'mismatched');
  if (found.length === 0) return '';
  const heading = wrap(
    'THE ARCHIVES BELOW DO NOT MATCH THE HASHES THAT THE REQUIREMENTS FILE PINS FOR THEM. ' +
      'IF YOU HAVE CHANGED A VERSION, UPDATE ITS HASHES. IF NOT, FREAK OUT: SOMEBODY HAS TAMPERED WITH THEM.',
  );
  const shouted = heading
    .split('\n')
    .map((line) => bold(red(line)))
    .join('\n');
  return `${shouted}\n\n${found.map(mismatchText).join('\n')}\n${whatToDo}\n`;
}

/** docs/ is next to the program in a clone, in the npm package and in a vendored copy. */
const whatToDo = 'What to do: docs/troubleshooting.md, "The Fearsome Warning".';

function mismatchText(outcome: With<'mismatched'>): string {
  const pin = outcome.pin as HashedPin;
  return outcome.mismatches.map((mismatch) => oneMismatch(pin, mismatch)).join('');
}

/**
 * Maximum number of digests of one pin to list (contract section 7); a pin of a lock file may have over a hundred.
 */
const shownDigests = 5;

/** `expected` and `got` are aligned, so that two digests can be compared by eye. */
function oneMismatch(pin: HashedPin, mismatch: Mismatch): string {
  const name = printable(projectOf(pin));
  const word = pin.digests.length === 1 ? 'expected' : 'expected one of';
  const label = `    ${name}: ${word} `;
  const [first, ...rest] = pin.digests.slice(0, shownDigests).map((digest) => digestText(digest, pin));
  const more = pin.digests.length - shownDigests;
  const lines = [
    `${label}${first}`,
    ...rest.map((digest) => ' '.repeat(label.length) + digest),
    ...(more > 0 ? [`${' '.repeat(label.length)}and ${more} more`] : []),
    `${'got'.padStart(label.length - 1)} ${digestText(mismatch.got, pin)}`,
    `        ${redactUrl(mismatch.link.url)}`,
  ];
  const { index, source } = mismatch.link;
  const place = source === 'find-links' ? source : 'index';
  if (index !== undefined) lines.push(`        ${place} ${redactUrl(index)}`);
  lines.push(...inHex(pin, mismatch.got));
  lines.push(`        pinned in ${placeText(pin.place)}`);
  return `${lines.join('\n')}\n`;
}

/** Indexes and sha256sum use hex, so digests of peep's comments are shown in that form too. */
function inHex({ hashStyle, digests }: HashedPin, got: Digest): string[] {
  if (hashStyle !== 'peep' || got.algorithm !== 'sha256') return [];
  const expected = digests.length === 1 ? [`expected ${formatDigest(digests[0])}`] : [];
  return [...expected, `${'got'.padStart(8)} ${formatDigest(got)}`].map((text) => `        in hex: ${text}`);
}

const withoutHash =
  'These requirements have no hash, so peep cannot tell whether their archives are the ones you want. ' +
  'Vet the archives (`peep vet NAME==VERSION`); then put these lines into the requirements file, or let `peep pin --write` do it:';

function missingSection(outcomes: readonly Outcome[], heading: string = withoutHash): string {
  const found = outcomes.filter((outcome): outcome is With<'missing'> => outcome.status === 'missing');
  if (found.length === 0) return '';
  return `${wrap(heading)}\n\n${found.map((outcome) => `${hashLines(outcome.pin, [outcome.got])}\n`).join('\n')}`;
}

interface Refusal {
  readonly requirement: string;
  readonly place: SourceLocation;
  readonly error: PeepError;
}

/** A hint that several lines share is printed once, after the last of them. */
function refusedSection(outcomes: readonly Outcome[]): string {
  const refusals = outcomes.flatMap((outcome): readonly Refusal[] => {
    if (outcome.status !== 'malformed' && outcome.status !== 'refused') return [];
    return 'line' in outcome ? [outcome.line] : [{ ...outcome.pin, error: outcome.error }];
  });
  if (refusals.length === 0) return '';
  const lastWith = new Map(refusals.map(({ error }, i) => [error.hint, i]));
  const lines = refusals.map(
    ({ requirement, place, error }, i) =>
      headText(requirement, place) +
      errorText(error.message, lastWith.get(error.hint) === i ? error.hint : undefined),
  );
  return `${wrap('These lines cannot be installed as they stand:')}\n\n${lines.join('\n')}`;
}

/** An error that several requirements share, such as an unavailable index, is printed once. */
function unavailableSection(outcomes: readonly Outcome[]): string {
  const groups = new Map<string, With<'unavailable'>[]>();
  for (const outcome of outcomes) {
    if (outcome.status !== 'unavailable') continue;
    const key = JSON.stringify([outcome.error.code, anyPin(outcome), outcome.error.hint]);
    addTo(groups, key, outcome);
  }
  if (groups.size === 0) return '';
  const texts = [...groups.values()].map((alike) => {
    const heads = alike.map(({ pin }) => headText(pin.requirement, pin.place)).join('');
    const [first] = alike;
    if (first === undefined) return '';
    const message = alike.length === 1 ? first.error.message : anyPin(first);
    return heads + errorText(message, first.error.hint);
  });
  return `${wrap('No archive found for:')}\n\n${texts.join('\n')}`;
}

/** The message, with the URL of the project's page (`INDEX/name/`) replaced by `INDEX/…/`, and the pin in words. */
function anyPin({ pin, error }: With<'unavailable'>): string {
  const { source } = pin;
  const { project } = source;
  if (project === undefined) return error.message;
  const written = source.kind === 'version' ? `${source.name}${source.operator}${source.version}` : '';
  return [pin.requirement, written]
    .filter((text) => text !== '')
    .reduce((message, text) => message.replaceAll(`${text} `, 'these requirements '), error.message)
    .replaceAll(`/${project}/`, '/…/');
}

function headText(requirement: string, place: SourceLocation): string {
  return `    ${printable(requirement)}  (${placeText(place)})\n`;
}

function errorText(message: string, hint: string | undefined): string {
  const lines = message.split('\n').map((line) => wrap(printable(line), '        '));
  if (hint !== undefined) lines.push(wrap(`hint: ${printable(hint)}`, '        '));
  return `${lines.join('\n')}\n`;
}

/**
 * The digest in the form in which the file has it, so that it can be found there; peep's own form is only for
 * sha256.
 */
function digestText(digest: Digest, { hashStyle }: Pin): string {
  return hashStyle === 'peep' && digest.algorithm === 'sha256' ? toPeepDigest(digest) : formatDigest(digest);
}

/** The name of a pin in reports: its project, else the last part of its URL or path. */
export function projectOf(pin: Pin): string {
  const { source } = pin;
  if (source.name !== undefined) return source.name;
  const where =
    source.kind === 'url' ? redactUrl(source.url) : source.kind === 'path' ? source.path : source.project;
  return where.slice(where.lastIndexOf('/') + 1);
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
