import { expect, it } from 'vitest';
import { portRequirements } from '../../../../src/requirements/edit/port.js';
import { cwd, hex, memoryFiles, peep } from '../memory-files.js';

const port = (files: Record<string, string>, reverse = false) =>
  portRequirements(memoryFiles(files), { entries: ['reqs.txt'], env: { V: '1.0' }, cwd, reverse });

it("prints what peep.py's own test of port expects", async () => {
  const { text, refused } = await port({
    'reqs.txt': `
            # sha256: Jo-gDCfedW1xZj3WH3OkqNhydWm7G0dLLOYCBVOCaHI
            # sha256: mXhebPcVzc3lne4FpnbpnwSDWnHnztIByjF0AcMiupY
            certifi==2015.04.28
            # Those were 2 hashes!

            # A comment above hash
            # sha256: mrHTE_mbIJ-PcaYp82gzAwyNfHIoLPd1aDS69WfcpmI
            # A comment between hash and package
            click==4.0

            # No hash:
            configobj==5.0.6

            # sha256: mEFMy7mQkCOXKZaP5CJaMXPj8OwbteW9dmq9drwZqNk
            https://files.example/archive/99dc4130f0f05fd3c2d4bc6663a2419851f3c90f.zip#egg=schema
            `,
  });
  expect(refused).toEqual([]);
  expect(text).toBe(`
# from reqs.txt

certifi==2015.04.28 \\
    --hash=sha256:268fa00c27de756d71663dd61f73a4a8d8727569bb1b474b2ce6020553826872 \\
    --hash=sha256:99785e6cf715cdcde59dee05a676e99f04835a71e7ced201ca317401c322ba96
click==4.0 \\
    --hash=sha256:9ab1d313f99b209f8f71a629f36833030c8d7c72282cf7756834baf567dca662
configobj==5.0.6
https://files.example/archive/99dc4130f0f05fd3c2d4bc6663a2419851f3c90f.zip#egg=schema \\
    --hash=sha256:98414ccbb99090239729968fe4225a3173e3f0ec1bb5e5bd766abd76bc19a8d9
`);
});

const files = {
  'reqs.txt': [
    '--index-url https://${USER}:${TOKEN}@index.example/simple',
    '-c limits.txt',
    `# sha256: ${peep('a')}`,
    `quill[ink]==\${V} ; os_name == "nt" --hash=sha512:${hex('b', 128)} --config-settings "k=a b"  # note`,
    '-r more.txt',
    '-e ./local',
    '# sha256: badbadbad',
    'inkpot==2.0',
  ].join('\n'),
  'limits.txt': 'nib==9\n',
  'more.txt': 'vellum==3.0',
};

it('keeps options, variables, markers and other algorithms, and names what it cannot turn', async () => {
  const { text, refused } = await port(files);
  expect(text).toBe(`
# from reqs.txt

--index-url https://\${USER}:\${TOKEN}@index.example/simple
-c limits.txt
quill[ink]==\${V} ; os_name == "nt" --config-settings="k=a b" \\
    --hash=sha256:${hex('a')} \\
    --hash=sha512:${hex('b', 128)}

# from more.txt

vellum==3.0

# from reqs.txt

-e ./local
`);
  expect(refused).toMatchObject([
    {
      requirement: 'inkpot==2.0',
      place: { line: 8 },
      error: { code: 'DIGEST_MALFORMED', place: { line: 7 } },
    },
  ]);
});

it('goes the way back, as far as comments can carry', async () => {
  const { text } = await port(files, true);
  expect(text).toContain(
    `# sha256: ${peep('a')}\nquill[ink]==\${V} ; os_name == "nt" --config-settings="k=a b" \\\n    --hash=sha512:${hex('b', 128)}\n`,
  );
});

it('there and back says the same', async () => {
  const first = await port({ 'reqs.txt': `# sha256: ${peep('a')}\n# sha256: ${peep('b')}\nquill==1.0\n` });
  const back = await port({ 'reqs.txt': first.text }, true);
  expect(back.text).toBe(`\n# from reqs.txt\n\n# sha256: ${peep('a')}\n# sha256: ${peep('b')}\nquill==1.0\n`);
});

it('lets no file name begin a line, or steer a terminal', async () => {
  const name = 'a\nevil==6 --hash=sha256:00\u001b[2J.txt';
  const { text } = await portRequirements(memoryFiles({ [name]: 'quill==1.0\n' }), {
    entries: [name],
    env: {},
    cwd,
  });
  expect(text).toBe('\n# from a\\u{a}evil==6 --hash=sha256:00\\u{1b}[2J.txt\n\nquill==1.0\n');
});

it('names what lies beside a nested file from the working directory', async () => {
  const { text } = await portRequirements(
    memoryFiles({
      'deps/reqs.txt': '-c limits.txt\n-f wheels --pre\n-f elsewhere\n-r more/a.txt\nquill==1.0\n',
      'deps/limits.txt': 'quill==1.0\n',
      'deps/wheels/x.whl': '',
      'deps/more/a.txt': "-c 'my limits.txt'\n-c https://c.example/c.txt\n",
      'deps/more/my limits.txt': '',
      'https://c.example/c.txt': '',
    }),
    { entries: ['deps/reqs.txt'], env: {}, cwd },
  );
  expect(text.split('\n').filter((line) => line.startsWith('-'))).toEqual([
    '-c deps/limits.txt',
    '--find-links deps/wheels --pre',
    '-f elsewhere',
    '-c "deps/more/my limits.txt"',
    '-c https://c.example/c.txt',
  ]);
});

it('names what lies beside a file on the web by its address, without a password', async () => {
  const { text } = await portRequirements(
    memoryFiles({ 'https://u:p@r.example/a/reqs.txt': '-c c.txt\n', 'https://u:p@r.example/a/c.txt': '' }),
    { entries: ['https://u:p@r.example/a/reqs.txt'], env: {}, cwd },
  );
  expect(text).toContain('-c https://r.example/a/c.txt');
});
