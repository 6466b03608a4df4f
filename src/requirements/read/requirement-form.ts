import { parseWheelFilename } from '../../packaging/filename.js';
import { formatMarker, parseMarker } from '../../packaging/marker.js';
import { parseExtras, parseRequirement } from '../../packaging/requirement.js';
import type { WheelFilename } from '../../packaging/types.js';
import { isValidVersion } from '../../packaging/version.js';
import { PeepError } from '../../text/errors.js';
import { printable } from '../../text/redact.js';
import { trim } from './lines.js';

/** The parsed text of a requirement, before the rules for pins apply. */
export interface RequirementForm {
  readonly kind: 'named' | 'url' | 'vcs' | 'path' | 'directory';
  /** From the requirement, `#egg=`, or a wheel's file name. */
  readonly name: string | undefined;
  /** Sorted, as written. */
  readonly extras: readonly string[];
  /** Single specifiers, sorted and joined by commas; a wheel's file name gives `==VERSION`. */
  readonly specifier: string;
  /** For kinds `url` and `vcs`: the URL as written, with its fragment. */
  readonly url: string | undefined;
  /** True for `name @ URL`, false for a bare URL. */
  readonly direct: boolean;
  /** For kinds `path` and `directory`: the path as written. */
  readonly path: string | undefined;
  /** Text of the marker, normalised. */
  readonly marker: string | undefined;
}

/**
 * Parses a requirement as pip does: PEP 508, a bare URL with `#egg=`, or the path of an archive. Does not access
 * the file system: a path is recognised by its form. Throws `REQUIREMENT_MALFORMED` or `MARKER_MALFORMED`, without
 * a place.
 */
export function readRequirementForm(text: string): RequirementForm {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(trim(text))?.[1]?.toLowerCase();
  if (scheme !== undefined && isUrlScheme(scheme)) return bareUrl(trim(text), scheme);

  const semicolon = text.indexOf(';');
  const name = trim(semicolon === -1 ? text : text.slice(0, semicolon));
  const [path, extras] = splitExtras(name);
  const at = name.indexOf('@');
  if (isArchiveName(path) && (at === -1 || looksLikePath(name.slice(0, at)))) {
    return archivePath(path, extras, semicolon === -1 ? '' : text.slice(semicolon + 1));
  }
  try {
    return named(trim(text));
  } catch (cause) {
    if (!looksLikePath(name) || at !== -1) throw cause;
    const marker = semicolon === -1 ? undefined : readMarker(text.slice(semicolon + 1));
    return { ...archivePath(name, [], ''), kind: 'directory', marker };
  }
}

/** Also allows `==` with a version from before PEP 440, which matches only a file name with exactly that text. */
export function readFormOrLegacy(text: string): RequirementForm {
  try {
    return readRequirementForm(text);
  } catch (error) {
    const legacy = /^([a-z0-9._-]+ ?(?:\[[^\]]*\])?) ?== ?([a-z0-9](?:[._+!-]?[a-z0-9])*) ?(;.*)?$/i.exec(
      text.replace(/[ \t]+/g, ' ').trim(),
    );
    const [, subject = '', version = '', marker = ''] = legacy ?? [];
    if (legacy === null || isValidVersion(version)) throw error;
    return { ...named(`${subject}===${version} ${marker}`), specifier: `==${version}` };
  }
}

/** True if the scheme is one of version control. */
export function isVcsScheme(scheme: string): boolean {
  return /^(git|hg|svn|bzr)(\+.+)?$|^(ssh|sftp|lp)$/i.test(scheme);
}

/** The archive extensions that pip accepts. */
export function isArchiveName(name: string): boolean {
  return /\.(zip|whl|tar\.bz2|tbz|tar\.gz|tgz|tar|tar\.xz|txz|tlz|tar\.lz|tar\.lzma)$/i.test(name);
}

