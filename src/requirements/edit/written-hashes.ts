import {
  type Digest,
  formatDigest,
  isDigestAlgorithm,
  parseHexDigest,
  parsePeepDigest,
} from '../../hash/digest.js';
import { isPeepError } from '../../text/errors.js';
import { commentStart, type LogicalLine } from '../read/lines.js';
import { editFailed, type LinePatch } from './patch.js';

export type HashStyle = 'peep' | 'pip';

/** A hash in the file, with the offsets of the token, or of `ALGORITHM:HEX`. */
export interface WrittenHash {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly style: HashStyle;
  readonly digest: Digest | undefined;
}

/** The hashes of a requirement in the file: comments, then options. Throws `EDIT_FAILED`. */
export function writtenHashes(patch: LinePatch, target: LogicalLine, file: string): WrittenHash[] {
  return [...writtenComments(patch, target), ...writtenOptions(patch, target, file)];
}

/** The digests of a line, in text form. */
export function hashTexts(line: LogicalLine): string[] {
  const comments = line.hashComments.map(({ token }) => {
    const digest = readable(() => parsePeepDigest(token));
    return digest === undefined ? token : formatDigest(digest);
  });
  const options = [...line.text.matchAll(/(?:^|[ \t])--hash(?:=|[ \t]+)(\S+)/g)].map(([, value = '']) =>
    value.replace(/:.*$/s, (hex) => hex.toLowerCase()),
  );
  return [...comments, ...options];
}

function writtenComments(patch: LinePatch, target: LogicalLine): WrittenHash[] {
  return target.hashComments.map(({ token, line }) => {
    const text = patch.text(line);
    const start = text.indexOf(token, text.indexOf('sha256:') + 'sha256:'.length);
    return {
      line,
      start,
      end: start + token.length,
      style: 'peep',
      digest: readable(() => parsePeepDigest(token)),
    };
  });
}

function writtenOptions(patch: LinePatch, target: LogicalLine, file: string): WrittenHash[] {
  const found: WrittenHash[] = [];
  for (let line = target.number; line <= target.last; line++) {
    const text = patch.text(line);
    const content = text.slice(0, commentStart(text));
    for (const match of content.matchAll(
      /(?:^|[ \t])--hash(?:=|[ \t]+)([\w-]+):([^ \t\\"']*)(?=[ \t\\]|$)/g,
    )) {
      const [whole, algorithm = '', hex = ''] = match;
      const end = match.index + whole.length;
      found.push({
        line,
        start: end - algorithm.length - 1 - hex.length,
        end,
        style: 'pip',
        digest: isDigestAlgorithm(algorithm) ? readable(() => parseHexDigest(algorithm, hex)) : undefined,
      });
    }
  }
  // Quoted, abbreviated or split options must be changed by hand.
  const all = target.text.match(/(?:^|[ \t])["']?--h(?:a(?:sh?)?)?["']?(?=[= \t]|$)/g)?.length ?? 0;
  if (all !== found.length) {
    throw editFailed({ file, line: target.number }, 'its --hash options are written in an unusual way');
  }
  return found;
}

function readable(read: () => Digest): Digest | undefined {
  try {
    return read();
  } catch (error) {
    if (isPeepError(error)) return undefined;
    throw error;
  }
}
