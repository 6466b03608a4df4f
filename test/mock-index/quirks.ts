import { createHash } from 'node:crypto';
import type { FileSpec, ProjectSpec, Scenario } from './scenario.js';
import { type MockIndex, startMockIndex } from './server.js';
import type { BuiltArchive } from './wheel.js';

/** The archive that a quirk's index offers, under the project's name. */
export interface QuirkSubject {
  readonly project: string;
  readonly archive: BuiltArchive;
}

/** A peculiarity of index servers in the wild, or one of their attackers. */
export interface Quirk {
  readonly name: string;
  readonly about: string;
  /** A second server, at another origin. */
  readonly storage?: (subject: QuirkSubject) => Scenario;
  readonly index: (subject: QuirkSubject, storageOrigin: string) => Scenario;
  /** Where a right client ends up asking for the archive; the usual place by default. */
  readonly archivePath?: (subject: QuirkSubject) => string;
  /** The archive lies at the storage's origin. */
  readonly atStorage?: boolean;
}

export interface RunningQuirk extends AsyncDisposable {
  readonly index: MockIndex;
  readonly storage: MockIndex | undefined;
  /** The URL that a right client requests for the archive, after redirects. */
  readonly archiveUrl: string;
}

/** User and password of the quirks that ask for them. */
export const quirkAuth = { user: 'reader', password: 'secret' };

export async function startQuirk(quirk: Quirk, subject: QuirkSubject): Promise<RunningQuirk> {
  const storage = quirk.storage && (await startMockIndex(quirk.storage(subject)));
  const index = await startMockIndex(quirk.index(subject, storage?.origin ?? ''));
  const host = quirk.atStorage && storage !== undefined ? storage : index;
  const path = quirk.archivePath?.(subject);
  return {
    index,
    storage,
    archiveUrl:
      path === undefined ? host.fileUrl(subject.project, subject.archive.filename) : host.origin + path,
    async [Symbol.asyncDispose]() {
      await index.close();
      await storage?.close();
    },
  };
}

