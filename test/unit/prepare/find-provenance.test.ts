import { describe, expect, it } from 'vitest';
import type { Sha256 } from '../../../src/hash/digest.js';
import type { ProjectName } from '../../../src/packaging/types.js';
import { type FindDeps, provenancePlaces } from '../../../src/prepare/find-provenance.js';
import type { HashedPin } from '../../../src/requirements/pin.js';
import { createLink } from '../../../src/resolver/link.js';

const sha256 = 'ab'.repeat(32) as Sha256;
const digests = [{ algorithm: 'sha256', hex: sha256 }] as const;

/** The names of the places that are asked, and the URLs that are fetched, for a pin of a lock file. */
async function places(url: string, version = '1.0'): Promise<{ names: string[]; fetched: string[] }> {
  const filename = url.slice(url.lastIndexOf('/') + 1);
  const pin: HashedPin = {
    ...{ hashed: true, digests, extras: [], marker: undefined, pipOptions: [], hashStyle: 'pip' },
    source: { kind: 'version', project: 'quill' as ProjectName, name: 'quill', operator: '==', version },
    requirement: `quill==${version}`,
    place: { file: 'uv.lock', line: 3 },
    links: [{ filename, url, size: undefined, digests }],
  };
  const fetched: string[] = [];
  const deps: FindDeps = {
    // A lock file says where its archives are: no page is asked for.
    links: () => Promise.reject(new Error('a page was asked for')),
    provenanceLinks: undefined,
    fetch: async (from) => {
      fetched.push(from);
      return undefined;
    },
  };
  const names: string[] = [];
  for await (const place of provenancePlaces(
    { pin, link: createLink({ filename, url, source: 'url' }), sha256 },
    deps,
  )) {
    names.push(place.name);
    await place.read();
  }
  return { names, fetched };
}

describe('provenance of what a lock file names', () => {
  it("is asked for at PyPI's integrity interface, for PyPI's own files", async () => {
    const url = 'https://files.pythonhosted.org/packages/ab/cd/quill-1.0+a.1-py3-none-any.whl';
    const integrity =
      'https://pypi.org/integrity/quill/1.0%2Ba.1/quill-1.0%2Ba.1-py3-none-any.whl/provenance';
    expect(await places(url, '1.0+a.1')).toEqual({ names: [integrity], fetched: [integrity] });
  });

  it.each([
    'https://files.pythonhosted.org.evil.example/packages/quill-1.0-py3-none-any.whl',
    'http://files.pythonhosted.org/packages/quill-1.0-py3-none-any.whl',
    'https://mirror.example/packages/quill-1.0-py3-none-any.whl',
  ])('is asked for nowhere for %s', async (url) => {
    expect(await places(url)).toEqual({ names: [], fetched: [] });
  });
});
