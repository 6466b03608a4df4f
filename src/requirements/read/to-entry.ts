import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Digest,
  digestSet,
  isDigestAlgorithm,
  parseHexDigest,
  parsePeepDigest,
} from '../../hash/digest.js';
import { parseSdistFilename, parseWheelFilename } from '../../packaging/filename.js';
import { parseProjectName } from '../../packaging/name.js';
import type { RecordedPublisher } from '../../packaging/publisher.js';
import { parsePublisher } from '../../packaging/publisher-record.js';
import { parseRequirement } from '../../packaging/requirement.js';
import type { ProjectName } from '../../packaging/types.js';
import { isValidVersion } from '../../packaging/version.js';
import { isPeepError, PeepError, type SourceLocation } from '../../text/errors.js';
import { printable, redactText, redactUrl } from '../../text/redact.js';
import type { Pin, RefusedLine, RequirementEntry, RequirementSource } from '../pin.js';
import type { RequirementsLine } from './includes.js';
import { trim } from './lines.js';
import { placed } from './read-line.js';
import { type RequirementForm, readRequirementForm, urlFilename } from './requirement-form.js';

/** A line of a constraints file: it asks for nothing, and limits what pins may say (pip's `-c`). */
export interface Constraint {
  readonly project: ProjectName;
  readonly place: SourceLocation;
  readonly requirement: string;
  readonly marker: string | undefined;
  /** Single specifiers joined by commas; '' where an archive is named. */
  readonly specifier: string;
  readonly archive: Extract<RequirementSource, { kind: 'url' | 'path' }> | undefined;
  readonly digests: readonly Digest[];
  /** Why nothing can meet it; that matters where a requirement of the project is there. */
  readonly refusal?: PeepError | undefined;
  readonly publishers?: readonly RecordedPublisher[];
}

export type ReadLine =
  | { readonly kind: 'entry'; readonly entry: RequirementEntry }
  | { readonly kind: 'constraint'; readonly constraint: Constraint };

type Asking = Exclude<RequirementsLine, { kind: 'lock' | 'options' }>;

/**
 * Turns a line of a requirements or constraints file into a pin, a refusal or a constraint. `habit` is the
 * style for hashes where the line itself has none; `cwd` is what relative archive paths start from, as in pip.
 */
export function toReadLine(line: Asking, preferredHashStyle: 'peep' | 'pip', cwd: string): ReadLine {
  let known: KnownParts = {};
  try {
    if (line.kind === 'bad') throw line.error;
    if (line.kind === 'editable') {
      known = editableParts(line.text, line.place);
      throw editable(line.text, line.place);
    }
    known = { name: namePattern.exec(line.content.text)?.[0] };
    const { digests, hashStyle } = readDigests(line, preferredHashStyle);
    const recorded = readPublishers(line);
    const publishers = recorded.length > 0 && { publishers: recorded };
    const form = placed(() => readForm(line.content.text), line.place);
    const fragment = placed(() => fragmentDigests(form.url), line.place);
    const all = digestSet([...digests, ...fragment]);
    known = { name: form.name, marker: form.marker, version: exactVersion(form) };
    if (line.constraint)
      return {
        kind: 'constraint',
        constraint: {
          ...placed(() => toConstraint(line, form, all ?? [], cwd), line.place),
          ...publishers,
        },
      };
    const base = {
      extras: form.extras,
      marker: form.marker,
      requirement: shownRequirement(line.content.written),
      place: line.place,
      pipOptions: line.content.configSettings.map((setting) => `--config-settings=${setting}`),
      hashStyle,
      ...publishers,
    };
    if (form.kind === 'named' && form.name !== undefined)
      known = {
        ...known,
        open: {
          ...base,
          ...{ project: parseProjectName(form.name), name: form.name },
          ...{ specifier: form.specifier, digests: all },
        },
      };
    const source = placed(() => toSource(form, line.place, cwd), line.place);
    const pin: Pin =
      all === undefined
        ? { ...base, source, hashed: false }
        : { ...base, source, hashed: true, digests: all };
    return { kind: 'entry', entry: { kind: 'pin', pin } };
  } catch (error) {
    if (!isPeepError(error)) throw error;
    const shown = line.kind === 'requirement' ? line.clean(error) : error;
    return { kind: 'entry', entry: { kind: 'refused', line: { ...refusedLine(line, shown), ...known } } };
  }
}

/** What is known of a line, also where it is refused. */
type KnownParts = Pick<RefusedLine, 'name' | 'version' | 'marker' | 'open'>;

