import { canonicalizeName } from '../packaging/name.js';
import type { ProjectName } from '../packaging/types.js';
import type { ReadNeed } from '../prepare/build-coverage.js';
import { hashToken, publisherText } from '../requirements/read/lines.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { type OneLine, oneLine } from './line.js';
import { patchFile } from './patch-file.js';
import type { Wish } from './types.js';

/** The requirements of a verified archive, from its metadata. */
export interface Needy {
  readonly project: ProjectName;
  /** `Requires-Dist`, as written. */
  readonly requiresDist: readonly string[];
}

/** The inputs and projects that require each project, sorted; and requirements that no pin meets. */
export interface Reasons {
  readonly via: ReadonlyMap<ProjectName, readonly string[]>;
  /** `httpx needs idna`. */
  readonly unmet: readonly string[];
}

/**
 * Why each pin is there, from the inputs and the metadata of verified archives, not from the resolver. `readers`:
 * one per target; without any, markers are ignored. Pure.
 */
export function reasonsFor(
  wishes: readonly Wish[],
  archives: readonly Needy[],
  pinned: ReadonlySet<ProjectName>,
  readers: readonly ReadNeed[],
): Reasons {
  const via = new Map<ProjectName, Set<string>>();
  const unmet = new Set<string>();
  const reached = new Map<ProjectName, Set<string>>();
  const open: { readonly project: ProjectName; readonly extra: string }[] = [];
  const reach = (project: ProjectName, extras: readonly string[], from: string): void => {
    if (!pinned.has(project)) {
      if (from.includes(' needs ')) unmet.add(from);
      return;
    }
    const known = reached.get(project) ?? new Set<string>();
    reached.set(project, known);
    for (const extra of ['', ...extras]) {
      if (known.has(extra)) continue;
      known.add(extra);
      open.push({ project, extra });
    }
  };
  const because = (project: ProjectName, reason: string): void => {
    if (pinned.has(project)) via.set(project, (via.get(project) ?? new Set()).add(reason));
  };
  for (const { project, extras, from } of wishes) {
    because(project, from);
    reach(project, extras, from);
  }
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { project, extra } = next;
    const texts = archives
      .filter((archive) => archive.project === project)
      .flatMap((each) => each.requiresDist);
    for (const text of texts) {
      for (const read of readers) {
        const need = attempt(() => read(text));
        if (need === undefined || attempt(() => need.applies(extra)) !== true) continue;
        because(need.project, project);
        reach(need.project, need.extras.map(canonicalizeName), `${project} needs ${need.project}`);
      }
    }
  }
  const asLists = [...via].map(([project, names]) => [project, [...names].sort()] as const);
  return { via: new Map(asLists), unmet: [...unmet].sort() };
}

/** An unreadable requirement is left to pip. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isPeepError(error)) return undefined;
    throw error;
  }
}

/** The comment below a requirement that lists what requires it, as pip-compile and uv write it. */
export function viaComment(names: readonly string[]): OneLine[] {
  const [first, ...more] = names;
  if (first === undefined) return [];
  return more.length === 0
    ? [comment(`    # via ${first}`)]
    : ['    # via', ...names.map((name) => `    #   ${name}`)].map(comment);
}

/**
 * A comment line. Its text comes from files and archives, so it must not look like a hash comment or a publisher.
 * Throws `COMPILE_INPUT`.
 */
function comment(text: string): OneLine {
  const line = oneLine(text);
  if (hashToken(line) === undefined && publisherText(line) === undefined) return line;
  throw new PeepError('COMPILE_INPUT', `the reason '${text.trim()}' would be read as a digest or publisher`, {
    hint: 'Rename the project, group or file.',
  });
}

/** The numbers of the lines of a `# via` comment that starts after line `last`; empty if there is none. */
export function viaLines(last: number, text: (line: number) => string): number[] {
  if (!/^[ \t]+# via\b/.test(text(last + 1))) return [];
  const found = [last + 1];
  while (/^[ \t]+# {2,}\S/.test(text(last + found.length + 1))) found.push(last + found.length + 1);
  return found;
}

/**
 * Adds to a file the comments that list what requires each pin; `projects`: by the first line of a requirement.
 * Pure.
 */
export function withVia(
  bytes: Uint8Array,
  file: string,
  projects: ReadonlyMap<number, ProjectName>,
  via: Reasons['via'],
): Uint8Array {
  return patchFile(bytes, file, ({ patch, logical, text }) => {
    for (const { number, last } of logical) {
      const project = projects.get(number);
      const names = project === undefined ? undefined : via.get(project);
      if (names === undefined) continue;
      const written = viaLines(last, text);
      const wanted = viaComment(names);
      if (written.map(text).join('\n') === wanted.join('\n')) continue;
      for (const line of written) patch.delete(line);
      patch.insertAfter(last, wanted);
    }
  });
}
