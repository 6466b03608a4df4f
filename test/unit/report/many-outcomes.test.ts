import { expect, it } from 'vitest';
import { parseProjectName } from '../../../src/packaging/name.js';
import type { Outcome } from '../../../src/prepare/outcome.js';
import { renderFailures } from '../../../src/report/text.js';
import { PeepError } from '../../../src/text/errors.js';
import { expectLinear } from '../../support/growth.js';

const unavailable = (i: number): Outcome => ({
  status: 'unavailable',
  pin: {
    ...{ requirement: `a${i}==1`, place: { file: 'r.txt', line: i + 1 }, pipOptions: [], extras: [] },
    ...{ marker: undefined, hashed: false, hashStyle: 'pip' },
    source: {
      kind: 'version',
      project: parseProjectName(`a${i}`),
      name: `a${i}`,
      operator: '==',
      version: '1',
    },
  },
  error: new PeepError('NOT_FOUND', `no index has a${i}==1 `),
});

it('the failures of many pins with one reason are told in linear time', () => {
  expectLinear(
    (size) => Array.from({ length: size }, (_, i) => unavailable(i)),
    (outcomes) => renderFailures(outcomes, { refusal: 'No.' }),
    8000,
  );
  const text = renderFailures([unavailable(1), unavailable(2)], { refusal: 'No.' });
  expect(text.match(/no index has/g)).toHaveLength(1);
});
