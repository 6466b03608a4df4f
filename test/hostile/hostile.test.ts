import { describe, expect, it } from 'vitest';
import { type Rule, rules } from '../../src/archive/rules.js';
import { archiveRefused, refusals } from '../../src/archive/verdict.js';
import { nameCases } from './corpus/names.js';
import { sdistCases } from './corpus/sdist.js';
import { tarCases } from './corpus/tar.js';
import { wheelCases } from './corpus/wheel.js';
import { zipCases } from './corpus/zip.js';
import { sdist, wheel } from './projects.js';
import { inspectSample } from './verified.js';

const cases = [...nameCases, ...zipCases, ...tarCases, ...wheelCases, ...sdistCases];

describe('archives that break one rule', () => {
  it.each(cases)('$rule: $what', async ({ rule, hostile }) => {
    const sample = hostile();
    const inspection = await inspectSample(sample);
    const found = inspection.findings.find((finding) => finding.rule === rule);
    expect(inspection.findings.map((finding) => finding.rule)).toContain(rule);
    expect(found?.severity).toBe(rules[rule]);
    if (rules[rule] === 'note') expect(refusals(inspection, true)).toEqual([]);
    else expect(archiveRefused(sample, inspection, true)).toMatchObject({ code: 'ARCHIVE_REFUSED' });
    const error = archiveRefused(sample, inspection, false);
    if (rules[rule] === 'refuse') {
      expect(error?.facts.rules).toContain(rule);
      expect(error?.message).toContain(sample.filename);
    } else expect(error).toBeUndefined();
  });
});

describe('archives just inside the rule', () => {
  it.each(cases)('$rule: not $what', async ({ rule, inside }) => {
    const { findings } = await inspectSample(inside());
    expect(findings.filter((finding) => finding.severity === 'refuse')).toEqual([]);
    expect(findings.map((finding) => finding.rule)).not.toContain(rule);
  });
});

describe('the corpus', () => {
  it('has an archive for each rule, at least 80 of them refused', () => {
    const covered = new Set<string>(cases.map(({ rule }) => rule));
    expect(Object.keys(rules).filter((rule) => !covered.has(rule))).toEqual([]);
    expect(cases.filter(({ rule }) => rules[rule as Rule] === 'refuse').length).toBeGreaterThanOrEqual(80);
  });

  it.each([wheel(), sdist()])('is built on archives without any finding: $filename', async (sample) => {
    const inspection = await inspectSample(sample);
    expect(refusals(inspection, true)).toEqual([]);
    expect(inspection).toMatchObject({ project: 'demo', version: '1.0' });
  });
});
