import {
  asSha256,
  type Digest,
  formatDigest,
  isDigestAlgorithm,
  parseHexDigest,
  parsePeepDigest,
  sameDigest,
  toPeepDigest,
} from '../../hash/digest.js';
import type { RecordedPublisher } from '../../packaging/publisher.js';
import { attestedByLine, formatPublisher } from '../../packaging/publisher-record.js';
import { isPeepError } from '../../text/errors.js';
import { peepHashLine, pipHashOption } from '../hash-lines.js';
import { decodeText, detectEncoding, type TextEncoding } from '../read/decode.js';
import { commentStart, type LogicalLine, logicalLines, physicalLines } from '../read/lines.js';
import { editFailed, LinePatch } from './patch.js';

type Style = 'peep' | 'pip';

/** A change to one requirement of a file. */
export interface LineEdit {
  /** The first line of the requirement, as in `Pin.place`. */
  readonly line: number;
  /** The digests it shall have; those it has already stay where and as they are. */
  readonly digests?: readonly Digest[];
  /** How new hashes are written; algorithms that peep's comments do not know are written in pip's style. */
  readonly style: Style;
  /** Rewrite the hashes of the other style as well. */
  readonly restyle?: boolean;
  /** The publishers that shall be recorded above it, in place of all that are; undefined leaves them alone. */
  readonly publishers?: readonly RecordedPublisher[];
  /** Turns `==from` (or `===from`) into another version. */
  readonly version?: { readonly from: string; readonly to: string };
}

/**
 * A requirements file with the hashes (and versions) of some requirements changed, and not one other byte:
 * comments, order, line ends, indentation, byte order mark and encoding stay. A digest that goes makes room for one
 * that comes, so that remarks beside it are kept. The result is read again and compared before it is handed out.
 * Throws `EDIT_FAILED` where a change cannot be made that way, and what `decodeText` throws.
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

/** A hash as it stands in the file: the offsets are those of the token, or of `ALGORITHM:HEX`. */
interface Written {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly style: Style;
  readonly digest: Digest | undefined;
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
  throw editFailed({ file, line: target.number }, `the version '${from}' is not written out there`);
}

function changeDigests(
  patch: LinePatch,
  target: LogicalLine,
  source: readonly Digest[],
  edit: LineEdit,
  file: string,
): void {
  const written = [...writtenComments(patch, target), ...writtenOptions(patch, target, file)];
  const kept: Written[] = [];
  const free: Written[] = [];
  for (const item of written) {
    const { digest } = item;
    const stays =
      digest !== undefined &&
      source.some((other) => sameDigest(other, digest)) &&
      !kept.some((other) => other.digest !== undefined && sameDigest(other.digest, digest)) &&
      (edit.restyle !== true || item.style === styleFor(digest, edit.style));
    (stays ? kept : free).push(item);
  }
  const added: Record<Style, Digest[]> = { peep: [], pip: [] };
  const used: Written[] = [];
  for (const digest of source) {
    if (kept.some((item) => item.digest !== undefined && sameDigest(item.digest, digest))) continue;
    const style = styleFor(digest, edit.style);
    const slot = free.find((item) => item.style === style && !used.includes(item));
    if (slot === undefined) {
      added[style].push(digest);
    } else {
      used.push(slot);
      patch.splice(
        slot.line,
        slot.start,
        slot.end,
        style === 'peep' ? toPeepDigest(digest) : formatDigest(digest),
      );
    }
  }
  const staying = written.filter((item) => kept.includes(item) || used.includes(item));
  if (added.peep.length > 0) addComments(patch, target, staying, added.peep);
  if (added.pip.length > 0) addOptions(patch, target, staying, added.pip);
  const gone = written.filter((item) => !staying.includes(item));
  // A line that takes the last place is found after all lines that go are known.
  for (const item of gone) remove(patch, target, item);
  if (added.pip.length === 0 && gone.some(({ style }) => style === 'pip')) endRequirement(patch, target);
}

/** Lines that say the same stay as they are, with the remarks behind them. */
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

