import { sameVersion } from '../packaging/version.js';
import { editRequirements, type LineEdit } from '../requirements/edit/edit.js';
import type { Pin } from '../requirements/pin.js';
import type { LogicalLine } from '../requirements/read/lines.js';
import { type FixedLine, fixedLine, type OneLine } from './line.js';
import { patchFile } from './patch-file.js';
import type { Choice } from './types.js';
import { viaLines } from './via.js';

/** The line of a chosen version, without hashes. */
export function choiceLine({ project, version, url, marker }: Choice): FixedLine {
  const what = url === undefined ? `${project}==${version ?? ''}` : `${project} @ ${url}`;
  return fixedLine(marker === undefined ? what : `${what} ; ${marker}`);
}

/** A new compiled file without hashes; `head` are its first lines. */
export function newOutput(head: readonly OneLine[], choices: readonly Choice[]): Uint8Array {
  const text = (lines: readonly OneLine[]) => lines.map((line) => `${line}\n`).join('');
  return Buffer.from(text(head) + (head.length > 0 ? '\n' : '') + text(sorted(choices).map(choiceLine)));
}

/**
 * Updates a compiled file with the chosen pins: unchanged pins keep their line, hashes and comments; a pin with a
 * new version loses its hashes; a pin that was not chosen is removed. `pins`: those of this file. Pure.
 */
export function updatedOutput(
  bytes: Uint8Array,
  file: string,
  pins: readonly Pin[],
  choices: readonly Choice[],
): Uint8Array {
  for (const choice of choices) choiceLine(choice);
  const matched = match(pins, choices);
  const moved: LineEdit[] = [];
  for (const [pin, choice] of matched) {
    const { source, place, hashStyle } = pin;
    if (source.kind !== 'version' || choice.version === undefined) continue;
    if (sameVersion(source.version, choice.version)) continue;
    const version = { from: source.version, to: choice.version };
    moved.push({ line: place.line, style: hashStyle, digests: [], version });
  }
  const gone = pins.filter((pin) => !matched.has(pin)).map(({ place }) => place.line);
  const kept = new Set(matched.values());
  const added = choices.filter((choice) => !kept.has(choice));
  const rearranged = rearrange(bytes, file, pins, { gone: new Set(gone), added });
  // Find the changed pin at its new position.
  const shift = new Map(moved.map((edit) => [edit, rearranged.lineOf(edit.line)]));
  return editRequirements(
    rearranged.bytes,
    file,
    moved.map((edit) => ({ ...edit, line: shift.get(edit) ?? edit.line })),
  );
}

/** Each pin with the choice for its project; of several choices, the one with the same marker. */
function match(pins: readonly Pin[], choices: readonly Choice[]): Map<Pin, Choice> {
  const matched = new Map<Pin, Choice>();
  for (const choice of choices) {
    const own = pins.filter(({ source }) => source.project === choice.project);
    const fitting = own.find(
      (pin) =>
        !matched.has(pin) &&
        (pin.marker ?? '') === (choice.marker ?? '') &&
        (pin.source.kind === 'version'
          ? choice.url === undefined
          : pin.source.kind === 'url' && pin.source.url === choice.url?.replace(/#.*$/s, '')),
    );
    if (fitting !== undefined) matched.set(fitting, choice);
  }
  return matched;
}

interface Rearranged {
  readonly bytes: Uint8Array;
  /** The new number of an existing line that stays. */
  lineOf(line: number): number;
}

function rearrange(
  bytes: Uint8Array,
  file: string,
  pins: readonly Pin[],
  { gone, added }: { readonly gone: ReadonlySet<number>; readonly added: readonly Choice[] },
): Rearranged {
  const deleted = new Set<number>();
  const inserted = new Map<number, number>();
  const changed = patchFile(bytes, file, ({ patch, logical, text, length }) => {
    for (const line of logical.filter(({ number }) => gone.has(number)))
      for (const number of ownLines(line, text)) deleted.add(number);
    for (const line of deleted) patch.delete(line);
    const starts = pins
      .filter(({ place }) => !gone.has(place.line))
      .flatMap(({ source, place }) => {
        const line = logical.find(({ number }) => number === place.line);
        if (line === undefined) return [];
        return [{ project: source.project ?? '', start: blockStart(line, text, deleted) }];
      });
    for (const choice of sorted(added)) {
      const next = starts.find(({ project }) => project > choice.project);
      if (next === undefined) patch.insertAfter(length, [choiceLine(choice)]);
      else {
        patch.insertBefore(next.start, [choiceLine(choice)]);
        inserted.set(next.start, (inserted.get(next.start) ?? 0) + 1);
      }
    }
  });
  return {
    bytes: changed,
    lineOf: (line) => {
      let now = line;
      for (const each of deleted) if (each < line) now -= 1;
      for (const [before, count] of inserted) if (before <= line) now += count;
      return now;
    },
  };
}

/** A requirement with its hashes, its publishers, and the comment with its reasons. */
function ownLines(line: LogicalLine, text: (line: number) => string): number[] {
  const { hashComments, publisherComments, number, last } = line;
  const own = [...hashComments, ...publisherComments].map((comment) => comment.line);
  for (let i = number; i <= last; i += 1) own.push(i);
  return [...own, ...viaLines(last, text)];
}

/** The first line of a requirement, including comments above it. */
function blockStart(line: LogicalLine, text: (line: number) => string, deleted: ReadonlySet<number>): number {
  let start = Math.min(
    line.number,
    ...[...line.hashComments, ...line.publisherComments].map((each) => each.line),
  );
  while (start > 1 && !deleted.has(start - 1) && /^#/.test(text(start - 1))) start -= 1;
  return start;
}

function sorted(choices: readonly Choice[]): readonly Choice[] {
  // By name first: as lines, `flask-login==…` would come before `flask==…`.
  return choices.toSorted((a, b) => compare(a.project, b.project) || compare(choiceLine(a), choiceLine(b)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
