import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type PipTargetOptions, pipSupportedTags } from '../../../src/target/pip-tags.js';
import { type PlatformFacts, platformTags } from '../../../src/target/platforms.js';
import { type CpythonBuild, defaultAbis, supportedTags, type TagFacts } from '../../../src/target/tags.js';

function vectors<T>(name: string): (T & { id: string; group: string })[] {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8'));
}

describe('platformTags gives what packaging 26.3 gives', () => {
  for (const vector of vectors<PlatformFacts & { platforms: string[] }>('platforms.json')) {
    it(`${vector.group} ${vector.id}`, () => {
      expect(platformTags(vector)).toEqual(vector.platforms);
    });
  }
});

describe('supportedTags gives what packaging 26.3 gives', () => {
  interface TagVector extends TagFacts {
    base: PlatformFacts | { kind: 'explicit' };
    build?: CpythonBuild;
    defaultAbis?: string[];
    tags: string[];
  }
  for (const vector of vectors<TagVector>('tags.json')) {
    it(`${vector.group} ${vector.id}`, () => {
      expect(supportedTags(vector)).toEqual(vector.tags);
      if (vector.base.kind !== 'explicit') expect(platformTags(vector.base)).toEqual(vector.platforms);
      if (vector.defaultAbis !== undefined) {
        expect(defaultAbis(vector.pythonVersion, vector.build)).toEqual(vector.defaultAbis);
      }
    });
  }
});

describe('pipSupportedTags gives what pip 26.2.1 gives', () => {
  for (const vector of vectors<PipTargetOptions & { tags: string[] }>('pip-supported-tags.json')) {
    it(`${vector.group} ${vector.id}`, () => {
      expect(pipSupportedTags(vector)).toEqual(vector.tags);
    });
  }
});
