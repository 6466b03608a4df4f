import { type Digest, formatDigest } from '../../hash/digest.js';
import type { RecordedPublisher } from '../../packaging/publisher.js';
import { attestedByLine, formatPublisher } from '../../packaging/publisher-record.js';
import { decodeText, detectEncoding, type TextEncoding } from '../read/decode.js';
import { commentStart, type LogicalLine, logicalLines, physicalLines } from '../read/lines.js';
import { changeDigests, type DigestStyle } from './change-digests.js';
import { editFailed, indentation, LinePatch } from './patch.js';
import { hashTexts } from './written-hashes.js';

/** A change to one requirement of a file. */
export interface LineEdit extends DigestStyle {
  /** Number of the first line of the requirement, as in `Pin.place`. */
  readonly line: number;
  /** The new digests; those that are already there stay unchanged in their place. */
  readonly digests?: readonly Digest[];
  /**
   * The publishers to record above the requirement, replacing all existing records; undefined leaves them
   * unchanged.
   */
  readonly publishers?: readonly RecordedPublisher[];
  /** Replaces the version in `==from` (or `===from`). */
  readonly version?: { readonly from: string; readonly to: string };
}

/**
 * Changes the hashes (and versions) of some requirements of a file, and no other byte: comments, order, line ends,
 * indentation, byte order mark and encoding stay. A new digest replaces a removed one, so that comments beside it
 * are kept. The result is parsed again and compared before it is returned. Throws `EDIT_FAILED` if a change cannot
 * be made this way, and the errors of `decodeText`.
 */
export function editRequirements(bytes: Uint8Array, file: string, edits: readonly LineEdit[]): Uint8Array {
  const encoding = detectEncoding(bytes, file);
  decodeText(bytes, file, encoding);
  const lines = physicalLines(encoding.unpack(bytes.subarray(encoding.mark.length)));
  const logical = logicalLines(lines, file);
  const patch = new LinePatch(lines);
  const byNumber = new Map(logical.map((line) => [line.number, line]));
  for (const edit of edits) {
    const target = byNumber.get(edit.line);
    if (target === undefined) throw editFailed({ file, line: edit.line }, 'no requirement starts there');
    if (edit.version !== undefined) changeVersion(patch, target, edit.version, file);
    if (edit.digests !== undefined) changeDigests(patch, target, edit.digests, edit, file);
    if (edit.publishers !== undefined) changePublishers(patch, target, edit.publishers);
  }
  const changed = Buffer.concat([encoding.mark, encoding.pack(patch.apply())]);
  checkResult(logical, changed, encoding, file, edits);
  return changed;
}

function changeVersion(
  patch: LinePatch,
  target: LogicalLine,
  { from, to }: { readonly from: string; readonly to: string },
  file: string,
): void {
  const pattern = versionPattern(from);
  for (let line = target.number; line <= target.last; line++) {
    const text = patch.text(line);
    const match = pattern.exec(text.slice(0, commentStart(text)));
    if (match === null) continue;
    const start = match.index + (match[1] ?? '').length;
    patch.splice(line, start, start + from.length, to);
    return;
  }
  throw editFailed({ file, line: target.number }, `the line does not contain the version '${from}'`);
}

/** Existing lines with the same record stay unchanged, with their trailing comments. */
function changePublishers(
  patch: LinePatch,
  target: LogicalLine,
  publishers: readonly RecordedPublisher[],
): void {
  const texts = publishers.map(formatPublisher);
  const written = new Set<string>();
  for (const { text, line } of target.publisherComments) {
    if (texts.includes(text) && !written.has(text)) written.add(text);
    else patch.delete(line);
  }
  const indent = indentation(patch.text(target.number));
  const added = publishers.filter((publisher) => !written.has(formatPublisher(publisher)));
  patch.insertBefore(
    target.number,
    added.map((publisher) => indent + attestedByLine(publisher)),
  );
}

function versionPattern(version: string): RegExp {
  return new RegExp(`(===?[ \\t]*)${version.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w.+!*-])`);
}

/** Parses the result: everything that was not edited must have the same meaning as before. */
function checkResult(
  before: readonly LogicalLine[],
  changed: Uint8Array,
  encoding: TextEncoding,
  file: string,
  edits: readonly LineEdit[],
): void {
  const text = encoding.unpack(changed.subarray(encoding.mark.length));
  const after = logicalLines(physicalLines(text), file);
  const byLine = new Map(edits.map((edit) => [edit.line, edit]));
  const differs = before.find((line, index) => {
    const now = after[index];
    const edit = byLine.get(line.number);
    if (now === undefined) return true;
    const moved = edit?.version;
    const text =
      moved === undefined
        ? line.text
        : line.text.replace(versionPattern(moved.from), (_, sign) => sign + moved.to);
    if (withoutHashes(text) !== withoutHashes(now.text)) return true;
    const records = edit?.publishers?.map(formatPublisher) ?? line.publisherComments.map(({ text }) => text);
    const recordsNow = now.publisherComments.map(({ text }) => text);
    if ([...new Set(records)].sort().join('\n') !== [...new Set(recordsNow)].sort().join('\n')) return true;
    const source = edit?.digests?.map(formatDigest) ?? hashTexts(line);
    return [...new Set(source)].sort().join() !== [...new Set(hashTexts(now))].sort().join();
  });
  if (differs !== undefined || before.length !== after.length) {
    throw editFailed({ file, line: differs?.number ?? 1 }, 'other parts of the file would change meaning');
  }
}

function withoutHashes(text: string): string {
  return text
    .replace(/[ \t]+/g, ' ')
    .replace(/ --hash[= ]\S+/g, '')
    .trim();
}
