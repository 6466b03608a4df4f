import { relative, resolve } from 'node:path';
import type { Environment } from '../config/environment.js';
import type { LineOption } from '../packaging/line-option.js';
import { type FileOptions, noOptions } from '../requirements/read/file-options.js';
import { type FilesRead, readIncludes } from '../requirements/read/includes.js';
import type { ReadRequest } from '../requirements/read/requests.js';
import { type RequirementForm, readRequirementForm } from '../requirements/read/requirement-form.js';
import type { RequirementsLine, WrittenHash } from '../requirements/read/requirements-line.js';
import { isPeepError, PeepError } from '../text/errors.js';

/** The content of a file: text, bytes, or bytes as base64. */
export type FileContent = string | Uint8Array | { readonly base64: string };

export interface ParseFilesOptions {
  /** Environment variables for `${NAME}`. */
  readonly env?: Environment;
  /** Read the entry file as a constraints file. */
  readonly constraint?: boolean;
  /** The index URL before any option changes it; default `https://default.example/simple/`. */
  readonly indexUrl?: string;
}

/** The parsed form of a requirement. */
export type ParsedText =
  | {
      readonly name: string;
      readonly extras: readonly string[];
      /** Single specifiers, sorted and joined by commas. */
      readonly specifier: string;
      /** The URL of `name @ URL`. */
      readonly url: string | null;
      readonly marker: string | null;
      /** True for exactly one specifier with the operator `==` or `===`. */
      readonly pinned: boolean;
    }
  /** The error code when the text is not a requirement. */
  | { readonly error: string };

export interface ParsedFileRequirement {
  /** The text after joining lines, removing comments and expanding variables. */
  readonly requirement: string;
  /** Digests of `--hash` options as written, by algorithm. */
  readonly hashes: Readonly<Record<string, readonly string[]>>;
  /** Path relative to the directory of the files. */
  readonly file: string;
  /** Number of the first of the joined lines. */
  readonly line: number;
  readonly isConstraint: boolean;
  readonly isEditable: boolean;
  readonly configSettings?: Readonly<Record<string, string | readonly string[]>>;
  /** Tokens of peep's `# sha256:` comments above the line; absent without any. */
  readonly hashComments?: readonly string[];
  /** Null for a path or URL that does not contain a project name. */
  readonly parsed: ParsedText | null;
}

/**
 * Settings that options in the files changed; sets are sorted lists. `<root>` replaces the path of the directory of
 * the files.
 */
export interface ParsedFileOptions {
  indexUrls?: string[];
  findLinks?: string[];
  noIndex?: true;
  noBinary?: string[];
  onlyBinary?: string[];
  preferBinary?: true;
  allReleases?: string[];
  onlyFinal?: string[];
  trustedHosts?: string[];
  requireHashes?: true;
  features?: string[];
}

export interface ParsedFiles {
  readonly requirements: readonly ParsedFileRequirement[];
  readonly options: ParsedFileOptions;
}

/**
 * Reads requirements files from memory by path, starting at `entry`, with the rules of pip 26 and the stricter ones
 * of contract section 3. A line whose text is not a requirement is returned with the code of its error; any other
 * line that pip or peep refuses throws the first `PeepError`. Uses no file system and no network.
 */
export function parseRequirementsFiles(
  files: Readonly<Record<string, FileContent>>,
  entry = 'req.txt',
  options: ParseFilesOptions = {},
): ParsedFiles {
  const walked = drive(
    readIncludes([{ file: entry, constraint: options.constraint ?? false }], {
      cwd: root,
      env: options.env ?? {},
      start: noOptions,
    }),
    files,
  );
  return {
    requirements: walked.lines
      .filter((line) => line.kind !== 'options' && line.kind !== 'include')
      .map(toRequirement),
    options: changedOptions(walked.options, options.indexUrl ?? 'https://default.example/simple/'),
  };
}

/** Files in memory have no real directory; relative names are resolved against this one. */
const root = resolve('/<root>');

function drive(
  walk: Generator<ReadRequest, FilesRead, unknown>,
  files: Readonly<Record<string, FileContent>>,
): FilesRead {
  let step = walk.next();
  while (step.done !== true) {
    if (step.value.kind === 'turn') {
      step = walk.next();
      continue;
    }
    const { kind, location } = step.value;
    const name = relative(root, location).replaceAll('\\', '/');
    if (kind === 'exists') {
      const held = Object.keys(files).some((key) => key === name || key.startsWith(`${name}/`));
      step = walk.next(held);
    } else {
      const content = Object.hasOwn(files, name) ? files[name] : undefined;
      step =
        content === undefined
          ? walk.throw(Object.assign(new Error('no such file'), { code: 'ENOENT' }))
          : walk.next(toBytes(content));
    }
  }
  return step.value;
}

