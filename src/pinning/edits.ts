import { type Digest, digestSet, sha256Digest } from '../hash/digest.js';
import type { RecordedPublisher } from '../packaging/publisher.js';
import { allGood } from '../prepare/collect.js';
import type { Outcome } from '../prepare/outcome.js';
import type { LineEdit } from '../requirements/edit/edit.js';
import { PeepError } from '../text/errors.js';
import { type EditedFile, editFile, type PinnedFile } from './files.js';
import type { PinTask } from './tasks.js';

export interface Edits {
  readonly edited: readonly EditedFile[];
  /** The result of each task, including edits that failed. */
  readonly reports: readonly (readonly Outcome[])[];
}

/** The edits of all files for the outcomes of the tasks. Pure. */
export function editAll(
  tasks: readonly PinTask[],
  outcomes: readonly (readonly Outcome[])[],
  files: ReadonlyMap<string, PinnedFile | undefined>,
  style: 'peep' | 'pip' | undefined,
  records: readonly (readonly RecordedPublisher[] | undefined)[] = [],
): Edits {
  const byFile = new Map<string, Map<LineEdit, number>>();
  const edited = new Set<string>();
  const reports = outcomes.map((each) => [...each]);
  tasks.forEach((task, i) => {
    const edit = editOf(task, reports[i] ?? [], style, records[i]);
    if (edit === undefined) return;
    const { file } = task.written.place;
    const edits = byFile.get(file) ?? new Map<LineEdit, number>();
    // Take each line once, even if its file is included twice.
    const line = `${file}\0${edit.line}`;
    if (edited.has(line)) return;
    edited.add(line);
    byFile.set(file, edits.set(edit, i));
  });
  const changed = [...byFile].flatMap(([file, edits]) => {
    const pinned = files.get(file);
    const result =
      pinned === undefined
        ? { edited: undefined, failed: new Map([...edits.keys()].map((edit) => [edit, atUrl(file)])) }
        : editFile(pinned, [...edits.keys()]);
    for (const [edit, error] of result.failed) {
      const i = edits.get(edit) ?? 0;
      const pin = tasks[i]?.written;
      if (pin !== undefined) reports[i] = [{ status: 'refused', pin, error }];
    }
    return result.edited ?? [];
  });
  return { edited: changed, reports };
}

/** The change to the line of a pin; undefined if it needs none, or if anything about it failed. */
function editOf(
  { written, pin, version, replacesDigests = false }: PinTask,
  outcomes: readonly Outcome[],
  style: 'peep' | 'pip' | undefined,
  records: readonly RecordedPublisher[] | undefined,
): LineEdit | undefined {
  const found = outcomes.filter(({ status }) => status !== 'skipped');
  const added = found.flatMap((outcome) => (outcome.status === 'missing' ? [outcome.got] : []));
  const verified = found.flatMap((outcome): Digest[] =>
    outcome.status === 'verified' && outcome.archive.sha256 !== undefined
      ? [sha256Digest(outcome.archive.sha256)]
      : [],
  );
  if (!allGood(found.filter(({ status }) => status !== 'missing'))) return undefined;
  const change = {
    ...{ line: written.place.line, style: style ?? written.hashStyle },
    ...(records !== undefined && { publishers: records }),
  };
  if (version !== undefined)
    return found.length === 0
      ? undefined
      : { ...change, version, digests: digestSet([...added, ...verified]) ?? [] };
  if (added.length === 0) return records === undefined ? undefined : change;
  if (replacesDigests) return { ...change, digests: digestSet([...added, ...verified]) ?? [] };
  return { ...change, digests: digestSet([...(pin.hashed ? pin.digests : []), ...added]) ?? [] };
}

function atUrl(file: string): PeepError {
  return new PeepError(
    'REQUIREMENTS_UNWRITABLE',
    `the line cannot be changed: '${file}' was read from a URL`,
    {
      hint: 'Download the file, and name the local one.',
    },
  );
}
