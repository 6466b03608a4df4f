import { PeepError } from '../text/errors.js';
import { formatMarker, readMarker } from './marker.js';
import { Scanner } from './scanner.js';
import { parseSpecifiers, specifierPattern } from './specifier.js';

/** A requirement of PEP 508. */
export interface Requirement {
  /** As written. */
  readonly name: string;
  /** Sorted, as written, without duplicates. */
  readonly extras: readonly string[];
  /** Single specifiers, sorted and joined by commas; empty if there are none. */
  readonly specifier: string;
  readonly url: string | null;
  /** Formatted by `formatMarker`. */
  readonly marker: string | null;
  /** True for one specifier with the operator `==` or `===`. */
  readonly onePin: boolean;
}

const identifier = /[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?(?![A-Za-z0-9_])/y;
const clause = new RegExp(specifierPattern, 'iy');

/** Parses a requirement. Throws `REQUIREMENT_MALFORMED`, or `MARKER_MALFORMED` for its marker. */
export function parseRequirement(text: string): Requirement {
  const scanner = new Scanner(text);
  const fail = (): PeepError => malformed(text);

  scanner.skipSpace();
  const name = scanner.take(identifier);
  if (name === undefined) throw fail();
  scanner.skipSpace();
  const extras = readExtras(scanner, fail);
  scanner.skipSpace();
  const url = scanner.take(/@/y) === undefined ? null : readUrl(scanner, fail);
  const specifiers = url === null ? readSpecifiers(scanner, fail) : [];
  const marker = readRequirementMarker(scanner);
  if (!scanner.atEnd) throw fail();
  const [first] = specifiers;
  return {
    name,
    extras,
    specifier: specifiers
      .map(({ operator, version }) => operator + version)
      .sort()
      .join(','),
    url,
    marker,
    onePin: specifiers.length === 1 && (first?.operator === '==' || first?.operator === '==='),
  };
}

/** Reads `[extra,…]`; empty text has no extras. Throws `REQUIREMENT_MALFORMED`. */
export function parseExtras(text: string): string[] {
  const scanner = new Scanner(text);
  const extras = readExtras(scanner, () => malformed(text));
  if (!scanner.atEnd) throw malformed(text);
  return extras;
}

function malformed(text: string): PeepError {
  return new PeepError('REQUIREMENT_MALFORMED', `'${text.slice(0, 300)}' is not a requirement`, {
    hint: 'PEP 508 describes requirements: `name==1.0`, `name[extra]==1.0; python_version < "3.9"`, `name @ URL`.',
  });
}

function readExtras(scanner: Scanner, fail: () => PeepError): string[] {
  if (scanner.take(/\[/y) === undefined) return [];
  const extras = new Set<string>();
  scanner.skipSpace();
  while (scanner.take(/\]/y) === undefined) {
    const extra = scanner.take(identifier);
    if (extra === undefined) throw fail();
    extras.add(extra);
    scanner.skipSpace();
    if (scanner.take(/,/y) !== undefined) {
      scanner.skipSpace();
      if (scanner.text[scanner.position] === ']') throw fail();
    } else if (scanner.text[scanner.position] !== ']') throw fail();
  }
  return [...extras].sort();
}

/**
 * A URL ends at white space. A marker after it needs that space, because a URL may contain `;`. A URL contains no
 * control characters or separators: pip would treat some of them as line ends.
 */
function readUrl(scanner: Scanner, fail: () => PeepError): string {
  scanner.skipSpace();
  const url = scanner.take(/[^\s\p{Cc}\p{Cf}\p{Z}]+/uy);
  if (url === undefined) throw fail();
  if (!scanner.atEnd && !scanner.skipSpace()) throw fail();
  return url;
}

function readSpecifiers(scanner: Scanner, fail: () => PeepError): ReturnType<typeof parseSpecifiers> {
  const inParentheses = scanner.take(/\(/y) !== undefined;
  if (inParentheses) scanner.skipSpace();
  const clauses: string[] = [];
  for (let found = scanner.take(clause); found !== undefined; found = scanner.take(clause)) {
    clauses.push(found);
    scanner.skipSpace();
    if (scanner.take(/,/y) === undefined) break;
    scanner.skipSpace();
  }
  if (inParentheses && scanner.take(/\)/y) === undefined) throw fail();
  scanner.skipSpace();
  return clauses.flatMap((text) => parseSpecifiers(text));
}

function readRequirementMarker(scanner: Scanner): string | null {
  if (scanner.take(/;/y) === undefined) return null;
  scanner.skipSpace();
  // Parse the marker as a text of its own, so that an error quotes only the marker.
  const rest = new Scanner(scanner.text.slice(scanner.position));
  const marker = formatMarker(readMarker(rest));
  scanner.position += rest.position;
  return marker;
}
