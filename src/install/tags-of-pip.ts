import { type PipVersion, pipAtLeast } from './pip-version.js';

/** The first pip that accepts wheels for a platform tag of this kind. */
const known: readonly (readonly [platform: RegExp, since: string])[] = [
  [/-manylinux2014_/, '19.3'],
  [/-manylinux_\d/, '20.3'],
  [/-musllinux_/, '21.2'],
];

/**
 * The tags of an interpreter that its pip accepts as well: an older pip says of a verified wheel with a newer tag that
 * there is no such version. Keeps the order.
 */
export function tagsOfPip(tags: readonly string[], pip: PipVersion): readonly string[] {
  const unknown = known.filter(([, since]) => !pipAtLeast(pip, since)).map(([platform]) => platform);
  return unknown.length === 0 ? tags : tags.filter((tag) => !unknown.some((platform) => platform.test(tag)));
}
