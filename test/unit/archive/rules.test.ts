import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rules } from '../../../src/archive/rules.js';

const page = readFileSync(new URL('../../../docs/archive-rules.md', import.meta.url), 'utf8');

describe('docs/archive-rules.md', () => {
  it('lists each rule once, in the order of the registry, with its severity', () => {
    const rows = [...page.matchAll(/^\| `([a-z0-9-]+)` +\| (refuse|warn|note) +\| [^|]+ \|/gm)];
    expect(rows.map(([, rule, severity]) => [rule, severity])).toEqual(Object.entries(rules));
  });
});
