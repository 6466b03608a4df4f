import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CommandContext } from '../../../src/run/host.js';
import { printPaged } from '../../../src/run/pager.js';
import { tempDirectory } from '../../support/temp-directory.js';

/** Prints with these variables; answers with what went to stdout without a pager. */
async function print(
  texts: Iterable<string>,
  env: Record<string, string>,
  { isTerminal = true, dataOnly = false } = {},
): Promise<string> {
  let shown = '';
  const context = {
    host: {
      ...{ env: { PATH: process.env.PATH, ...env }, platform: 'linux', stdout: { isTerminal } },
      hide: (text: string) => text.replaceAll('s3cret', '****'),
    },
    output: { dataOnly, report: (text: string) => (shown += text) },
  } as unknown as CommandContext;
  await printPaged(texts, context);
  return shown;
}

describe('printPaged', () => {
  const long = Array.from({ length: 15_000 }, (_, i) => `line ${i}\n`);

  it('shows a long report through the pager on a terminal', async () => {
    using directory = tempDirectory();
    const path = directory.join('shown');
    const pager = `cat > '${path}'; echo "$LESS" >> '${path}'`;
    expect(await print(long, { PEEP_PAGER: pager, PAGER: 'false' })).toBe('');
    expect(readFileSync(path, 'utf8')).toBe(`${long.join('')}FRX\n`);
  });

  it('hides from the pager what stdout hides (P7)', async () => {
    using directory = tempDirectory();
    const path = directory.join('shown');
    await print(['me:s3cret@host\n'], { PAGER: `cat > '${path}'` });
    expect(readFileSync(path, 'utf8')).toBe('me:****@host\n');
  });

  it('is content with a pager that is left early', async () => {
    expect(await print(long, { PAGER: 'head -1 > /dev/null' })).toBe('');
  });

  it.each([
    [{}, { isTerminal: false }],
    [{}, { dataOnly: true }],
    [{ PAGER: 'cat' }, {}],
    [{ PEEP_PAGER: '' }, {}],
    [{ TERM: 'dumb' }, {}],
    [{ PATH: '/nowhere' }, {}],
  ])('prints plainly with %j, %j', async (env, options) => {
    expect(await print(['a\n', 'b\n'], env, options)).toBe('a\nb\n');
  });
});
