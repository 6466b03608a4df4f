import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluateMarker } from '../../../../src/packaging/marker.js';
import { entriesFor } from '../../../../src/requirements/entries-for.js';
import { defaultSelection, type LockSelection } from '../../../../src/requirements/lock/selection.js';
import { describeFor } from '../../../../src/target/describe.js';
import { pdmLock, pipfileLock, poetryLock, pylock } from '../../../support/locks/flat-locks.js';
import {
  olderPoetryLock,
  pdmProject,
  plainPdmLock,
  poetryProject,
} from '../../../support/locks/graph-locks.js';
import { type Part, type Recorded, sizes, targets } from '../../../support/locks/parts.js';
import { lockedProject } from '../../../support/locks/project.js';
import { uvLock } from '../../../support/locks/uv-lock.js';
import { read } from '../memory-files.js';

const recorded = JSON.parse(
  readFileSync(new URL('../../../vectors/locks.json', import.meta.url), 'utf8'),
) as Recorded;

const exportsOf = (size: number): Recorded[string] => recorded[String(size)] as Recorded[string];

/** What the tool's export wants for a target, of these parts together. */
function expected(size: number, target: string, names: readonly Part[]): string[] {
  const wanted = names.flatMap((part) => {
    const { requirements, applies } = exportsOf(size)[part];
    return requirements.flatMap(([requirement], i) => (applies[target]?.[i] === '1' ? [requirement] : []));
  });
  return [...new Set(wanted)].sort();
}

/** What peep chooses of a lock file, for each target. */
async function chosen(file: string, text: string, selection: Partial<LockSelection>, pyproject?: string) {
  const requirements = await read(
    { [file]: text, ...(pyproject !== undefined && { 'pyproject.toml': pyproject }) },
    { entries: [file], selection: { ...defaultSelection, ...selection } },
  );
  return async (target: string): Promise<string[]> => {
    const { environment } = describeFor(target);
    return (await entriesFor(requirements, environment))
      .flatMap((entry) => {
        if (entry.kind === 'refused') throw entry.line.error;
        const { pin } = entry;
        const wanted =
          pin.locked === undefined && (pin.marker === undefined || evaluateMarker(pin.marker, environment));
        return wanted ? [pin.requirement.replace(/\[.*\]/, '')] : [];
      })
      .sort();
  };
}

const selections: readonly (readonly [Partial<LockSelection>, readonly Part[]])[] = [
  [{ noDev: true, groups: ['bench'] }, ['no-dev', 'bench']],
  [{ extras: ['docs'] }, ['default', 'docs']],
  [{ allExtras: true }, ['default', 'all-extras']],
  [{ allExtras: true, allGroups: true }, ['everything']],
  [{}, ['default']],
];

describe.each(sizes)('lock files of %i packages', (size) => {
  const project = lockedProject(size);

  it.each(selections)('uv.lock with %j: as uv exports it', async (selection, names) => {
    const forTarget = await chosen('uv.lock', uvLock(project), selection);
    for (const target of targets) expect(await forTarget(target)).toEqual(expected(size, target, names));
  });

  it.each([
    [{}, ['main']],
    [{ extras: ['docs'] }, ['main', 'docs']],
    [{ groups: ['dev'] }, ['main', 'dev']],
    [{ groups: ['dev', 'bench'], allExtras: true }, ['main', 'dev', 'bench', 'docs', 'signals']],
  ] as const)('poetry.lock with %j', async (selection, names) => {
    const forTarget = await chosen('poetry.lock', poetryLock(project, exportsOf(size)), selection);
    for (const target of targets) expect(await forTarget(target)).toEqual(expected(size, target, names));
  });

  it.each([
    [{}, ['main']],
    [{ groups: ['dev'] }, ['main', 'dev']],
    [{ allExtras: true }, ['main', 'all-extras']],
    [{ allGroups: true, allExtras: true }, ['everything']],
  ] as const)('poetry.lock of 2.0 beside its pyproject.toml with %j', async (selection, names) => {
    const [lock, beside] = [olderPoetryLock(project), poetryProject(project)];
    const forTarget = await chosen('poetry.lock', lock, selection, beside);
    for (const target of targets) expect(await forTarget(target)).toEqual(expected(size, target, names));
  });

  it.each([
    [{}, ['everything']],
    [{ extras: ['docs'] }, ['main', 'docs', 'dev', 'lint', 'bench']],
    [{ noDev: true, groups: ['bench'], extras: ['signals'] }, ['main', 'signals', 'bench']],
  ] as const)('pdm.lock without metadata beside its pyproject.toml with %j', async (selection, names) => {
    const [lock, beside] = [plainPdmLock(project), pdmProject(project)];
    const forTarget = await chosen('pdm.lock', lock, selection, beside);
    for (const target of targets) expect(await forTarget(target)).toEqual(expected(size, target, names));
  });

  it.each([
    [{}, ['main', 'docs', 'signals', 'dev', 'lint', 'bench']],
    [{ noDev: true, groups: ['lint'] }, ['main', 'lint']],
    [{ extras: ['docs'] }, ['main', 'docs', 'dev']],
  ] as const)('pdm.lock with %j', async (selection, names) => {
    const forTarget = await chosen('pdm.lock', pdmLock(project, exportsOf(size)), selection);
    const inParts = new Set(
      names.flatMap((part) => exportsOf(size)[part].requirements.map(([requirement]) => requirement)),
    );
    for (const target of targets) {
      const everything = expected(size, target, ['everything']);
      expect(await forTarget(target)).toEqual(everything.filter((requirement) => inParts.has(requirement)));
    }
  });

  it.each([
    [{}, ['main']],
    [{ groups: ['dev'] }, ['main', 'dev']],
  ] as const)('Pipfile.lock with %j', async (selection, names) => {
    const forTarget = await chosen('Pipfile.lock', pipfileLock(project, exportsOf(size)), selection);
    const older = new Set(
      project.packages
        .filter(({ fork, version }) => fork !== undefined && version.startsWith('1.'))
        .map(({ name, version }) => `${name}==${version}`),
    );
    for (const target of targets) {
      const wanted = expected(size, target, names).filter((requirement) => !older.has(requirement));
      expect(await forTarget(target)).toEqual(wanted);
    }
  });

  it.each(selections)('pylock.toml with %j', async (selection, names) => {
    const forTarget = await chosen('pylock.toml', pylock(project, exportsOf(size)), selection);
    for (const target of targets) expect(await forTarget(target)).toEqual(expected(size, target, names));
  });
});
