import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { normalizeName } from '../mock-index/pages.js';
import type { FileSpec, Scenario } from '../mock-index/scenario.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { defaultPython } from './pythons.js';

export type RealProjects = Readonly<Record<string, readonly FileSpec[]>>;

/**
 * The archives in the directories that the user's pip is set up with (`pip config list`), by normalised project
 * name; undefined where there are none. Bytes stay where they are.
 */
export async function realProjects(): Promise<RealProjects | undefined> {
  const projects: Record<string, FileSpec[]> = {};
  for (const { directory, flat } of await configuredDirectories()) {
    for (const [project, files] of flat ? await flatDirectory(directory) : await simpleDirectory(directory)) {
      const known = new Set(projects[project]?.map((file) => file.filename));
      projects[project] = [
        ...(projects[project] ?? []),
        ...files.filter((file) => !known.has(file.filename)),
      ];
    }
  }
  return Object.keys(projects).length === 0 ? undefined : projects;
}

/** The same over HTTP on loopback, with more of a scenario where wanted; undefined where there are none. */
export async function realIndex(scenario: Scenario = {}): Promise<MockIndex | undefined> {
  const projects = await realProjects();
  return projects && startMockIndex({ projects, ...scenario });
}

interface Directory {
  readonly directory: string;
  /** Archives side by side, and no directory per project. */
  readonly flat: boolean;
}

async function configuredDirectories(): Promise<Directory[]> {
  const python = await defaultPython();
  if (python === undefined) return [];
  const { stdout } = await promisify(execFile)(python.path, ['-m', 'pip', 'config', 'list']);
  return stdout.split('\n').flatMap((line) => {
    const [, key = '', value = ''] = /^[^=]*\.([\w-]+)=(.*)$/.exec(line) ?? [];
    if (!/^(extra-)?index-url$|^find-links$/.test(key)) return [];
    const places = value.replace(/^['"]|['"]$/g, '').split(/\s+|\\n/);
    return places.flatMap((place) => {
      const directory = place.startsWith('file:') ? fileURLToPath(place) : place;
      return isAbsolute(directory) ? [{ directory, flat: key === 'find-links' }] : [];
    });
  });
}

async function flatDirectory(directory: string): Promise<[string, FileSpec[]][]> {
  const names = (await namesIn(directory)).filter((name) => /\.(whl|tar\.gz|zip)$/.test(name));
  return names.map((filename) => [
    normalizeName(filename.split('-')[0] ?? ''),
    [{ filename, bytes: { path: join(directory, filename) }, etag: 'none' }],
  ]);
}

/** PEP 503 as directories: NAME/index.html with relative links. */
async function simpleDirectory(directory: string): Promise<[string, FileSpec[]][]> {
  const names = await namesIn(directory);
  return Promise.all(
    names.map(async (name): Promise<[string, FileSpec[]]> => {
      const page = join(directory, name, 'index.html');
      const html = await readFile(page, 'utf8').catch(() => '');
      const files = [
        ...html.matchAll(/<a\s[^>]*href="([^"#]+)(?:#sha256=([0-9a-f]{64}))?"([^>]*)>/g),
      ].flatMap(
        ([, href = '', sha256, rest = '']) =>
          readLink(new URL(href, pathToFileURL(page)), sha256, rest) ?? [],
      );
      return [normalizeName(name), files];
    }),
  );
}

function readLink(url: URL, sha256: string | undefined, attributes: string): FileSpec | undefined {
  if (url.protocol !== 'file:') return undefined;
  const path = fileURLToPath(url);
  const requiresPython = /data-requires-python="([^"]*)"/.exec(attributes)?.[1];
  return {
    filename: path.slice(path.lastIndexOf('/') + 1),
    bytes: { path },
    // The digest that the page gives is taken for it: hashing gigabytes would take its time.
    ...(sha256 !== undefined && { hashes: { sha256 }, etag: `"${sha256}"` }),
    ...(sha256 === undefined && { etag: 'none' }),
    ...(requiresPython !== undefined && {
      requiresPython: requiresPython.replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&'),
    }),
  };
}

async function namesIn(directory: string): Promise<string[]> {
  return (await readdir(directory).catch(() => [])).sort();
}
