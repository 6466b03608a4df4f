import type { Sha256 } from '../hash/digest.js';
import type { LineOption } from '../packaging/line-option.js';
import type { LineVersion } from '../packaging/line-version.js';
import type { ProjectName } from '../packaging/types.js';
import type { FileUrl } from './file-url.js';
import type { NameSpecifier } from './name-specifier.js';

declare const lineBrand: unique symbol;
/** A line of the file that pip or uv gets: one requirement and its digest. Only `requirementLine` makes one (P5). */
export type RequirementLine = string & { readonly [lineBrand]: true };

/** The requirement of a line: a version, or a file by its URL. */
export type LineSubject =
  | { readonly kind: 'specifier'; readonly name: ProjectName; readonly specifier: NameSpecifier }
  | { readonly kind: 'version'; readonly name: ProjectName; readonly version: LineVersion }
  | { readonly kind: 'file'; readonly name: ProjectName | undefined; readonly url: FileUrl }
  /** The name in the fragment, for pip before 20, which rejects a file URL behind a name. */
  | { readonly kind: 'egg'; readonly name: ProjectName; readonly url: FileUrl };

export function requirementLine(
  subject: LineSubject,
  sha256: Sha256,
  options: readonly LineOption[] = [],
): RequirementLine {
  const words = [subjectText(subject), ...options.map(quoted), `--hash=sha256:${sha256}`];
  return words.join(' ') as RequirementLine;
}

export function requirementsText(lines: readonly RequirementLine[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function subjectText(subject: LineSubject): string {
  switch (subject.kind) {
    case 'specifier':
      return `${subject.name}${subject.specifier}`;
    case 'version':
      return `${subject.name}==${subject.version}`;
    case 'file':
      return subject.name === undefined ? subject.url : `${subject.name} @ ${subject.url}`;
    case 'egg':
      return `${subject.url}#egg=${subject.name}`;
  }
}

/** pip splits the options of a line as a POSIX shell would; they begin where a word begins with a dash. */
function quoted(option: LineOption): string {
  const [, name = '', value = ''] = /^(--[\w-]+=)?(.*)$/s.exec(option) ?? [];
  return /^[\w@%+=:,./-]*$/.test(value) ? option : `${name}'${value.replaceAll("'", `'"'"'`)}'`;
}
