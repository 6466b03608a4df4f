import { type PipVersion, pipAtLeast } from './pip-version.js';

/** The kinds of platform tags that older pips reject, each with the first pip that accepts it. */
const known: readonly (readonly [platform: RegExp, since: string])[] = [
  [/-manylinux2014_/, '19.3'],
  [/-manylinux_\d/, '20.3'],
  [/-musllinux_/, '21.2'],
];

/**
 * The tags of an interpreter that its pip accepts too, in the same order. For a wheel with a newer tag, an old pip
 * reports that the version does not exist.
 */
export function tagsOfPip(tags: readonly string[], pip: PipVersion): readonly string[] {
  const unknown = known.filter(([, since]) => !pipAtLeast(pip, since)).map(([platform]) => platform);
  return unknown.length === 0 ? tags : tags.filter((tag) => !unknown.some((platform) => platform.test(tag)));
}
