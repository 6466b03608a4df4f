import type { PinAge } from '../pinning/outdated.js';
import { clipped } from '../text/clip.js';
import { placeText } from '../text/place.js';
import { printable } from '../text/redact.js';

/** An element of `pins` in the report of `peep outdated`. */
export interface ReportedAge {
  readonly name: string | null;
  readonly version: string | null;
  readonly file: string;
  readonly line: number;
  readonly status: PinAge['state']['kind'];
  readonly newest: string | null;
  /** Upload time of the newest release's archive, as its index writes it. */
  readonly uploaded: string | null;
  /** Why the pinned version was yanked (PEP 592); empty without a reason, null if it was not yanked. */
  readonly yanked: string | null;
  /** PEP 792, of the project. */
  readonly project_status: string | null;
  readonly publisher: string | null;
  readonly reason: string | null;
}

const day = 86_400_000;

/** The pins that are outdated, yanked or could not be checked, in file order; current pins are omitted. */
export function renderOutdated(ages: readonly PinAge[], now: number): string {
  const rows = ages.flatMap((age): readonly (readonly string[])[] => {
    const { pin, state } = age;
    const name = printable(pin.source.name ?? pin.requirement);
    const pinned = printable(pin.source.version ?? '');
    const facts = remarks(age, now);
    if (state.kind === 'current' && facts.length === 0) return [];
    const move = state.kind === 'outdated' ? `→ ${printable(state.newest.version)}` : '';
    return [[name, pinned, move, facts.join('; ')]];
  });
  const widths = [0, 1, 2].map((i) => Math.max(0, ...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function remarks({ pin, state, yanked, status }: PinAge, now: number): string[] {
  const found: string[] = [];
  if (state.kind === 'outdated') {
    const uploaded = Date.parse(state.newest.link.uploadTime ?? '');
    if (!Number.isNaN(uploaded)) found.push(ageText(now - uploaded));
    if (state.publisher !== undefined) found.push(clipped(state.publisher));
  }
  if (yanked !== undefined)
    found.push(`${pin.source.version} is YANKED${yanked === '' ? '' : `: ${clipped(yanked)}`}`);
  if (status !== undefined) found.push(`the project is ${clipped(status)}`);
  if (state.kind === 'unknown')
    found.push(`not known: ${clipped(state.error.message)} (${placeText(pin.place)})`);
  return found;
}

function ageText(milliseconds: number): string {
  const days = Math.max(0, Math.floor(milliseconds / day));
  return days === 0 ? 'uploaded today' : days === 1 ? '1 day old' : `${days} days old`;
}

export function reportedAge({ pin, state, yanked, status }: PinAge): ReportedAge {
  const { source, place } = pin;
  const newest = state.kind === 'outdated' ? state.newest : undefined;
  return {
    ...{ name: source.project ?? null, version: source.version ?? null },
    ...{ file: place.file, line: place.line, status: state.kind },
    ...{ newest: newest?.version ?? null, uploaded: newest?.link.uploadTime ?? null },
    ...{ yanked: yanked ?? null, project_status: status ?? null },
    publisher: (state.kind === 'outdated' ? state.publisher : undefined) ?? null,
    reason: state.kind === 'unknown' ? state.error.message : null,
  };
}
