import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const src = fileURLToPath(new URL('../../src', import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => [name, readFileSync(join(src, name), 'utf8')] as const);

/** Types of which a value is proof of something: of a name's grammar, of a digest, of a line that ends where it should. */
const branded = files.flatMap(([, text]) =>
  [...text.matchAll(/export (?:type|interface) (\w+)[^;{]*\{\s*readonly \[\w+Brand\]: true/g)].map(
    ([, name = '']) => name,
  ),
);

it('branded types are found', () => {
  expect(branded).toEqual(
    expect.arrayContaining([
      'ProjectName',
      'Sha256',
      'VerifiedArchive',
      'LineOption',
      'FileUrl',
      'RequirementLine',
    ]),
  );
});

it.each(branded)('%s is made by the parser alone: one file casts to it', (name) => {
  const casting = files.filter(([, text]) => new RegExp(`\\bas (?:unknown as )?${name}\\b`).test(text));
  expect(casting.map(([file]) => file)).toHaveLength(1);
});