function writtenComments(patch: LinePatch, target: LogicalLine): Written[] {
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

function writtenOptions(patch: LinePatch, target: LogicalLine, file: string): Written[] {
  const found: Written[] = [];
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
  // Quoted, abbreviated or torn options are for people to change.
  const all = target.text.match(/(?:^|[ \t])["']?--h(?:a(?:sh?)?)?["']?(?=[= \t]|$)/g)?.length ?? 0;
  if (all !== found.length) {
    throw editFailed({ file, line: target.number }, 'its --hash options are written in an unusual way');
  }
  return found;
}

function addComments(
  patch: LinePatch,
  target: LogicalLine,
  staying: readonly Written[],
  digests: readonly Digest[],
): void {
  const last = staying.findLast(({ style }) => style === 'peep');
  const line = last?.line ?? target.number;
  const indent = indentation(patch.text(line));
  const texts = digests.map((digest) => indent + peepHashLine(digest));
  if (last === undefined) patch.insertBefore(line, texts);
  else patch.insertAfter(line, texts);
}

function addOptions(
  patch: LinePatch,
  target: LogicalLine,
  staying: readonly Written[],
  digests: readonly Digest[],
): void {
  const options = digests.map(pipHashOption);
  const inline = options.map((option) => ` ${option}`).join('');
  const last = staying.findLast(({ style }) => style === 'pip');
  if (last !== undefined && last.line === target.number) {
    patch.splice(last.line, last.end, last.end, inline);
    return;
  }
  const line = last?.line ?? target.last;
  const text = patch.text(line);
  const indent = last === undefined ? '    ' : indentation(text);
  const continued = options.map((option) => `${indent}${option} \\`);
  const comment = commentStart(text);
  if (text.endsWith('\\') && comment === text.length) {
    patch.insertAfter(line, continued);
  } else if (last !== undefined) {
    patch.insertBefore(line, continued);
  } else if (comment < text.length) {
    // Behind a comment nothing continues, so the hashes go before it.
    const end = text.slice(0, comment).trimEnd().length;
    patch.splice(line, end, end, inline);
  } else {
    patch.splice(line, text.trimEnd().length, text.length, ' \\');
    patch.insertAfter(line, [...continued.slice(0, -1), `${indent}${options.at(-1)}`]);
  }
}

function remove(patch: LinePatch, target: LogicalLine, item: Written): void {
  const text = patch.text(item.line);
  if (item.style === 'peep') {
    patch.delete(item.line);
    return;
  }
  const start = text.slice(0, text.lastIndexOf('--hash', item.start)).trimEnd().length;
  const alone = text.slice(0, start).trim() === '' && /^[ \t]*\\?$/.test(text.slice(item.end));
  if (alone && item.line !== target.number) patch.delete(item.line);
  else patch.splice(item.line, start, item.end, '');
}

/** Where the last lines of a requirement went, the one that is last now loses its backslash. */
function endRequirement(patch: LinePatch, target: LogicalLine): void {
  if (!patch.isDeleted(target.last) || patch.text(target.last).endsWith('\\')) return;
  let line = target.last;
  while (line > target.number && patch.isDeleted(line)) line--;
  const text = patch.text(line);
  let end = text.length;
  while (text[end - 1] === '\\') end--;
  patch.splice(line, text.slice(0, end).trimEnd().length, text.length, '');
}

/** The edit is only as good as what the file says now: everything else has to read as before. */
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
    throw editFailed({ file, line: differs?.number ?? 1 }, 'the file would read differently elsewhere');
  }
}

function withoutHashes(text: string): string {
  return text
    .replace(/[ \t]+/g, ' ')
    .replace(/ --hash[= ]\S+/g, '')
    .trim();
}

function hashTexts(line: LogicalLine): string[] {
  const comments = line.hashComments.map(({ token }) => {
    const digest = readable(() => parsePeepDigest(token));
    return digest === undefined ? token : formatDigest(digest);
  });
  const options = [...line.text.matchAll(/(?:^|[ \t])--hash(?:=|[ \t]+)(\S+)/g)].map(([, value = '']) =>
    value.replace(/:.*$/s, (hex) => hex.toLowerCase()),
  );
  return [...comments, ...options];
}

function styleFor(digest: Digest, style: Style): Style {
  return style === 'peep' && asSha256(digest) !== undefined ? 'peep' : 'pip';
}

function indentation(text: string): string {
  return /^[ \t]*/.exec(text)?.[0] ?? '';
}

function readable(read: () => Digest): Digest | undefined {
  try {
    return read();
  } catch (error) {
    if (isPeepError(error)) return undefined;
    throw error;
  }
}
