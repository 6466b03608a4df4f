import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseSdistFilename, parseWheelFilename } from '../../packaging/filename.js';
import { parseProjectName } from '../../packaging/name.js';
import type { ProjectName } from '../../packaging/types.js';
import { PeepError, type SourceLocation } from '../../text/errors.js';
import type { RequirementSource } from '../pin.js';
import { isArchiveName, lastPart, type RequirementForm, urlFilename } from './requirement-form.js';
import { shownUrl } from './shown.js';

/** The exact version or archive that a requirement asks for. Throws if there is no single archive. */
export function toSource(form: RequirementForm, place: SourceLocation, cwd: string): RequirementSource {
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
        ? `'${name}' names no version, so there is no single archive to verify`
        : `'${name}${form.specifier}' does not name exactly one version`,
      {
        place,
        hint: 'Pin one version of each, `NAME==VERSION`; `peep compile` chooses versions and writes them.',
      },
    );
  }
  const name = form.name ?? '';
  return { kind: 'version', project: parseProjectName(name), name, operator, version };
}

/** The URL without its fragment; a relative `file:` URL starts at the working directory, as in pip. */
function archiveUrl(written: string, place: SourceLocation, cwd: string): string {
  const hash = written.indexOf('#');
  const fragment = hash === -1 ? '' : written.slice(hash);
  let url = hash === -1 ? written : written.slice(0, hash);
  const problem = !/^(https?|file):/i.test(url)
    ? 'is neither http, https nor file'
    : /[#&]subdirectory=./.test(fragment)
      ? 'names a directory inside the archive, which peep cannot install from'
      : /^file:[^/]/i.test(url)
        ? undefined
        : URL.canParse(url)
          ? undefined
          : 'is not a valid URL';
  if (problem !== undefined) {
    throw new PeepError('REQUIREMENT_URL', `${shownUrl(written)} ${problem}`, {
      place,
      hint: 'Name a wheel or a source archive by an http, https or file URL.',
    });
  }
  if (/^file:[^/]/i.test(url)) url = pathToFileURL(resolve(cwd, url.slice('file:'.length))).href;
  // An http URL may lead to an archive even if its last part is not an archive name. For pip, a `file:` URL without
  // an archive name is a directory.
  if (/^file:/i.test(url) && !isArchiveName(urlFilename(url))) throw directory(written);
  return url;
}

function directory(name: string): PeepError {
  return new PeepError(
    'REQUIREMENT_FOLDER',
    `${shownUrl(name)} is a path to a directory or to something that is not an archive: nothing there can be verified`,
    { hint: 'Build a wheel of it, and give the path of the wheel with its hash.' },
  );
}

function nameOf(name: string | undefined): { project: ProjectName | undefined; name: string | undefined } {
  return { name, project: name === undefined ? undefined : parseProjectName(name) };
}

/** The project of a source archive with a standard name, `NAME-VERSION.tar.gz`. */
function sdistName(filename: string): string | undefined {
  return parseSdistFilename(filename)?.project;
}

/** The version in the text of a requirement, if there is one. */
export function exactVersion({ kind, specifier, url, path }: RequirementForm): string | undefined {
  const version = /^===?([^,*]+)$/.exec(specifier)?.[1];
  if (version !== undefined) return version;
  const filename = kind === 'path' ? lastPart(path ?? '') : kind === 'url' ? urlFilename(url ?? '') : '';
  return (parseWheelFilename(filename) ?? parseSdistFilename(filename))?.version;
}