/** The name that a requirement begins with, if it is one: a word before what may follow a name. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*(?=[ \t]*(?:$|[[=<>!~@;(]))/;

function exactVersion({ kind, specifier, url, path }: RequirementForm): string | undefined {
  const version = /^===?([^,*]+)$/.exec(specifier)?.[1];
  if (version !== undefined) return version;
  const filename = kind === 'path' ? lastPart(path ?? '') : kind === 'url' ? urlFilename(url ?? '') : '';
  return (parseWheelFilename(filename) ?? parseSdistFilename(filename))?.version;
}

/** poetry writes a marker behind an editable requirement; pip looks for it only in its quoted form. */
function editableParts(text: string, place: SourceLocation): KnownParts {
  const semicolon = text.search(/[ \t];|;[ \t]/);
  const quote = semicolon === -1 ? undefined : /["']/.exec(text.slice(0, semicolon))?.[0];
  const behind = semicolon === -1 ? '' : trim(text.slice(text.indexOf(';', semicolon) + 1));
  const marker = quote !== undefined && behind.endsWith(quote) ? behind.slice(0, -1) : behind;
  const name = /[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)/.exec(text)?.[1];
  return {
    name,
    marker:
      marker === ''
        ? undefined
        : (placed(() => parseRequirement(`x ; ${marker}`).marker, place) ?? undefined),
  };
}

/** A requirement's text for people: no line of a report or an error shows a password (P7). */
export function shownRequirement(text: string): string {
  return printable(redactText(text.trim()));
}

/** The digests in a URL's fragment (`#sha256=HEX`); md5 and sha1 never count. */
function fragmentDigests(url: string | undefined): Digest[] {
  const fragment = url === undefined || !url.includes('#') ? '' : url.slice(url.indexOf('#') + 1);
  return fragment.split('&').flatMap((item) => {
    const equals = item.indexOf('=');
    const name = item.slice(0, Math.max(equals, 0));
    return isDigestAlgorithm(name) ? [parseHexDigest(name, item.slice(equals + 1))] : [];
  });
}

const understood = new Set([
  'REQUIREMENT_UNPINNED',
  'REQUIREMENT_EDITABLE',
  'REQUIREMENT_VCS',
  'REQUIREMENT_FOLDER',
  'REQUIREMENT_URL',
  'HASHES_OFF',
]);

function refusedLine(line: Asking, error: PeepError): RefusedLine {
  const text = line.kind === 'requirement' ? line.content.written : line.text;
  return {
    status: understood.has(error.code) ? 'refused' : 'malformed',
    requirement: shownRequirement(text).slice(0, 1000),
    place: line.place,
    error,
  };
}

function readDigests(
  line: Extract<RequirementsLine, { kind: 'requirement' }>,
  preferredHashStyle: 'peep' | 'pip',
): { digests: Digest[]; hashStyle: 'peep' | 'pip' } {
  const { file } = line.place;
  const comments = line.hashComments.map((comment) =>
    placed(() => parsePeepDigest(comment.token), { file, line: comment.line }),
  );
  const options = line.content.hashes.map(({ digest }) => digest);
  const hashStyle = comments.length > 0 ? 'peep' : options.length > 0 ? 'pip' : preferredHashStyle;
  return { digests: [...comments, ...options], hashStyle };
}

/** The publishers that are recorded above a line. Throws `PUBLISHER_MALFORMED`. */
export function readPublishers({
  publisherComments,
  place,
}: Extract<RequirementsLine, { kind: 'requirement' }>): readonly RecordedPublisher[] {
  return publisherComments.map(({ text, line }) => {
    const publisher = parsePublisher(text);
    if (typeof publisher !== 'string') return publisher;
    // P11: a record that cannot be read could be met by anybody.
    throw new PeepError('PUBLISHER_MALFORMED', `a record of a publisher cannot be read: ${publisher}`, {
      place: { file: place.file, line },
      hint: 'Write `# attested-by: github OWNER/REPO release.yml id=NUMBER`, or let `peep pin --write` write it.',
    });
  });
}

/** PEP 508, and `==` with a version from before PEP 440, which only a file name of that very text can meet. */
function readForm(text: string): RequirementForm {
  try {
    return readRequirementForm(text);
  } catch (error) {
    const legacy = /^([a-z0-9._-]+ ?(?:\[[^\]]*\])?) ?== ?([a-z0-9](?:[._+!-]?[a-z0-9])*) ?(;.*)?$/i.exec(
      text.replace(/[ \t]+/g, ' ').trim(),
    );
    if (legacy === null) throw error;
    const [, subject = '', version = '', marker = ''] = legacy;
    if (isValidVersion(version)) throw error;
    const { name, extras, marker: read } = parseRequirement(`${subject}===${version} ${marker}`);
    return {
      kind: 'named',
      name,
      extras,
      specifier: `==${version}`,
      url: undefined,
      direct: false,
      path: undefined,
      marker: read ?? undefined,
    };
  }
}

