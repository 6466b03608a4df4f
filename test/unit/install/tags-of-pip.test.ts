import { expect, it } from 'vitest';
import { parsePipVersion } from '../../../src/install/pip-version.js';
import { tagsOfPip } from '../../../src/install/tags-of-pip.js';

const tags = [
  'cp36-cp36m-manylinux_2_17_x86_64',
  'cp36-cp36m-manylinux2014_x86_64',
  'cp36-cp36m-musllinux_1_1_x86_64',
  'cp36-cp36m-manylinux2010_x86_64',
  'py3-none-any',
];

it.each([
  ['19.2.3', [3, 4]],
  ['19.3', [1, 3, 4]],
  ['20.3', [0, 1, 3, 4]],
  ['21.2', [0, 1, 2, 3, 4]],
])('pip %s accepts the platforms that it knows', (version, kept) => {
  expect(tagsOfPip(tags, parsePipVersion(version))).toEqual(kept.map((i) => tags[i]));
});