function toBytes(content: FileContent): Uint8Array {
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof Uint8Array ? content : Buffer.from(content.base64, 'base64');
}

function toRequirement(
  line: Exclude<RequirementsLine, { kind: 'options' | 'include' }>,
): ParsedFileRequirement {
  if (line.kind === 'bad') throw line.error;
  if (line.kind === 'editable') {
    throw new PeepError('REQUIREMENT_EDITABLE', 'an editable requirement has no archive to verify', {
      place: line.place,
      hint: 'Pin a wheel instead.',
    });
  }
  if (line.kind === 'lock') {
    throw new PeepError('LOCK_MISPLACED', `'${line.place.file}' is a lock file, not a requirements file`, {
      place: line.place,
      hint: 'Read it with `readRequirements`.',
    });
  }
  const { text, hashes, configSettings, place, hashComments } = line;
  const form = readForm(text);
  const parsed = form instanceof PeepError ? { error: form.code } : parsedText(form);
  if (hashes.length > 0 && !(form instanceof PeepError) && isUnpinned(form)) {
    throw new PeepError('REQUIREMENT_UNPINNED', `'${form.name}${form.specifier}' has hashes but no version`, {
      place,
      hint: `Pin one version: \`${form.name}==VERSION\`.`,
    });
  }
  return {
    requirement: text,
    hashes: hashesByAlgorithm(hashes),
    file: place.file.replaceAll('\\', '/'),
    line: place.line,
    isConstraint: line.constraint,
    isEditable: false,
    ...(configSettings.length > 0 && { configSettings: settings(configSettings) }),
    ...(hashComments.length > 0 && { hashComments: hashComments.map(({ token }) => token) }),
    parsed,
  };
}

function readForm(text: string): RequirementForm | PeepError {
  try {
    const form = readRequirementForm(text);
    return form.kind === 'directory'
      ? new PeepError('REQUIREMENT_FOLDER', 'a directory', { hint: 'Name an archive instead.' })
      : form;
  } catch (error) {
    if (isPeepError(error)) return error;
    throw error;
  }
}

function parsedText(form: RequirementForm): ParsedText | null {
  if (form.name === undefined) return null;
  return {
    name: form.name,
    extras: form.extras,
    specifier: form.specifier,
    url: form.direct ? (form.url ?? null) : null,
    marker: form.marker ?? null,
    pinned: onePin.test(form.specifier),
  };
}

/** pip's definition of a pinned requirement, which includes `==1.*`. */
const onePin = /^===?[^,]+$/;

function isUnpinned(form: RequirementForm): boolean {
  return form.kind === 'named' && (!onePin.test(form.specifier) || /^==[^=].*\.\*$/.test(form.specifier));
}

function hashesByAlgorithm(hashes: readonly WrittenHash[]): Record<string, string[]> {
  const byAlgorithm: Record<string, string[]> = {};
  for (const { value, digest } of hashes) {
    byAlgorithm[digest.algorithm] ??= [];
    byAlgorithm[digest.algorithm]?.push(value.slice(digest.algorithm.length + 1));
  }
  return byAlgorithm;
}

/** `options`: each as `--config-settings=KEY=VALUE`. */
function settings(options: readonly LineOption[]): Record<string, string | string[]> {
  const byKey = new Map<string, string[]>();
  for (const option of options) {
    const pair = option.slice(option.indexOf('=') + 1);
    const equals = pair.indexOf('=');
    const key = pair.slice(0, equals);
    byKey.set(key, [...(byKey.get(key) ?? []), pair.slice(equals + 1)]);
  }
  return Object.fromEntries(
    [...byKey].map(([key, values]) => [key, values.length === 1 ? (values[0] ?? '') : values]),
  );
}

function changedOptions(options: FileOptions, indexUrl: string): ParsedFileOptions {
  const changed: ParsedFileOptions = {};
  if (options.noIndex) Object.assign(changed, { indexUrls: [], noIndex: true });
  else if (options.indexUrl !== undefined || options.extraIndexUrls.length > 0) {
    changed.indexUrls = [options.indexUrl ?? indexUrl, ...options.extraIndexUrls];
  }
  if (options.findLinks.length > 0) changed.findLinks = options.findLinks.map(underRoot);
  for (const name of ['noBinary', 'onlyBinary', 'allReleases', 'onlyFinal'] as const) {
    if (options[name].size > 0) changed[name] = [...options[name]].sort();
  }
  if (options.preferBinary) changed.preferBinary = true;
  if (options.requireHashes) changed.requireHashes = true;
  if (options.trustedHosts.length > 0) changed.trustedHosts = [...options.trustedHosts];
  if (options.features.length > 0) changed.features = [...options.features];
  return changed;
}

function underRoot(location: string): string {
  return location.startsWith(root) ? `<root>/${relative(root, location).replaceAll('\\', '/')}` : location;
}
