import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { manualFiles } from '../../scripts/manual/files.js';
import { commandNames } from '../../src/commands/arguments.js';
import { optionsOf } from '../../src/commands/options.js';

const page = manualFiles()['docs/peep.1'] ?? '';

function run(program: string, ...args: readonly string[]) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input: page, encoding: 'utf8' });
  if (error !== undefined) console.warn(`skipped: there is no ${program} here to read the manual page with`);
  return error === undefined ? { status, stdout, stderr } : undefined;
}

describe('the manual page', () => {
  it('is docs/peep.1 (vitest -u or npm run build writes it)', async () => {
    await expect(page).toMatchFileSnapshot('../../docs/peep.1');
  });

  it('tells of every command and of every option of its own', () => {
    for (const name of commandNames) {
      expect(page).toContain(`.SS peep ${name} `);
      if (name === 'install' || name === 'sync') continue;
      for (const { names } of optionsOf(name))
        expect(names.some((each) => page.includes(each.replaceAll('-', '\\-')))).toBe(true);
    }
  });

  it('is read by groff without a warning, as it was meant', ({ skip }) => {
    const found = run('groff', '-man', '-Tascii', '-ww', '-P-c', '-P-b', '-P-u', '-');
    if (found === undefined) return skip();
    expect(found).toMatchObject({ status: 0, stderr: '' });
    expect(found.stdout).toContain('peep fetch -r FILE... [OPTIONS]');
    expect(found.stdout).toMatch(/^ {7}-r, --requirement FILE\n {14}a requirements file/m);
    expect(found.stdout).toContain('~/.cache/peep');
  });

  it('passes mandoc', ({ skip }) => {
    const found = run('mandoc', '-T', 'lint', '-W', 'warning');
    if (found === undefined) return skip();
    // The same bytes from one commit: the page has no date.
    const said = found.stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'));
    expect(said).toEqual([]);
  });
});
