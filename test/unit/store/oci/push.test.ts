import { describe, expect, it } from 'vitest';
import { withRetries } from '../../../../src/fetch/http/retry.js';
import { createPusher } from '../../../../src/store/oci/push.js';
import type { Registry } from '../../../../src/store/oci/registry.js';
import { PeepError } from '../../../../src/text/errors.js';
import { noise, verified } from '../../../registry/clients.js';
import { fakeClock } from '../../fetch/support.js';

/** A registry that has every blob, and refuses the first manifests with these codes. */
function refusing(
  refusals: number,
  codes: readonly string[],
  retries = 5,
  error = new PeepError('REGISTRY_REFUSED', 'it refuses', { hint: '', facts: { codes } }),
) {
  const clock = fakeClock();
  const puts: string[] = [];
  const registry: Partial<Registry> = {
    retried: (attempt) => withRetries({ clock, retries, url: 'http://registry.example' }, attempt),
    manifestDigest: async () => undefined,
    hasBlob: async () => true,
    async putManifest(tag) {
      puts.push(tag);
      if (puts.length > refusals) return;
      throw error;
    },
  };
  return { registry: registry as Registry, clock, puts };
}

describe('a registry that misses a blob which another pusher is writing', () => {
  const codes = ['DIGEST_INVALID', 'MANIFEST_BLOB_UNKNOWN'];
  const archive = verified('demo-1.0-py3-none-any.whl', noise('push', 1000));

  it('is asked again, after a pause', async () => {
    const { registry, clock, puts } = refusing(3, codes);
    expect(await createPusher(registry).push(await archive)).toBe('pushed');
    expect([puts.length, clock.slept.length]).toEqual([4, 3]);
  });

  it('is asked no longer than the retries last', async () => {
    const { registry, puts } = refusing(9, codes, 2);
    await expect(createPusher(registry).push(await archive)).rejects.toMatchObject({ message: 'it refuses' });
    expect(puts).toHaveLength(3);
  });

  it('is asked once where it refuses for another reason', async () => {
    const { registry, puts } = refusing(9, ['DENIED']);
    await expect(createPusher(registry).push(await archive)).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
    });
    expect(puts).toHaveLength(1);
  });

  it('is asked no more often where a request failed after its own retries', async () => {
    const busy = new PeepError('HTTP_STATUS', 'it is busy', { hint: '', facts: { status: 503 } });
    const { registry, clock, puts } = refusing(9, [], 5, busy);
    await expect(createPusher(registry).push(await archive)).rejects.toBe(busy);
    expect([puts.length, clock.slept.length]).toEqual([1, 0]);
  });
});
