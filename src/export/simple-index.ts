import type { Sha256 } from '../hash/digest.js';
import { parseSdistFilename, parseWheelFilename } from '../packaging/filename.js';
import { projectName } from '../packaging/name.js';
import type { ProjectName } from '../packaging/types.js';
import { PeepError } from '../text/errors.js';
import { addTo } from '../text/groups.js';

/** An archive as listed on a page of a static index. */
export interface IndexedArchive {
  readonly filename: string;
  readonly sha256: Sha256;
  /** Bytes. */
  readonly size: number;
  readonly requiresPython: string | undefined;
  /** PEP 592: false, or the reason ('' when none was given). */
  readonly yanked: false | string;
  /** Digest of `FILENAME.provenance` beside it (PEP 740); absent if there is none. */
  readonly provenanceSha256?: Sha256 | undefined;
}

/** PEP 740 raised the version to 1.3. */
const apiVersion = '1.3';

/**
 * The pages of a static index: path below the directory of the index → text. `simple/index.html` and
 * `simple/PROJECT/index.html` (PEP 503) work on any web server, bucket or `file://`; `index.json` beside each (PEP
 * 691) is for servers that negotiate the content type. `filesPath` is the relative path from the page of a project
 * to the archives.
 */
export function simpleIndexPages(
  archives: readonly IndexedArchive[],
  filesPath: string,
): Map<string, string> {
  const projects = new Map<ProjectName, IndexedArchive[]>();
  for (const archive of archives) {
    const project = projectOf(archive.filename);
    addTo(projects, project, archive);
  }
  const names = [...projects.keys()].sort();
  const pages = new Map<string, string>();
  pages.set(
    'simple/index.html',
    html(
      'Simple index',
      names.map((name) => `<a href="${escapeHtml(encodeURIComponent(name))}/">${escapeHtml(name)}</a>`),
    ),
  );
  pages.set(
    'simple/index.json',
    json({ meta: { 'api-version': apiVersion }, projects: names.map((name) => ({ name })) }),
  );
  for (const name of names) {
    const files = projects.get(name) ?? [];
    pages.set(
      `simple/${name}/index.html`,
      html(
        `Links for ${escapeHtml(name)}`,
        files.map((file) => anchor(file, filesPath)),
      ),
    );
    pages.set(`simple/${name}/index.json`, projectJson(name, files, filesPath));
  }
  return pages;
}

export function projectOf(filename: string): ProjectName {
  const parsed = parseWheelFilename(filename) ?? parseSdistFilename(filename);
  const project = projectName(parsed?.project ?? '');
  if (project === undefined) {
    throw new PeepError(
      'DEST_CONFLICT',
      `'${filename}' cannot be part of an index: its name is not a distribution file name`,
      {
        hint: 'Leave out --layout simple, or pin that archive by name and version.',
      },
    );
  }
  return project;
}

function anchor(file: IndexedArchive, filesPath: string): string {
  const python =
    file.requiresPython === undefined ? '' : ` data-requires-python="${escapeHtml(file.requiresPython)}"`;
  const yanked = file.yanked === false ? '' : ` data-yanked="${escapeHtml(file.yanked)}"`;
  const provenance =
    file.provenanceSha256 === undefined ? '' : ` data-provenance="${href(file, filesPath)}.provenance"`;
  return `<a href="${href(file, filesPath)}#sha256=${file.sha256}"${python}${yanked}${provenance}>${escapeHtml(file.filename)}</a>`;
}

function projectJson(name: ProjectName, files: readonly IndexedArchive[], filesPath: string): string {
  const versions = new Set(
    files.map((file) => (parseWheelFilename(file.filename) ?? parseSdistFilename(file.filename))?.version),
  );
  return json({
    meta: { 'api-version': apiVersion },
    name,
    versions: [...versions],
    files: files.map((file) => ({
      filename: file.filename,
      url: href(file, filesPath),
      hashes: { sha256: file.sha256 },
      size: file.size,
      ...(file.requiresPython === undefined ? {} : { 'requires-python': file.requiresPython }),
      // PEP 691: true, or the reason.
      ...(file.yanked !== false && { yanked: file.yanked === '' ? true : file.yanked }),
      // A relative URL: a static index does not know its own address.
      ...(file.provenanceSha256 !== undefined && { provenance: `${href(file, filesPath)}.provenance` }),
    })),
  });
}

function href(file: IndexedArchive, filesPath: string): string {
  return `${filesPath}${encodeURIComponent(file.filename)}`;
}

function html(title: string, anchors: readonly string[]): string {
  const body = anchors.map((line) => `    ${line}<br>\n`).join('');
  return (
    `<!DOCTYPE html>\n<html>\n  <head>\n    <meta charset="utf-8">\n` +
    `    <meta name="pypi:repository-version" content="${apiVersion}">\n    <title>${title}</title>\n  </head>\n` +
    `  <body>\n    <h1>${title}</h1>\n${body}  </body>\n</html>\n`
  );
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
