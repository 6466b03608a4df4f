import { splitWheelFilename } from '../../packaging/filename.js';
import { canonicalizeName } from '../../packaging/name.js';
import { RuleViolation } from '../findings.js';
import type { ZipEntry } from '../zip/central.js';

export const distInfoEnding = '.dist-info';

/** The parts of a wheel's file name that are compared with its metadata. */
export interface WheelName {
  /** As in its file name, in the normalised form. */
  readonly project: string;
  readonly version: string;
  /** A compressed tag set. */
  readonly tags: string;
}

export function parseWheelName(filename: string): WheelName {
  const parts = splitWheelFilename(filename);
  if (parts === null)
    throw new RuleViolation('format-unknown', undefined, `'${filename}' is not a wheel file name`);
  const { name, version, tags } = parts;
  return { project: canonicalizeName(name), version, tags };
}

/** With several metadata directories, two installers may disagree on which distribution the wheel is. */
export function findDistInfo(entries: readonly ZipEntry[]): string {
  const found = new Set<string>();
  for (const { name, directory } of entries) {
    const slash = name.indexOf('/');
    if (slash < 0 && !directory) continue;
    const top = slash < 0 ? name : name.slice(0, slash);
    if (
      top.length >= distInfoEnding.length &&
      top.slice(-distInfoEnding.length).toLowerCase() === distInfoEnding
    ) {
      found.add(top);
    }
  }
  const [first, second] = found;
  if (first === undefined)
    throw new RuleViolation('wheel-dist-info', undefined, 'the wheel has no .dist-info directory');
  if (second !== undefined) {
    throw new RuleViolation(
      'wheel-dist-info',
      second,
      `the wheel has two metadata directories, '${first}' and '${second}'`,
    );
  }
  if (!first.endsWith(distInfoEnding)) {
    throw new RuleViolation('wheel-dist-info', first, "the metadata directory does not end in '.dist-info'");
  }
  return first;
}
