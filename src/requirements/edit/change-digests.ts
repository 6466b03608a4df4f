import { asSha256, type Digest, formatDigest, toPeepDigest } from '../../hash/digest.js';
import { peepHashLine, pipHashOption } from '../hash-lines.js';
import { commentStart, type LogicalLine } from '../read/lines.js';
import { indentation, type LinePatch } from './patch.js';
import { type HashStyle, type WrittenHash, writtenHashes } from './written-hashes.js';

/** The style of new hashes. */
export interface DigestStyle {
  /** Algorithms that peep's comments do not support are written in pip's style. */
  readonly style: HashStyle;
  /** Also rewrite hashes of the other style. */
  readonly restyle?: boolean;
}

/** The planned changes to the hashes of a requirement. */
interface Plan {
  /** Written hashes that stay, or are replaced by a new one. */
  readonly staying: ReadonlySet<WrittenHash>;
  readonly replaced: ReadonlyMap<WrittenHash, Digest>;
  readonly added: Readonly<Record<HashStyle, readonly Digest[]>>;
}

/** Gives a requirement exactly `digests`; a new digest replaces a removed one. Throws `EDIT_FAILED`. */
export function changeDigests(
  patch: LinePatch,
  target: LogicalLine,
  digests: readonly Digest[],
  style: DigestStyle,
  file: string,
): void {
  const written = writtenHashes(patch, target, file);
  const { staying, replaced, added } = plan(written, digests, style);
  for (const [{ line, start, end, style: at }, digest] of replaced)
    patch.splice(line, start, end, at === 'peep' ? toPeepDigest(digest) : formatDigest(digest));
  const stay = written.filter((item) => staying.has(item));
  const gone = written.filter((item) => !staying.has(item));
  if (added.peep.length > 0) addComments(patch, target, stay, added.peep);
  if (added.pip.length > 0) addOptions(patch, target, stay, added.pip);
  // Remove lines before `endRequirement`, which must find the last remaining line.
  for (const item of gone) remove(patch, target, item);
  if (added.pip.length === 0 && gone.some((item) => item.style === 'pip')) endRequirement(patch, target);
}

/** Takes linear time: a real lock file has hundreds of digests per pin. */
function plan(
  written: readonly WrittenHash[],
  digests: readonly Digest[],
  { style, restyle }: DigestStyle,
): Plan {
  const wanted = new Map(digests.map((digest) => [formatDigest(digest), digest]));
  const kept = new Set<string>();
  const staying = new Set<WrittenHash>();
  const free: Record<HashStyle, WrittenHash[]> = { peep: [], pip: [] };
  for (const item of written) {
    const key = item.digest === undefined ? '' : formatDigest(item.digest);
    const digest = wanted.get(key);
    if (
      digest !== undefined &&
      !kept.has(key) &&
      (restyle !== true || item.style === styleFor(digest, style))
    ) {
      kept.add(key);
      staying.add(item);
    } else free[item.style].push(item);
  }
  const replaced = new Map<WrittenHash, Digest>();
  const added: Record<HashStyle, Digest[]> = { peep: [], pip: [] };
  const used = { peep: 0, pip: 0 };
  for (const [key, digest] of wanted) {
    if (kept.has(key)) continue;
    const own = styleFor(digest, style);
    const slot = free[own][used[own]++];
    if (slot === undefined) added[own].push(digest);
    else {
      replaced.set(slot, digest);
      staying.add(slot);
    }
  }
  return { staying, replaced, added };
}

function addComments(
  patch: LinePatch,
  target: LogicalLine,
  staying: readonly WrittenHash[],
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
  staying: readonly WrittenHash[],
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
    // A line cannot continue after a comment, so the hashes go before it.
    const end = text.slice(0, comment).trimEnd().length;
    patch.splice(line, end, end, inline);
  } else {
    patch.splice(line, text.trimEnd().length, text.length, ' \\');
    patch.insertAfter(line, [...continued.slice(0, -1), `${indent}${options.at(-1)}`]);
  }
}

function remove(patch: LinePatch, target: LogicalLine, item: WrittenHash): void {
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

/** If the last lines of a requirement were removed, the new last line loses its backslash. */
function endRequirement(patch: LinePatch, target: LogicalLine): void {
  if (!patch.isDeleted(target.last) || patch.text(target.last).endsWith('\\')) return;
  let line = target.last;
  while (line > target.number && patch.isDeleted(line)) line--;
  const text = patch.text(line);
  let end = text.length;
  while (text[end - 1] === '\\') end--;
  patch.splice(line, text.slice(0, end).trimEnd().length, text.length, '');
}

function styleFor(digest: Digest, style: HashStyle): HashStyle {
  return style === 'peep' && asSha256(digest) !== undefined ? 'peep' : 'pip';
}
