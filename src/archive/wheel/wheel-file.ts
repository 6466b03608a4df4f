import type { Fields } from '../../packaging/metadata.js';
import { expandTagSet } from '../../packaging/tag-set.js';
import type { Findings } from '../findings.js';
import { singleField } from '../identity.js';

const maxTagLines = 1000;

/** The rules for the WHEEL file at `path`. `tags`: the compressed tag set of the wheel's file name. */
export function checkWheelFile(fields: Fields, path: string, tags: string, findings: Findings): void {
  const format = singleField(fields, 'wheel-version', path, 'wheel-format');
  const match = /^(\d+)\.(\d+)$/.exec(format);
  if (match?.[1] !== '1')
    findings.add('wheel-format', path, `Wheel-Version '${format}'; only 1.x is supported`);
  else if (match[2] !== '0')
    findings.add('wheel-format-minor', path, `Wheel-Version '${format}' is newer than 1.0`);
  const inside = new Set<string>();
  for (const set of (fields.get('tag') ?? []).slice(0, maxTagLines)) {
    for (const tag of expandTagSet(set) ?? [set.slice(0, 100)]) inside.add(tag);
  }
  const outside = expandTagSet(tags) ?? [tags];
  if (inside.size !== outside.length || outside.some((tag) => !inside.has(tag))) {
    const message = `WHEEL has the tags '${[...inside].slice(0, 20).join(' ')}', but the file name has '${tags}'`;
    findings.add('wheel-tags', path, message);
  }
}
