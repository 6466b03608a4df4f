import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { indexVariable } from '../config/index-bindings.js';
import type { IndexSettings } from '../config/settings.js';
import { type FixedLine, fixedLine } from './line.js';
import type { Limit, Wish } from './types.js';

/**
 * A requirements file for a resolver, generated from parsed parts only. It contains the index URLs, because every
 * user of the machine can read a command line (P7); the file is private.
 */
export function requirementsText(
  wishes: readonly Wish[],
  index: IndexSettings,
  env: Readonly<Record<string, string | undefined>>,
): string {
  return lines([...indexLines(index, env), ...wishes.map(wishLine)]);
}

export function limitsText(limits: readonly Limit[]): string {
  return lines(
    limits.map(({ project, specifier, marker }) => fixedLine(project + specifier + behind(marker))),
  );
}

function wishLine({ project, extras, specifier, url, marker }: Wish): FixedLine {
  const name = extras.length === 0 ? project : `${project}[${extras.join(',')}]`;
  return fixedLine((url === undefined ? name + specifier : `${name} @ ${url}`) + behind(marker));
}

function behind(marker: string | undefined): string {
  return marker === undefined ? '' : ` ; ${marker}`;
}

/**
 * Resolvers do not support an index for certain projects only: they ask each index for all projects, but the pinned
 * archives come from the right one.
 */
function indexLines(
  { indexUrls, findLinks, bindings = [] }: IndexSettings,
  env: Readonly<Record<string, string | undefined>>,
): FixedLine[] {
  const bound = bindings.map(({ name, url }) => withUser(url, name, env));
  const [first, ...more] = indexUrls.length === 0 ? bound : indexUrls;
  const extra = indexUrls.length === 0 ? more : [...bound, ...more];
  return [
    first === undefined ? '--no-index' : `--index-url ${first}`,
    ...extra.map((url) => `--extra-index-url ${url}`),
    ...findLinks.map((place) => `--find-links ${isAbsolute(place) ? pathToFileURL(place).href : place}`),
  ].map(fixedLine);
}

function withUser(url: string, name: string, env: Readonly<Record<string, string | undefined>>): string {
  const [user, password] = [
    env[indexVariable(name, 'USERNAME')] ?? '',
    env[indexVariable(name, 'PASSWORD')] ?? '',
  ];
  if (user === '' || !/^https?:/i.test(url)) return url;
  const parsed = new URL(url);
  parsed.username = encodeURIComponent(user);
  parsed.password = encodeURIComponent(password);
  return parsed.href;
}

function lines(texts: readonly FixedLine[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