function toSource(form: RequirementForm, place: SourceLocation, cwd: string): RequirementSource {
  switch (form.kind) {
    case 'named':
      return versionSource(form, place);
    case 'vcs':
      throw new PeepError(
        'REQUIREMENT_VCS',
        `${shownUrl(form.url)} is a version control URL: it has no archive to verify`,
        {
          place,
          hint: 'Pin the archive of a commit instead, such as `name @ https://HOST/…/archive/COMMIT.zip`, with its hash.',
        },
      );
    case 'directory':
      throw directory(form.path ?? '');
    case 'path': {
      const path = resolve(cwd, form.path ?? '');
      const name = form.name ?? sdistName(lastPart(path));
      return { kind: 'path', path, ...nameOf(name), version: exactVersion(form) };
    }
    case 'url': {
      const url = archiveUrl(form.url ?? '', place, cwd);
      const name = form.name ?? sdistName(urlFilename(url));
      return { kind: 'url', url, ...nameOf(name), version: exactVersion(form) };
    }
  }
}

function versionSource(form: RequirementForm, place: SourceLocation): RequirementSource {
  const [, operator, version = ''] = /^(===?)\s*([^,]+)$/.exec(form.specifier) ?? [];
  if ((operator !== '==' && operator !== '===') || (operator === '==' && version.endsWith('.*'))) {
    const name = form.name ?? '';
    throw new PeepError(
      'REQUIREMENT_UNPINNED',
      form.specifier === ''
        ? `'${name}' names no version, so no archive of it can be the pinned one`
        : `'${name}${form.specifier}' does not name exactly one version`,
      { place, hint: `Pin one version: \`${name}==VERSION\`.` },
    );
  }
  const name = form.name ?? '';
  return { kind: 'version', project: parseProjectName(name), name, operator, version };
}

/** Without its fragment; a relative `file:` URL starts from the working directory, as in pip. */
function archiveUrl(written: string, place: SourceLocation, cwd: string): string {
  const hash = written.indexOf('#');
  const fragment = hash === -1 ? '' : written.slice(hash);
  let url = hash === -1 ? written : written.slice(0, hash);
  const problem = !/^(https?|file):/i.test(url)
    ? 'is neither http, https nor file'
    : /[#&]subdirectory=./.test(fragment)
      ? 'asks for a directory inside the archive, which peep cannot install from'
      : /^file:[^/]/i.test(url)
        ? undefined
        : URL.canParse(url)
          ? undefined
          : 'is no sound URL';
  if (problem !== undefined) {
    throw new PeepError('REQUIREMENT_URL', `${shownUrl(written)} ${problem}`, {
      place,
      hint: 'Name a wheel or a source archive by an http, https or file URL.',
    });
  }
  if (/^file:[^/]/i.test(url)) url = pathToFileURL(resolve(cwd, url.slice('file:'.length))).href;
  return url;
}

function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

function directory(name: string): PeepError {
  return new PeepError(
    'REQUIREMENT_FOLDER',
    `'${printable(redactUrl(name))}' is a path to a directory or to something that is no archive: nothing there can be verified`,
    { hint: 'Build a wheel of it, and give the path of the wheel with its hash.' },
  );
}

function nameOf(name: string | undefined): { project: ProjectName | undefined; name: string | undefined } {
  return { name, project: name === undefined ? undefined : parseProjectName(name) };
}

/** The project of a source archive that is named the standard way, `NAME-VERSION.tar.gz`. */
function sdistName(filename: string): string | undefined {
  return parseSdistFilename(filename)?.project;
}

function toConstraint(
  line: Extract<RequirementsLine, { kind: 'requirement' }>,
  form: RequirementForm,
  digests: readonly Digest[],
  cwd: string,
): Constraint {
  const { place } = line;
  let source: RequirementSource | undefined;
  let refusal: PeepError | undefined;
  try {
    source = form.kind === 'named' ? undefined : toSource(form, place, cwd);
  } catch (error) {
    if (!isPeepError(error) || form.name === undefined) throw error;
    refusal = line.clean(error);
  }
  const project = form.name === undefined ? source?.project : parseProjectName(form.name);
  if (project === undefined || form.extras.length > 0) {
    const what = project === undefined ? 'names no project' : 'has extras';
    throw new PeepError('CONSTRAINT_INVALID', `a constraint that ${what} is none that pip takes`, {
      place,
      hint: 'Constrain `name==VERSION` or `name @ URL`.',
    });
  }
  return {
    project,
    place,
    requirement: shownRequirement(line.content.written),
    marker: form.marker,
    specifier: source === undefined && refusal === undefined ? form.specifier : '',
    archive: source === undefined || source.kind === 'version' ? undefined : source,
    digests,
    refusal,
  };
}

function editable(text: string, place: SourceLocation): PeepError {
  return new PeepError(
    'REQUIREMENT_EDITABLE',
    `the editable requirement '${shownRequirement(text)}' has no archive that could be verified`,
    { place, hint: 'Install it by itself with `pip install --no-deps -e`, or pin a wheel of it.' },
  );
}

function shownUrl(url: string | undefined): string {
  return `'${printable(redactUrl(url ?? ''))}'`;
}
