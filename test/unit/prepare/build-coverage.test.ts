import { describe, expect, test } from 'vitest';
import type { ProjectName } from '../../../src/packaging/types.js';
import {
  type BuildSupply,
  buildRequirementsMissing,
  coverBuilds,
  type ReadNeed,
  type SourceToBuild,
} from '../../../src/prepare/build-coverage.js';
import { PeepError } from '../../../src/text/errors.js';

/** `name[extra]>=1; extra == "x"` with whole numbers for versions: enough to look at the walk. */
const readNeed: ReadNeed = (requirement) => {
  const [, name = '', extras = '', rest = '', url, extra] =
    /^([\w-]+)(?:\[([^\]]*)\])?([<>=\d.,]*)(?: @ (\S+))?(?:; extra == "(.*)")?$/.exec(requirement) ?? [];
  return {
    requirement,
    project: name as ProjectName,
    extras: extras.split(',').filter((one) => one !== ''),
    specifier: rest,
    url,
    applies: (asked) => extra === undefined || asked === extra,
    admits: (version) =>
      rest.split(',').every((part) => {
        const [, operator, bound = '0'] = /^(>=|<)?(.*)$/.exec(part) ?? [];
        if (operator === undefined) return true;
        return operator === '>=' ? Number(version) >= Number(bound) : Number(version) < Number(bound);
      }),
  };
};

function supply(project: string, version: string, changes: Partial<BuildSupply> = {}): BuildSupply {
  return {
    kind: 'wheel',
    project: project as ProjectName,
    version,
    label: `${project} ${version}`,
    requiresDist: [],
    buildRequires: [],
    url: undefined,
    ...changes,
  };
}

const source = (label: string, buildRequires: string[], asked?: string[]): SourceToBuild => ({
  label,
  buildRequires,
  asked,
});

const missing = (sources: SourceToBuild[], supplies: BuildSupply[] = []) =>
  coverBuilds(sources, supplies, readNeed, true).missing;

describe('a build environment', () => {
  test('has what the build needs, and not what its source archives are built with', () => {
    const supplies = [
      supply('x', '1', { kind: 'sdist', buildRequires: ['y'] }),
      supply('y', '1'),
      supply('z', '1', { requiresDist: ['w'] }),
      supply('w', '1'),
      supply('other', '1'),
    ];
    const found = coverBuilds([source('beta 2', ['x'], ['z'])], supplies, readNeed, false).supplies;
    expect(found.map(({ project }) => project)).toEqual(['x', 'z', 'w']);
  });
});

describe('the build requirements that are missing', () => {
  test('are none where all is pinned, down to the last', () => {
    const supplies = [
      supply('flit-core', '4', { requiresDist: ['a>=1'] }),
      supply('a', '1', { requiresDist: ['b', 'flit-core'] }),
      supply('b', '7'),
    ];
    expect(missing([source('beta 2', ['flit-core>=3'])], supplies)).toEqual([]);
  });

  test('are named with all who need them', () => {
    const supplies = [supply('flit-core', '4', { requiresDist: ['a>=1'] })];
    const sources = [source('beta 2', ['flit-core', 'x>=5']), source('gamma 1', ['flit-core', 'x<9'])];
    expect(missing(sources, supplies)).toEqual([
      {
        project: 'x',
        specifier: '>=5,<9',
        neededBy: ['beta 2', 'gamma 1'],
        pinned: undefined,
        url: undefined,
      },
      {
        project: 'a',
        specifier: '>=1',
        neededBy: ['beta 2 → flit-core 4'],
        pinned: undefined,
        url: undefined,
      },
    ]);
  });

  test('include what is pinned in a version that does not fit', () => {
    const [need] = missing([source('beta 2', ['x>=5'])], [supply('x', '4')]);
    expect(need).toMatchObject({ project: 'x', specifier: '>=5', pinned: '4' });
  });

  test('include what extras need', () => {
    const supplies = [supply('x', '1', { requiresDist: ['y; extra == "fast"', 'z; extra == "slow"'] })];
    expect(missing([source('beta 2', ['x']), source('gamma 1', ['x[fast]'])], supplies)).toMatchObject([
      { project: 'y', neededBy: ['gamma 1 → x 1'] },
    ]);
  });

  test('include what source archives among them are built with', () => {
    const supplies = [supply('x', '1', { kind: 'sdist', buildRequires: ['y'], requiresDist: ['z'] })];
    expect(missing([source('beta 2', ['x'])], supplies).map(({ project }) => project)).toEqual(['y', 'z']);
    const wheel = [supply('x', '1', { buildRequires: ['y'] })];
    expect(missing([source('beta 2', ['x'])], wheel)).toEqual([]);
  });

  test('include what a back end asks for, and say so', () => {
    const needs = missing([source('beta 2', ['x'], ['y>=3'])], [supply('x', '1')]);
    expect(needs).toMatchObject([
      { project: 'y', specifier: '>=3', neededBy: ['beta 2 (its back end asks for it)'] },
    ]);
  });

  test('include addresses, which only a pin of that URL meets (P5)', () => {
    const needs = missing([source('beta 2', ['x @ https://user:secret@host/x.zip'])], [supply('x', '1')]);
    expect(needs).toMatchObject([{ project: 'x', url: 'https://user:secret@host/x.zip' }]);
    expect(buildRequirementsMissing(needs).message).not.toContain('secret');
    const url = 'https://host/x.zip';
    const asked = [source('beta 2', [], [`x @ ${url}`])];
    expect(missing(asked, [supply('x', '1', { url })])).toEqual([]);
    expect(missing(asked, [supply('x', '1', { url: `${url}?other` })])).toHaveLength(1);
  });

  test('are told apart from what is no requirement', () => {
    const broken: ReadNeed = () => {
      throw new PeepError('REQUIREMENT_MALFORMED', 'no requirement');
    };
    const cover = () => coverBuilds([source('beta 2', ['x'], ['./evil.whl'])], [], broken, true);
    expect(cover).toThrow(expect.objectContaining({ code: 'BUILD_REQUIREMENT_MALFORMED' }));
  });

  test('are one error, with the way out', () => {
    const error = buildRequirementsMissing(missing([source('beta 2', ['x>=5', 'y'])], [supply('x', '4')]));
    expect(error).toMatchObject({
      code: 'BUILD_REQUIREMENTS_MISSING',
      message:
        'source archives cannot be built, because these build requirements are not pinned and verified:\n' +
        '  x>=5 (4 is pinned), for beta 2\n  y, for beta 2',
      hint: expect.stringContaining('--build-requirements FILE'),
      facts: { missing: ['x>=5', 'y'] },
    });
  });
});
