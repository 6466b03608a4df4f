import { describe, expect, it } from 'vitest';
import type { ProjectName } from '../../../src/packaging/types.js';
import { installedVersion } from '../../../src/prepare/installed-version.js';
import type { RequirementSource } from '../../../src/requirements/pin.js';
import type { InstalledDistribution } from '../../../src/target/target.js';
import { isOtherVersion } from '../../../src/verify/distributions.js';
import { pin as sample } from './samples.js';

const project = 'demo' as ProjectName;
const distribution = (version: string): InstalledDistribution => ({
  ...{ project, version, metadataPath: `/v/demo-${version}.dist-info`, directUrl: undefined },
  ...{ hasRecord: true, duplicates: [] },
});
const pin = (operator: '==' | '===', version: string) => {
  const source: RequirementSource = { kind: 'version', project, name: 'demo', operator, version };
  return { ...sample('demo==1.0', 1), source };
};

describe('an installed version', () => {
  // PEP 440: a pin without a local part takes any local version.
  it.each([
    ['==', '2.0', '2.0', true],
    ['==', '2.0', '2.0.0', true],
    ['==', '2.0', '2.0+blue', true],
    ['==', '2.0+blue', '2.0', false],
    ['==', '2.0+blue', '2.0+Blue', true],
    ['==', '2.0', '2.0.post1', false],
    ['==', '2.0', '2.1+blue', false],
    ['===', '2.0', '2.0+blue', false],
    ['===', '2.0', '2.0', true],
    ['==', '2004d', '2004d', true],
  ] as const)('%s%s takes %s: %s', (operator, version, installed, takes) => {
    const found = new Map([[project, distribution(installed)]]);
    expect(installedVersion(pin(operator, version), found)).toBe(takes ? installed : undefined);
    const pinned = { pin: pin(operator, version), wheelVersion: undefined };
    expect(isOtherVersion(distribution(installed), pinned)).toBe(!takes);
  });

  it('is compared with that of the verified wheel where there is one', () => {
    const pinned = { pin: pin('==', '2.0'), wheelVersion: '2.0+blue' };
    expect(isOtherVersion(distribution('2.0+blue'), pinned)).toBe(false);
    expect(isOtherVersion(distribution('2.0'), pinned)).toBe(true);
  });
});
