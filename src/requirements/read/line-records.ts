import { type Digest, isDigestAlgorithm, parseHexDigest, parsePeepDigest } from '../../hash/digest.js';
import type { RecordedPublisher } from '../../packaging/publisher.js';
import { parsePublisher } from '../../packaging/publisher-record.js';
import { PeepError } from '../../text/errors.js';
import { placed } from '../placed.js';
import type { RequirementLine } from './requirements-line.js';

/** The digests above and in a line, in both styles. Throws `DIGEST_MALFORMED`. */
export function readDigests({ place, hashComments, hashes }: RequirementLine): Digest[] {
  const { file } = place;
  const comments = hashComments.map(({ token, line }) =>
    placed(() => parsePeepDigest(token), { file, line }),
  );
  return [...comments, ...hashes.map(({ digest }) => digest)];
}

/** The digests in the fragment of a URL (`#sha256=HEX`); md5 and sha1 are ignored. */
export function fragmentDigests(url: string | undefined): Digest[] {
  const fragment = url === undefined || !url.includes('#') ? '' : url.slice(url.indexOf('#') + 1);
  return fragment.split('&').flatMap((item) => {
    const equals = item.indexOf('=');
    const name = item.slice(0, Math.max(equals, 0));
    return isDigestAlgorithm(name) ? [parseHexDigest(name, item.slice(equals + 1))] : [];
  });
}

/** The publishers recorded above a line. Throws `PUBLISHER_MALFORMED`. */
export function readPublishers({ publisherComments, place }: RequirementLine): readonly RecordedPublisher[] {
  return publisherComments.map(({ text, line }) => {
    const publisher = parsePublisher(text);
    if (typeof publisher !== 'string') return publisher;
    // P11: ignoring an unreadable record would allow any publisher.
    throw new PeepError('PUBLISHER_MALFORMED', `a record of a publisher cannot be read: ${publisher}`, {
      place: { file: place.file, line },
      hint: 'Write `# attested-by: github OWNER/REPO release.yml id=NUMBER`, or let `peep pin --write` write it.',
    });
  });
}
