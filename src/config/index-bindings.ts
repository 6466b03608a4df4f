import type { ProjectName } from '../packaging/types.js';
import { PeepError } from '../text/errors.js';
import { printable, redactUrl } from '../text/redact.js';
import { indexUrl, type PathContext } from './values.js';

/** An index with a name, and the projects that are only fetched from it. */
export interface IndexBinding {
  /** Lowercase letters, digits, `-`, `_` and `.`. */
  readonly name: string;
  /** Ends in `/`. */
  readonly url: string;
  /** Normalised project names; `*` matches any part. */
  readonly patterns: readonly [string, ...string[]];
}

export interface BindingOptions {
  /** `--index NAME=URL`. */
  readonly indexes: readonly string[];
  /** `--from NAME:PATTERN`. */
  readonly projects: readonly string[];
}

/** Bindings of the command line replace those of pyproject.toml with the same name. */
export function mergeBindings(
  project: BindingOptions,
  { indexes, projects }: BindingOptions,
): BindingOptions {
  const named = new Set(indexes.map((text) => indexName(text.split('=')[0] ?? '')));
  const stays = (separator: string) => (text: string) =>
    !named.has(indexName(text.split(separator)[0] ?? ''));
  return {
    indexes: [...project.indexes.filter(stays('=')), ...indexes],
    projects: [...project.projects.filter(stays(':')), ...projects],
  };
}

const longestPattern = 200;

/**
 * Parses `--index` and `--from`. An index without a bound project is refused: to ask an index for all projects, use
 * --extra-index-url. Throws `USAGE` and `SETTING_INVALID`.
 */
export function parseBindings(
  { indexes, projects }: BindingOptions,
  context: PathContext,
): readonly IndexBinding[] {
  const urls = new Map<string, string>();
  for (const text of indexes) {
    const [, written = '', location = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    const name = indexName(written);
    if (name === undefined || location === '')
      throw usage(
        `--index '${redactUrl(text)}' is not NAME=URL`,
        'NAME consists of letters, digits, - _ and .',
      );
    if (urls.has(name)) throw usage(`--index names '${name}' twice`, 'Give each index a different name.');
    urls.set(name, indexUrl(location, `--index ${name}`, context));
  }
  const patterns = new Map<string, string[]>();
  for (const text of projects) {
    const [, written = '', project = ''] = /^([^:]*):(.*)$/s.exec(text) ?? [];
    const name = indexName(written);
    const pattern = projectPattern(project);
    if (name === undefined || pattern === undefined)
      throw usage(
        `--from '${printable(text)}' is not NAME:PROJECT`,
        'PROJECT is a project name; * matches any part of it: --from company:acme-*',
      );
    if (!urls.has(name))
      throw usage(`--from names the index '${name}', but no --index defines it`, `Add --index ${name}=URL.`);
    patterns.set(name, [...(patterns.get(name) ?? []), pattern]);
  }
  return [...urls].map(([name, url]) => {
    const [first, ...rest] = patterns.get(name) ?? [];
    if (first === undefined)
      throw usage(
        `--index '${name}' has no projects`,
        `Bind projects to it with --from ${name}:PROJECT; --extra-index-url adds an index for all projects.`,
      );
    return { name, url, patterns: [first, ...rest] };
  });
}

/**
 * The indexes that a project is bound to, in order; the project is fetched only from them. Empty if it is not
 * bound.
 */
export function bindingsOf(project: ProjectName, bindings: readonly IndexBinding[]): readonly IndexBinding[] {
  return bindings.filter(({ patterns }) => patterns.some((pattern) => matches(pattern, project)));
}

/** A bound project is fetched only from its indexes, and not from the locations in a lock file. */
export function isBound(project: ProjectName | undefined, bindings: readonly IndexBinding[] = []): boolean {
  return project !== undefined && bindingsOf(project, bindings).length > 0;
}

export type IndexSecret = 'TOKEN' | 'TOKEN_COMMAND' | 'USERNAME' | 'PASSWORD' | 'HEADERS';

/** `PEEP_INDEX_NAME_TOKEN`: variables write the name of an index in capitals, with `_` for all other characters. */
export function indexVariable(name: string, what: IndexSecret): string {
  return `PEEP_INDEX_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_${what}`;
}

/** Headers that peep, the HTTP client or a token sets. */
const ownHeaders =
  /^(authorization|host|connection|te|trailer|upgrade|expect|keep-alive|range|if-range|accept|accept-encoding|user-agent|content-.*|proxy-.*|transfer-.*)$/;

/**
 * Parses the `Name: value` lines of `PEEP_INDEX_NAME_HEADERS`; names are in lower case. Undefined if a line is not
 * a header, or is a header that peep sets itself.
 */
export function parseHeaders(text: string): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {};
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    // RFC 9110, 5.5: visible characters, with blanks between them.
    const [, name = '', value] =
      /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)\s*$/.exec(line) ?? [];
    const key = name.toLowerCase();
    if (value === undefined || ownHeaders.test(key) || Object.hasOwn(headers, key)) return undefined;
    headers[key] = value;
  }
  return headers;
}

export function indexName(text: string): string | undefined {
  return /^[a-z0-9][a-z0-9._-]{0,99}$/i.test(text) ? text.toLowerCase() : undefined;
}

/** PEP 503 normalises project names; patterns are normalised the same way. */
export function projectPattern(text: string): string | undefined {
  if (text.length > longestPattern || !/^[a-z0-9*](?:[a-z0-9._*-]*[a-z0-9*])?$/i.test(text)) return undefined;
  return text.toLowerCase().replace(/[-_.]+/g, '-');
}

/** Takes linear time for any pattern: the parts between the stars are searched from left to right. */
function matches(pattern: string, project: string): boolean {
  const [start = '', ...parts] = pattern.split('*');
  if (parts.length === 0) return pattern === project;
  if (!project.startsWith(start)) return false;
  const end = parts.pop() ?? '';
  let position = start.length;
  for (const part of parts) {
    const found = project.indexOf(part, position);
    if (found === -1) return false;
    position = found + part.length;
  }
  return project.length - end.length >= position && project.endsWith(end);
}

function usage(message: string, hint: string): PeepError {
  return new PeepError('USAGE', message, { hint });
}
