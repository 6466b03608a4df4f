import { contentSha256, contentSize } from './content.js';
import type { FileSpec, PageForm, ProjectSpec, Scenario } from './scenario.js';

export const jsonType = 'application/vnd.pypi.simple.v1+json';
export const htmlType = 'application/vnd.pypi.simple.v1+html';
const legacyHtmlType = 'text/html';

export interface Page {
  readonly contentType: string;
  readonly body: string;
}

export interface PageContext {
  readonly scenario: Scenario;
  /** The mock index's own origin, without a slash at the end. */
  readonly origin: string;
  readonly accept: string | undefined;
}

/** PEP 503's normalised name. */
export function normalizeName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

/** Where `startMockIndex` serves a file. */
export function filePath(project: string, filename: string): string {
  return `/files/${normalizeName(project)}/${encodeURIComponent(filename)}`;
}

export async function projectPage(project: string, spec: ProjectSpec, context: PageContext): Promise<Page> {
  const contentType = chooseType(spec.form ?? context.scenario.form ?? 'negotiated', context.accept);
  const body = await (contentType === jsonType ? jsonPage : htmlPage)(project, spec, context);
  return { contentType: withCharset(contentType), body };
}

/** PEP 503's list of projects. */
export function rootPage(projects: readonly string[], context: PageContext): Page {
  const contentType = chooseType(context.scenario.form ?? 'negotiated', context.accept);
  const body =
    contentType === jsonType
      ? JSON.stringify({ meta: meta(context), projects: projects.map((name) => ({ name })) })
      : html(
          context,
          '',
          projects.map((name) => `<a href="${normalizeName(name)}/">${escapeHtml(name)}</a><br>`),
        );
  return { contentType: withCharset(contentType), body };
}

/** The form with the highest weight in `Accept`; JSON wins ties, and HTML is what is sent when nothing fits. */
function chooseType(form: PageForm, accept: string | undefined): string {
  if (form === 'json') return jsonType;
  if (form === 'html' || accept === undefined) return legacyHtmlType;
  const weights = new Map(
    accept.split(',').map((part) => {
      const [type = '', ...parameters] = part.split(';').map((text) => text.trim());
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return [type.toLowerCase(), weight === undefined ? 1 : Number(weight.slice(2))] as const;
    }),
  );
  const weightOf = (type: string) => weights.get(type) ?? 0;
  const best = [jsonType, htmlType, legacyHtmlType].reduce((a, b) => (weightOf(b) > weightOf(a) ? b : a));
  return weightOf(best) > 0 ? best : legacyHtmlType;
}

async function jsonPage(project: string, spec: ProjectSpec, context: PageContext): Promise<string> {
  const files = [];
  for (const file of spec.files) {
    const hashes = await hashesOf(file);
    files.push({
      filename: file.filename,
      url: file.href ?? linkTo(project, file, context),
      hashes,
      ...(file.size !== 'none' && { size: file.size ?? (await contentSize(file.bytes)) }),
      ...(file.requiresPython !== undefined && { 'requires-python': file.requiresPython }),
      ...(file.yanked !== undefined && { yanked: file.yanked }),
      ...(file.uploadTime !== undefined && { 'upload-time': file.uploadTime }),
      ...(file.coreMetadata !== undefined && {
        'core-metadata': { sha256: await contentSha256(Buffer.from(file.coreMetadata)) },
      }),
      ...file.json,
    });
  }
  const versions = [...new Set(spec.files.map((file) => versionOf(project, file.filename)))].sort();
  return JSON.stringify({
    meta: meta(context),
    name: normalizeName(project),
    versions,
    files,
    ...(spec.status !== undefined && { 'project-status': spec.status }),
    ...spec.json,
  });
}

async function htmlPage(project: string, spec: ProjectSpec, context: PageContext): Promise<string> {
  const anchors: string[] = [];
  for (const file of spec.files) {
    const [algorithm, digest] = Object.entries(await hashesOf(file))[0] ?? [];
    const fragment = algorithm === undefined ? '' : `#${algorithm}=${digest}`;
    const attributes: Record<string, string> = {
      href: escapeHtml(file.href ?? linkTo(project, file, context) + fragment),
    };
    if (file.requiresPython !== undefined) {
      attributes['data-requires-python'] = escapeHtml(file.requiresPython);
    }
    if (file.yanked !== undefined && file.yanked !== false) {
      attributes['data-yanked'] = file.yanked === true ? '' : escapeHtml(file.yanked);
    }
    if (file.coreMetadata !== undefined) {
      attributes['data-core-metadata'] = `sha256=${await contentSha256(Buffer.from(file.coreMetadata))}`;
    }
    const text = Object.entries({ ...attributes, ...file.attributes }).map(
      ([key, value]) => ` ${key}="${value}"`,
    );
    anchors.push(`<a${text.join('')}>${escapeHtml(file.text ?? file.filename)}</a><br>`);
  }
  const head = [
    ...(spec.base === undefined ? [] : [`<base href="${escapeHtml(spec.base)}">`]),
    ...(spec.status === undefined
      ? []
      : [
          `<meta name="pypi:project-status" content="${escapeHtml(spec.status.status)}">`,
          `<meta name="pypi:project-status-reason" content="${escapeHtml(spec.status.reason ?? '')}">`,
        ]),
  ];
  return html(context, head.join('\n'), anchors);
}

function html(context: PageContext, head: string, anchors: readonly string[]): string {
  const version = `<meta name="pypi:repository-version" content="${context.scenario.apiVersion ?? '1.4'}">`;
  return `<!DOCTYPE html>\n<html>\n<head>\n${version}\n${head}</head>\n<body>\n${anchors.join('\n')}\n</body>\n</html>\n`;
}

function meta(context: PageContext): Record<string, string> {
  return { 'api-version': context.scenario.apiVersion ?? '1.4' };
}

async function hashesOf(file: FileSpec): Promise<Readonly<Record<string, string>>> {
  if (file.hashes === 'none') return {};
  if (typeof file.hashes === 'object') return file.hashes;
  return { sha256: await contentSha256(file.bytes) };
}

function linkTo(project: string, file: FileSpec, { scenario, origin }: PageContext): string {
  const path = filePath(project, file.filename);
  if (scenario.links === 'root') return path;
  if (scenario.links === 'relative') return `../..${path}`;
  return (scenario.filesOrigin ?? origin) + path;
}

function versionOf(project: string, filename: string): string {
  return filename.slice(project.length + 1).replace(/-[^-]+-[^-]+-[^-]+\.whl$|\.(tar\.gz|zip|tar\.bz2)$/, '');
}

function withCharset(type: string): string {
  return type === legacyHtmlType ? `${type}; charset=utf-8` : type;
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