/** The last component of a URL's path, decoded; empty if there is none. */
export function urlFilename(url: string): string {
  const path = url.replace(/[?#].*$/s, '');
  const last = path.slice(path.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** The last component of a path. */
export function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

function isUrlScheme(scheme: string): boolean {
  return /^(https?|file|ftp)$/.test(scheme) || isVcsScheme(scheme);
}

function looksLikePath(name: string): boolean {
  return /[/\\]/.test(name) || name.startsWith('.');
}

function named(text: string): RequirementForm {
  const requirement = parseRequirement(text);
  const scheme = requirement.url === null ? '' : (/^([a-z][a-z0-9+.-]*):/i.exec(requirement.url)?.[1] ?? '');
  return {
    kind: requirement.url === null ? 'named' : isVcsScheme(scheme) ? 'vcs' : 'url',
    name: requirement.name,
    extras: requirement.extras,
    specifier: requirement.specifier,
    url: requirement.url ?? undefined,
    direct: requirement.url !== null,
    path: undefined,
    marker: requirement.marker ?? undefined,
  };
}

/** pip requires a space between a URL and its marker, because a URL may contain `;`. */
function bareUrl(text: string, scheme: string): RequirementForm {
  const semicolon = text.indexOf('; ');
  const url = trim(semicolon === -1 ? text : text.slice(0, semicolon));
  const marker = semicolon === -1 ? undefined : readMarker(text.slice(semicolon + 1));
  const filename = urlFilename(url);
  const wheel = !isVcsScheme(scheme) && /\.whl$/i.test(filename) ? wheelFilename(filename) : undefined;
  const egg = wheel === undefined ? eggOf(url) : undefined;
  const version = wheel?.version ?? egg?.version;
  return {
    kind: isVcsScheme(scheme) ? 'vcs' : 'url',
    name: wheel?.project ?? egg?.name,
    extras: [],
    specifier: version === undefined ? '' : `==${version}`,
    url,
    direct: false,
    path: undefined,
    marker,
  };
}

function archivePath(path: string, extras: readonly string[], markerText: string): RequirementForm {
  const filename = lastPart(path);
  const wheel = /\.whl$/i.test(filename) ? wheelFilename(filename) : undefined;
  return {
    kind: 'path',
    name: wheel?.project,
    extras,
    specifier: wheel === undefined ? '' : `==${wheel.version}`,
    url: undefined,
    direct: false,
    path,
    marker: readMarker(markerText),
  };
}

function wheelFilename(filename: string): WheelFilename {
  const wheel = parseWheelFilename(filename);
  if (wheel !== null) return wheel;
  throw new PeepError('REQUIREMENT_MALFORMED', `'${printable(filename)}' is not a wheel file name`, {
    hint: 'A wheel is named NAME-VERSION-PYTHON-ABI-PLATFORM.whl, and keeps the name it was built with.',
  });
}

/** `#egg=NAME`, or `#egg=NAME==VERSION` as users of peep.py write it. */
function eggOf(url: string): { readonly name: string; readonly version: string | undefined } | undefined {
  const egg = /[#&]egg=([^&]*)/.exec(url)?.[1];
  if (egg === undefined) return undefined;
  const [, name, version] =
    /^([a-z0-9]|[a-z0-9][a-z0-9._-]*[a-z0-9])(?:==([a-z0-9][a-z0-9._+!-]*))?$/i.exec(egg) ?? [];
  if (name !== undefined) return { name, version };
  throw new PeepError('REQUIREMENT_MALFORMED', `'${printable(egg)}' in #egg= is not a project name`, {
    hint: 'To ask for extras, write `name[extra] @ URL`.',
  });
}

function splitExtras(name: string): [path: string, extras: readonly string[]] {
  const open = name.endsWith(']') ? name.lastIndexOf('[') : -1;
  if (open < 1 || !isArchiveName(trim(name.slice(0, open)))) return [name, []];
  return [trim(name.slice(0, open)), parseExtras(name.slice(open).toLowerCase())];
}

function readMarker(text: string): string | undefined {
  return trim(text) === '' ? undefined : formatMarker(parseMarker(trim(text)));
}
