import { describe, expect, it } from 'vitest';
import { comparePublisher, compareWithRecords, type Publisher } from '../../../src/packaging/publisher.js';
import { attestedByLine, formatPublisher, parsePublisher } from '../../../src/packaging/publisher-record.js';

const read = (text: string) => {
  const publisher = parsePublisher(text);
  if (typeof publisher === 'string') throw new Error(publisher);
  return publisher;
};
const found = (text: string) => read(text) as Publisher;

describe('the record of a publisher', () => {
  it.each([
    'github pypa/sampleproject release.yml id=14899596',
    'github pypa/sampleproject release.yml id=14899596 env=pypi',
    'github a_company/x.y my%20release.yml id=1 env=Py%20PI%23',
    'github https://ghe.acme.example/acme/demo release.yml id=7',
    'gitlab group/sub/project .gitlab-ci.yml id=55235664',
    'gitlab group/project ci/release.yml id=1',
    'gitlab https://git.acme.example:8443/group/project .gitlab-ci.yml id=1',
    'google 919436158236-compute@developer.gserviceaccount.com',
    'none',
  ])('%s reads and prints the same', (text) => {
    expect(formatPublisher(read(text))).toBe(text);
    expect(attestedByLine(read(text))).toBe(`# attested-by: ${text}`);
  });

  it.each([
    '',
    'github',
    'github pypa release.yml id=1',
    'github pypa/sampleproject id=1',
    'github pypa/sampleproject release.yml',
    'github pypa/sampleproject release.yml id=0',
    'github pypa/sampleproject release.yml id=x',
    'github pypa/sampleproject release.yml id=1 env=',
    'github pypa/sampleproject release.yml id=1 env=a env=b',
    'github pypa/sampleproject release.yml id=1 ref=main',
    'github pypa/sampleproject .github/workflows/release.yml id=1',
    'github pypa/.. release.yml id=1',
    'github https://user@host/acme/demo release.yml id=7',
    'github acme/demo release.yml id=1 env=%41',
    'github acme/demo release.yml id=1 env=%e2%80%ae',
    'gitlab project .gitlab-ci.yml id=1',
    'gitlab group/project ../ci.yml id=1',
    'google',
    'google nobody',
    'google a@b.example extra',
    'none of them',
    'circleci acme/demo x id=1',
    'GitHub acme/demo release.yml id=1',
  ])('%s is refused with a reason', (text) => {
    expect(parsePublisher(text)).toEqual(expect.any(String));
  });
});

describe('a publisher compared with a recorded one', () => {
  const recorded = 'github acme/demo release.yml id=1';
  it.each([
    [recorded, recorded, 'same'],
    [recorded, 'github Acme/Demo release.yml id=1', 'same'],
    [recorded, 'github acme/renamed release.yml id=1', 'renamed'],
    [recorded, 'github acme/demo release.yml id=2', 'changed'],
    [recorded, 'github acme/demo other.yml id=1', 'changed'],
    [recorded, 'gitlab acme/demo release.yml id=1', 'changed'],
    [recorded, 'github https://ghe.acme.example/acme/demo release.yml id=1', 'changed'],
    [recorded, 'google a@b.example', 'changed'],
    [recorded, `${recorded} env=pypi`, 'same'],
    [`${recorded} env=pypi`, recorded, 'changed'],
    [`${recorded} env=pypi`, `${recorded} env=test`, 'changed'],
    [`${recorded} env=pypi`, `${recorded} env=pypi`, 'same'],
    ['google a@b.example', 'google a@b.example', 'same'],
    ['google a@b.example', 'google c@b.example', 'changed'],
    ['none', recorded, 'changed'],
  ])('%s, then %s: %s', (before, after, change) => {
    expect(comparePublisher(read(before), found(after))).toBe(change);
  });

  it('without the number of the repository, by its name', () => {
    const named = { ...found(recorded), id: undefined } as Publisher;
    expect(comparePublisher(named, found(recorded))).toBe('same');
    expect(comparePublisher(named, found('github acme/renamed release.yml id=1'))).toBe('changed');
  });

  it('with several, by the nearest', () => {
    const records = [read('google a@b.example'), read(recorded)];
    expect(compareWithRecords(records, found(recorded))).toBe('same');
    expect(compareWithRecords(records, found('github acme/renamed release.yml id=1'))).toBe('renamed');
    expect(compareWithRecords([], found(recorded))).toBe('changed');
  });
});
