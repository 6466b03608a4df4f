import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReference } from '../../../../src/store/oci/reference.js';
import { PeepError } from '../../../../src/text/errors.js';

describe('an oci:// address', () => {
  it.each([
    ['oci://registry.example/team/python', 'https://registry.example', 'registry.example', 'team/python'],
    ['oci://Registry.Example:5000/a', 'https://registry.example:5000', 'registry.example:5000', 'a'],
    ['OCI://h/a/', 'https://h', 'h', 'a'],
    ['oci://localhost:5000/a', 'http://localhost:5000', 'localhost:5000', 'a'],
    ['oci://127.0.0.1:5000/a__b/c-d.e', 'http://127.0.0.1:5000', '127.0.0.1:5000', 'a__b/c-d.e'],
    ['oci://[::1]:5000/a', 'http://[::1]:5000', '[::1]:5000', 'a'],
    ['oci+https://localhost:5000/a', 'https://localhost:5000', 'localhost:5000', 'a'],
    ['oci+http://build.lan/a', 'http://build.lan', 'build.lan', 'a'],
    ['oci://h:443/a', 'https://h', 'h:443', 'a'],
    ['oci://docker.io/me/archives', 'https://registry-1.docker.io', 'registry-1.docker.io', 'me/archives'],
  ])('%s', (text, origin, host, repository) => {
    expect(parseReference(text)).toMatchObject({ origin, host, repository });
  });

  it.each([
    ['registry.example/a', 'does not begin with oci://'],
    ['https://registry.example/a', 'does not begin with oci://'],
    ['oci://registry.example', 'names no repository'],
    ['oci://registry.example/', 'names no repository'],
    ['oci:///a', 'is not HOST'],
    ['oci://h/A', 'is not a repository name'],
    ['oci://h/a//b', 'is not a repository name'],
    ['oci://h/../b', 'is not a repository name'],
    ['oci://h/a_-b', 'is not a repository name'],
    ['oci://h/a:tag', 'more than host and repository'],
    [`oci://h/a@sha256:${'0'.repeat(64)}`, 'more than host and repository'],
    ['oci://h/a?x=1', 'more than host and repository'],
    ['oci://h:99999/a', 'is not HOST'],
    ['oci://h\\x/a', 'is not HOST'],
    ['oci://h#x/a', 'is not HOST'],
    [`oci://h/${'a'.repeat(260)}`, 'more than 255'],
  ])('%s is refused', (text, why) => {
    expect(() => parseReference(text)).toThrowError(expect.objectContaining({ code: 'STORE_ADDRESS' }));
    expect(() => parseReference(text)).toThrowError(why);
  });

  it('shows no password, and none is taken from it', () => {
    try {
      parseReference('oci://me:s3cret@registry.example/a');
      expect.unreachable();
    } catch (error) {
      expect((error as PeepError).message).toContain('user or password');
      expect(JSON.stringify([(error as PeepError).message, (error as PeepError).hint])).not.toContain(
        's3cret',
      );
    }
  });

  it('or any other text gives an address whose parts fit into one, or an error of peep', () => {
    const part = fc.stringMatching(/^[a-z0-9:@/\\.?#%[\]_-]{0,20}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), part), (rest) => {
        try {
          const { origin, host, repository } = parseReference(`oci://${rest}`);
          const url = new URL(`${origin}/v2/${repository}/tags/list`);
          expect(url.origin).toBe(origin);
          expect(url.pathname).toBe(`/v2/${repository}/tags/list`);
          expect(new URL(`https://${host}`).hostname).toBe(url.hostname);
        } catch (error) {
          if (!(error instanceof PeepError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
