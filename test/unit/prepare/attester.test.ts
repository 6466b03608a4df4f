import { describe, expect, it } from 'vitest';
import type { Sha256 } from '../../../src/hash/digest.js';
import type { Publisher } from '../../../src/packaging/publisher.js';
import type { ProjectName } from '../../../src/packaging/types.js';
import { createAttester } from '../../../src/prepare/attester.js';
import type { ProvenancePlace } from '../../../src/prepare/find-provenance.js';
import type { HashedPin } from '../../../src/requirements/pin.js';
import { createLink } from '../../../src/resolver/link.js';
import { noOthers } from '../../../src/resolver/pages/name-filter.js';
import { PeepError } from '../../../src/text/errors.js';

const sha256 = 'ab'.repeat(32) as Sha256;
const filename = 'quill-1.0-py3-none-any.whl';
const url = `https://index.example/${filename}`;
const provenance = `${url}.provenance`;
const google = (email: string): Publisher => ({ kind: 'google', email });

const signedBy = (email: string) => ({
  ...{ predicate: 'publish' as const, publisher: google(email), loggedAt: '' },
  ...{ commit: undefined, ref: undefined, run: undefined },
});

interface World {
  /** Who signed what the place has; undefined: it has nothing; an error: it cannot be asked. */
  readonly store?: string;
  readonly registry?: string | PeepError;
  readonly index?: string | PeepError;
  readonly recorded?: string;
}

/** Whose publisher is found, where the bytes of a provenance are the e-mail addresses of its signers, joined by `+`. */
function attester({ store, registry, index, recorded }: World) {
  const asked: string[] = [];
  const kept: string[] = [];
  const answer = (name: string, said: string | PeepError | undefined) => {
    asked.push(name);
    if (said instanceof PeepError) throw said;
    return said === undefined ? undefined : Buffer.from(said);
  };
  const { look, enforce } = createAttester(
    {
      links: async () => ({ links: [], failures: [], statuses: [], others: noOthers }),
      provenanceLinks: undefined,
      fetch: async () => answer('index', index),
      registries: (): ProvenancePlace[] => [
        { name: 'oci://r', read: async () => answer('registry', registry) },
      ],
      stored: async () => answer('store', store),
      store: async (_, bytes) => void kept.push(Buffer.from(bytes).toString()),
      verify: async (bytes) => {
        const [first = '', ...more] = Buffer.from(bytes).toString().split('+');
        return { status: 'verified', attestations: [signedBy(first), ...more.map(signedBy)] };
      },
      log: { warn: () => undefined, note: () => undefined },
    },
    { required: true },
  );
  const pin: HashedPin = {
    ...{ hashed: true, extras: [], marker: undefined, pipOptions: [], hashStyle: 'pip' },
    digests: [{ algorithm: 'sha256', hex: sha256 }],
    source: {
      kind: 'version',
      project: 'quill' as ProjectName,
      name: 'quill',
      operator: '==',
      version: '1.0',
    },
    requirement: 'quill==1.0',
    place: { file: 'r.txt', line: 3 },
    ...(recorded === undefined ? {} : { publishers: [google(recorded)] }),
  };
  const announced = index === undefined ? {} : { provenance };
  const link = { ...createLink({ filename, url, source: 'index' }), ...announced };
  const ask = async (how: typeof look | typeof enforce) => {
    const found = await how({ pin, link, sha256 });
    const publisher = found?.status === 'verified' ? found.attestations[0].publisher : undefined;
    return { publisher, asked };
  };
  return { look: () => ask(look), enforce: () => ask(enforce), kept };
}

const trouble = new PeepError('NETWORK_OFFLINE', 'no network', { hint: '' });

describe('looking for a publisher', () => {
  it.each([
    ['asks the index before the store', { store: 'evil', index: 'good' }, 'good', ['index']],
    ['takes the stored one where no index has one', { store: 'good' }, 'good', ['store']],
    ['and where none can be asked', { store: 'good', index: trouble }, 'good', ['index', 'store']],
    ['asks no registry', { registry: 'evil' }, undefined, ['store']],
  ] as const)('%s', async (_, world, publisher, asked) => {
    const found = await attester(world).look();
    expect(found).toEqual({ publisher: publisher && google(publisher), asked });
  });
});

it('a look does not take the stored one where the index has one that is broken', async () => {
  const index = new PeepError('PROVENANCE_REFUSED', 'it does not verify', { hint: '' });
  await expect(attester({ store: 'evil', index }).look()).rejects.toBe(index);
});

describe('enforcing a publisher', () => {
  it.each([
    ['the store, before anything else', { store: 'good', registry: 'good' }, ['store']],
    ['a registry, before the index', { registry: 'good', index: 'good' }, ['store', 'registry']],
    [
      'the index, if the registry has another',
      { registry: 'evil', index: 'good' },
      ['store', 'registry', 'index'],
    ],
    ['the index, if the store has another', { store: 'evil', index: 'good' }, ['store', 'registry', 'index']],
    [
      'the index, if the registry fails',
      { registry: trouble, index: 'good' },
      ['store', 'registry', 'index'],
    ],
  ] as const)('takes it from %s', async (_, world, asked) => {
    const found = await attester({ ...world, recorded: 'good' }).enforce();
    expect(found).toEqual({ publisher: google('good'), asked });
  });

  it.each([
    ['another publisher', { registry: 'evil' }, 'PUBLISHER_CHANGED'],
    ['nothing', {}, 'PROVENANCE_MISSING'],
    ['no answer, which is not the same as nothing (P8)', { registry: trouble }, 'NETWORK_OFFLINE'],
  ] as const)('refuses %s', async (_, world, code) => {
    await expect(attester({ ...world, recorded: 'good' }).enforce()).rejects.toMatchObject({ code });
  });
});

describe('what is stored', () => {
  it.each([
    ['of a registry, what a record has', { registry: 'good', recorded: 'good' }, 'enforce', ['good']],
    ['of a registry, nothing that is only required', { registry: 'evil' }, 'enforce', []],
    ['of a registry, nobody beside the record', { registry: 'good+evil', recorded: 'good' }, 'enforce', []],
    ['of an index, what is required', { index: 'good' }, 'enforce', ['good']],
    ['of a look, what a record has', { index: 'good', recorded: 'good' }, 'look', ['good']],
    ['of a look, the first publisher', { index: 'good' }, 'look', ['good']],
    ['of a look, nothing against the record', { index: 'evil', recorded: 'good' }, 'look', []],
  ] as const)('%s', async (_, world, how, kept) => {
    const made = attester(world);
    await made[how]();
    expect(made.kept).toEqual(kept);
  });
});
