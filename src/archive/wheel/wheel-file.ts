import type { Findings } from '../findings.js';
import { singleField } from '../identity.js';
import type { Fields } from '../metadata.js';

/** The rules for the WHEEL file at `path`. `tags`: the three last parts of the wheel's file name. */
export function checkWheelFile(
  fields: Fields,
  path: string,
  tags: readonly string[],
  findings: Findings,
): void {
  const format = singleField(fields, 'wheel-version', path, 'wheel-format');
  const match = /^(\d+)\.(\d+)$/.exec(format);
  if (match?.[1] !== '1') findings.add('wheel-format', path, `Wheel-Version '${format}'; only 1.x is known`);
  else if (match[2] !== '0')
    findings.add('wheel-format-minor', path, `Wheel-Version '${format}' is newer than 1.0`);
  const inside = new Set((fields.get('tag') ?? []).flatMap(expandTags));
  const outside = expandTags(tags.join('-'));
  if (inside.size !== new Set(outside).size || outside.some((tag) => !inside.has(tag))) {
    findings.add(
      'wheel-tags',
      path,
      `WHEEL gives the tags '${[...inside].join(' ')}', the file name '${tags.join('-')}'`,
    );
  }
}

function expandTags(text: string): string[] {
  const [interpreters = '', abis = '', platforms = ''] = text.split('-').map((part) => part.toLowerCase());
  return interpreters
    .split('.')
    .flatMap((python) =>
      abis.split('.').flatMap((abi) => platforms.split('.').map((tag) => `${python}-${abi}-${tag}`)),
    );
}
