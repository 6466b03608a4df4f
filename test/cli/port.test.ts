import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runPeep } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';

const hex = '9ab1d313f99b209f8f71a629f36833030c8d7c72282cf7756834baf567dca662';
const comment = '# sha256: mrHTE_mbIJ-PcaYp82gzAwyNfHIoLPd1aDS69WfcpmI';
const peepStyle = `# a remark\n${comment}\nclick==4.0\nhttps://files.example/a-1.0.tar.gz#egg=a\n`;
const pipStyle = `\n# from r.txt\n\nclick==4.0 \\\n    --hash=sha256:${hex}\nhttps://files.example/a-1.0.tar.gz#egg=a\n`;

/** Without any Python: port needs none. */
async function port(files: Readonly<Record<string, string>>, ...args: readonly string[]) {
  using directory = tempDirectory();
  for (const [name, text] of Object.entries(files)) writeFileSync(directory.join(name), text);
  return await runPeep(['port', ...args], { cwd: directory.path, env: { PATH: directory.path } });
}

it('prints nothing but the ported file, there and back', async () => {
  expect(await port({ 'r.txt': peepStyle }, 'r.txt')).toMatchObject({
    status: 0,
    stdout: pipStyle,
    stderr: '',
  });
  const back = await port({ 'p.txt': pipStyle }, '--reverse', 'p.txt');
  expect(back.stdout).toBe(
    `\n# from p.txt\n\n${comment}\nclick==4.0\nhttps://files.example/a-1.0.tar.gz#egg=a\n`,
  );
});

it('ports several files, and leaves out what it cannot turn, on stderr and with status 1', async () => {
  const run = await port(
    { 'r.txt': peepStyle, 'bad.txt': '# sha256: nonsense\nnib==1.0\ninkpot==2\n' },
    'r.txt',
    'bad.txt',
  );
  expect(run.status).toBe(1);
  expect(run.stdout).toBe(`${pipStyle}\n# from bad.txt\n\ninkpot==2\n`);
  expect(run.stderr).toContain("error: 'nib==1.0' is left out: 'nonsense' is not a sha256 digest");
  expect(run.stderr).toContain('(bad.txt, line 1)');
});

it.each([
  [[], 2, 'name at least one requirements file'],
  [['absent.txt'], 1, "cannot open the requirements file 'absent.txt'"],
  [['--rev', 'r.txt'], 2, '--rev'],
])('%j ends with status %i', async (args, status, said) => {
  const run = await port({}, ...args);
  expect(run).toMatchObject({ status, stdout: '' });
  expect(run.stderr).toContain(said);
});
