import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { rules } from '../../src/archive/rules.js';
import { type Machine, makeMachine } from '../cli/machine.js';
import { defaultPython } from '../support/pythons.js';
import { nameCases } from './corpus/names.js';
import { sdistCases } from './corpus/sdist.js';
import { tarCases } from './corpus/tar.js';
import { wheelCases } from './corpus/wheel.js';
import { zipCases } from './corpus/zip.js';
import { type Sample, wheel } from './projects.js';

const python = await defaultPython();
/** `PEEP_HOSTILE_ALL=1` takes the whole corpus through the program. */
const step = process.env.PEEP_HOSTILE_ALL === '1' ? 1 : 12;
const maxBytes = 20_000_000;

const cases = [...nameCases, ...zipCases, ...wheelCases, ...tarCases, ...sdistCases]
  .filter(({ rule }) => rules[rule] === 'refuse')
  .filter((_, i) => i % step === 0)
  .map(({ rule, what, hostile }) => ({ rule, what, sample: hostile() }))
  // The pin says name and version here; a name that is none is never a candidate; the largest only take time.
  .filter(({ sample: { filename, bytes, expected } }) => {
    return (
      expected === undefined && bytes.length <= maxBytes && /^demo-1\.0(?:-py3|\.tar|\.zip)/.test(filename)
    );
  });

describe.skipIf(python === undefined)('peep install (skipped: no Python with pip on PATH)', () => {
  let machine: Machine;
  let count = 0;
  beforeAll(async () => {
    machine = await makeMachine();
  });
  afterAll(() => machine?.[Symbol.dispose]());
  afterEach(() => machine.reset());

  const install = async ({ filename, bytes }: Sample) => {
    count += 1;
    const links = dirname(machine.write(`links/${count}/${filename}`, bytes));
    const digest = createHash('sha256').update(bytes).digest('hex');
    machine.starts();
    const finished = await machine.install(
      [`demo==1.0 --hash=sha256:${digest}`],
      ['--no-index', '--find-links', links],
    );
    return { ...finished, starts: machine.starts(), installed: machine.installed() };
  };

  it('starts pip for an archive that breaks no rule', async () => {
    const { status, starts, installed } = await install(wheel());
    expect({ status, starts, installed }).toEqual({
      status: 0,
      starts: ['probe', 'pip'],
      installed: ['demo==1.0'],
    });
  });

  it.each(cases)('refuses and starts no pip: $rule, $what', async ({ rule, sample }) => {
    const { status, stdout, starts, installed } = await install(sample);
    expect(stdout).toContain(rule);
    expect({ status, starts, installed }).toEqual({ status: 1, starts: ['probe'], installed: [] });
  });
});