export const quirks: readonly Quirk[] = [
  {
    name: 'digest-upper-case',
    about: 'The digest on the page is written in upper-case hex.',
    index: (subject) => one(subject, { hashes: { sha256: subject.archive.sha256.toUpperCase() } }),
  },
  {
    name: 'digest-md5-only',
    about: 'The page knows md5 alone, which never counts: the archive has no comparable digest.',
    index: (subject) => one(subject, { hashes: { md5: digestOf(subject, 'md5') } }),
  },
  {
    name: 'digest-sha512-only',
    about: 'The page knows sha512 alone: comparable with a sha512 pin, not with a sha256 one.',
    index: (subject) => one(subject, { hashes: { sha512: digestOf(subject, 'sha512') } }),
  },
  {
    name: 'digest-none',
    about: 'The page gives no digest at all.',
    index: (subject) => one(subject, { hashes: 'none' }),
  },
  {
    name: 'relative-to-final-url',
    about: 'The page has moved by redirect, and its links are relative to where it is now.',
    index: ({ project, archive }) => ({
      faults: [{ path: `/simple/${project}/`, redirect: `/mirror/deep/${project}/` }],
      routes: {
        [`/mirror/deep/${project}/`]: { body: anchor(`../../pool/${archive.filename}`, archive.filename) },
        [`/mirror/pool/${archive.filename}`]: { body: archive.bytes },
      },
    }),
    archivePath: ({ archive }) => `/mirror/pool/${archive.filename}`,
  },
  {
    name: 'relative-to-base',
    about: 'Links are relative to the `<base>` of the HTML page.',
    index: ({ project, archive }) => ({
      projects: {
        [project]: { form: 'html', base: '/pool/', files: [{ ...archive, href: archive.filename }] },
      },
      routes: { [`/pool/${archive.filename}`]: { body: archive.bytes } },
    }),
    archivePath: ({ archive }) => `/pool/${archive.filename}`,
  },
  {
    name: 'forbidden-for-missing',
    about:
      'The index says 403 for projects that it does not have; the storage, a second index, has the archive.',
    storage: (subject) => one(subject, {}),
    index: () => ({ notFound: 403 }),
    atStorage: true,
  },
  {
    name: 'presigned-redirect',
    about:
      'The index wants credentials and redirects archives to presigned storage, which answers 400 when it is sent any.',
    storage: (subject) => ({ ...one(subject, {}), refuseAuthorization: true }),
    index: (subject, storage) => ({
      ...one(subject, {}),
      auth: quirkAuth,
      faults: [{ path: /^\/files\//, redirect: ({ path }) => `${storage}${path}?signature=abc` }],
    }),
    archivePath: ({ project, archive }) =>
      `/files/${project}/${encodeURIComponent(archive.filename)}?signature=abc`,
    atStorage: true,
  },
  {
    name: 'accept-ranges-but-200',
    about: 'Parts are announced, and the whole archive comes when the rest is asked for after a break.',
    index: (subject) => ({
      ...one(subject, {}),
      faults: [
        { path: /^\/files\//, times: 1, truncateAt: 100 },
        { path: /^\/files\//, range: 'ignored' },
      ],
    }),
  },
  {
    name: 'length-missing',
    about: 'Pages and archives come chunked, without Content-Length.',
    index: (subject) => ({ ...one(subject, { size: 'none' }), faults: [{ path: /./, length: 'chunked' }] }),
  },
  {
    name: 'gzip-on-archives',
    about: 'The server puts Content-Encoding: gzip on archives, though `identity` was asked for.',
    index: (subject) => ({ ...one(subject, {}), faults: [{ path: /^\/files\//, gzip: true }] }),
  },
  {
    name: 'gzip-label-on-archives',
    about: 'The server labels archives Content-Encoding: gzip and sends them as they are.',
    index: (subject) => ({
      ...one(subject, {}),
      faults: [{ path: /^\/files\//, headers: { 'Content-Encoding': 'gzip' } }],
    }),
  },
  {
    name: 'plus-encoded',
    about: 'The link has %2B where the file name has +, and the storage takes + for a space.',
    index: (subject) => ({ ...one(subject, {}), plusIsSpace: true }),
  },
  {
    name: 'plus-raw',
    about: 'The link has + as it is, and the storage takes + for a space: only %2B finds the archive.',
    index: (subject) => ({
      ...one(subject, { href: `/files/${subject.project}/${subject.archive.filename}` }),
      plusIsSpace: true,
    }),
  },
  {
    name: 'head-refused',
    about: 'HEAD is answered with 405.',
    index: (subject) => ({ ...one(subject, {}), refuseHead: true }),
  },
  {
    name: 'anchor-text-directories',
    about: 'The text of the anchor names directories; the file name is in the link.',
    index: (subject) => html(subject, { text: `dists/old/${subject.archive.filename}` }),
  },
  {
    name: 'requires-python-entities',
    about: 'data-requires-python is written with numeric and named entities.',
    index: (subject) =>
      html(subject, { attributes: { 'data-requires-python': '&#62;=2.7,&#x20;!=3.0.*,&lt;99' } }),
  },
  {
    name: 'requires-python-unescaped',
    about: 'data-requires-python has a > as it is.',
    index: (subject) => html(subject, { attributes: { 'data-requires-python': '>=2.7' } }),
  },
  {
    name: 'json-empty-strings',
    about:
      'JSON members that are not known are empty strings, where the specification says null or leaves them out.',
    index: ({ project, archive }) => ({
      form: 'json',
      projects: {
        [project]: [
          {
            ...archive,
            json: { 'requires-python': '', 'upload-time': '', 'core-metadata': '', 'gpg-sig': '' },
          },
        ],
      },
    }),
  },
  {
    name: 'json-nulls',
    about: 'JSON members that are not known are null.',
    index: ({ project, archive }) => ({
      form: 'json',
      projects: {
        [project]: [
          { ...archive, json: { 'requires-python': null, 'upload-time': null, yanked: null, size: null } },
        ],
      },
    }),
  },
  {
    name: 'name-double-encoded',
    about:
      'A link whose last component, decoded twice, climbs out of the directory stands before the good one.',
    index: ({ project, archive }) => ({
      form: 'html',
      projects: {
        [project]: [
          { ...archive, href: `/files/%252e%252e%252f%252e%252e%252f${archive.filename}`, hashes: 'none' },
          { ...archive, href: `/files/..%2F..%2F${archive.filename}`, hashes: 'none' },
          archive,
        ],
      },
    }),
  },
];

function one({ project, archive }: QuirkSubject, file: Partial<FileSpec>): Scenario {
  return { projects: { [project]: [{ ...archive, ...file }] } };
}

function html({ project, archive }: QuirkSubject, file: Partial<FileSpec>): Scenario {
  const spec: ProjectSpec = { form: 'html', files: [{ ...archive, ...file }] };
  return { projects: { [project]: spec } };
}

function anchor(href: string, text: string): string {
  return `<!DOCTYPE html>\n<a href="${href}">${text}</a>\n`;
}

function digestOf({ archive }: QuirkSubject, algorithm: string): string {
  return createHash(algorithm).update(archive.bytes).digest('hex');
}
