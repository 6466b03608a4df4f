import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TempDirectory, tempDirectory } from '../support/temp-directory.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const tsc = `${root}node_modules/typescript/bin/tsc`;

/** A project that has the built package in its node_modules, as npm would put it there. */
let project: TempDirectory;
beforeAll(async () => {
  project = tempDirectory();
  const home = project.join('node_modules', 'peep');
  mkdirSync(home, { recursive: true });
  cpSync(`${root}package.json`, `${home}/package.json`);
  symlinkSync(`${root}node_modules`, `${home}/node_modules`);
  await run(process.execPath, [tsc, '-p', `${root}tsconfig.build.json`, '--outDir', `${home}/dist/lib`]);
});
afterAll(() => project[Symbol.dispose]());

const examples: { readonly title: string; readonly code: string }[] = [];
let title = 'the beginning';
const parts = /^## (.*)$|^```js\n([\s\S]*?)^```$/gm;
for (const [, heading, code] of readFileSync(`${root}docs/api.md`, 'utf8').matchAll(parts)) {
  if (code === undefined) title = heading ?? title;
  else examples.push({ title, code });
}

it.each(examples.map(({ title: section, code }, i) => [section, code, i] as const))(
  'docs/api.md, %s: the example gives what it says, from the package by its name',
  async (_, code, i) => {
    const checks = code.match(/\/\/ => /g)?.length ?? 0;
    expect(checks).toBeGreaterThan(0);
    const file = project.join(`example-${i}.mjs`);
    const asserted = code.replace(
      /^( *)(.*?);? \/\/ => (.*)$/gm,
      (_line, indent: string, expression: string, value: string) =>
        `${indent}check(${expression}, ${value});`,
    );
    const program = `import { deepStrictEqual } from 'node:assert';\nlet checks = 0;\nconst check = (got, wanted) => { deepStrictEqual(got, wanted); checks += 1; };\n${asserted}\nconsole.log(checks);\n`;
    writeFileSync(file, program);
    const { stdout } = await run(process.execPath, [file], { cwd: project.path });
    expect(Number(stdout)).toBe(checks);
  },
);

it('exports what the documentation names, with types that a strict project takes', async () => {
  writeFileSync(
    project.join('use.ts'),
    `import { parseWheelFilename, selectArchive, type ArchiveSelection, type WheelName } from 'peep';
const wheel: WheelName | null = parseWheelFilename('a-1-py3-none-any.whl');
const choice: ArchiveSelection = selectArchive({
  project: 'a', pin: '==1', indexes: [], target: { pythonVersion: [3], tags: [] },
});
export const texts: readonly (string | null | undefined)[] = [wheel?.name, choice.filename];
// @ts-expect-error a target must be named
selectArchive({ project: 'a', pin: '==1', indexes: [] });
`,
  );
  const compilerOptions = { module: 'NodeNext', target: 'ES2022', strict: true, noEmit: true, types: [] };
  writeFileSync(project.join('tsconfig.json'), JSON.stringify({ compilerOptions, include: ['use.ts'] }));
  writeFileSync(project.join('package.json'), '{"type":"module"}');
  await run(process.execPath, [tsc, '-p', project.path]);

  const documented = readFileSync(`${root}docs/api.md`, 'utf8');
  const names = [
    ...['parseVersion', 'compareVersions', 'specifierContains', 'canonicalizeName', 'parseRequirement'],
    ...['evaluateMarker', 'parseWheelFilename', 'parseSdistFilename', 'supportedTags', 'platformTags'],
    ...['parseRequirementsFiles', 'selectArchive'],
  ];
  const exported = Object.keys(await import('../../src/api/index.js'));
  expect(exported).toEqual(expect.arrayContaining(names));
  for (const name of exported) expect(documented).toContain(name);
});
