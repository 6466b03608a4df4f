import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';
import {
  type PlatformMarkers,
  platformMarkers,
  readPlatform,
  unknownPlatform,
} from './described-platform.js';
import { type DescribedPython, pythonMarkers, readPython, readPythonVersion } from './described-python.js';
import { isKnownMachine, nearestPlatform } from './known-platforms.js';
import { pipSupportedTags } from './pip-tags.js';
import { type PlatformFacts, platformTags } from './platforms.js';
import { defaultAbis, nodot, supportedTags } from './tags.js';
import type { Target } from './target.js';

/** `--python-version`, `--implementation`, `--abi` and `--platform`, as written. */
export interface TargetOptions {
  readonly pythonVersion: string | undefined;
  readonly implementation: string | undefined;
  readonly abis: readonly string[];
  readonly platforms: readonly string[];
}

/**
 * The target of `--for PYTHON:PLATFORM`, such as `3.11:manylinux_2_28_x86_64`, `cp313t:macosx_14_0_arm64` or
 * `pp310:win_amd64`: an interpreter on a machine of that kind, which also accepts archives for older platforms of
 * that kind; `any` means no particular machine. Markers are derived from it; `platform_release` and
 * `platform_version` are unknown and empty. Throws `TARGET_INVALID`.
 */
export function describeFor(text: string): Target {
  const colon = text.indexOf(':');
  const pythonText = text.slice(0, Math.max(0, colon)).trim();
  const platformText = text
    .slice(colon + 1)
    .trim()
    .toLowerCase();
  if (pythonText === '' || platformText === '') {
    throw invalid(text, 'it is not PYTHON:PLATFORM', 'Give one such as 3.11:manylinux_2_28_x86_64.');
  }
  const python = readPython(pythonText);
  const facts = platformText === 'any' ? undefined : readPlatform(platformText);
  const platforms = facts === undefined ? [] : platformTags(facts);
  const isKnown = facts !== undefined && (!('arch' in facts) || isKnownMachine(facts.kind, facts.arch));
  if (platformText !== 'any' && (!isKnown || platforms.length === 0 || isFormat(facts))) {
    throw invalid(
      text,
      `'${printable(platformText)}' names no machine`,
      `Did you mean ${nearestPlatform(platformText)}? Platforms are such as manylinux_2_28_x86_64, musllinux_1_2_aarch64, macosx_11_0_arm64, win_amd64 or any.`,
    );
  }
  const { implementation, version } = python;
  const pythonVersion = [version[0], version[1]] as const;
  return describedTarget(
    text,
    supportedTags({ implementation, pythonVersion, abis: abisOf(python, facts), platforms }),
    python,
    facts === undefined ? unknownPlatform : platformMarkers(facts),
  );
}

/**
 * The target of pip's own options, with the tags that pip computes for them. Omitted options come from `base`, the
 * probed Python, as in pip; without one, only the ABI and the implementation may be omitted. The first known
 * platform decides the markers. Throws `TARGET_INVALID`.
 */
export function describeTarget(options: TargetOptions, base: Target | undefined): Target {
  if (options.pythonVersion === undefined && base === undefined) throw needed('--python-version');
  if (options.platforms.length === 0 && base === undefined) throw needed('--platform');
  const implementation =
    options.implementation?.toLowerCase() ?? base?.tags[0]?.match(/^[a-z]+/)?.[0] ?? 'cp';
  for (const word of [implementation, ...options.abis, ...options.platforms]) checkWord(word);
  const { version, parts } =
    options.pythonVersion === undefined
      ? { version: base?.pythonVersion ?? ([3, 0, 0] as const), parts: 3 }
      : readPythonVersion(options.pythonVersion);
  const python = { implementation, version, parts, freeThreaded: false };
  const tags = pipSupportedTags({
    version: nodot(parts === 1 ? [version[0]] : [version[0], version[1]]),
    platforms: options.platforms.length > 0 ? options.platforms : basePlatforms(base),
    implementation,
    abis: options.abis,
  });
  const facts = options.platforms
    .map((platform) => readPlatform(platform.toLowerCase()))
    .find((found) => found !== undefined);
  const markers =
    options.platforms.length === 0 && base !== undefined
      ? base.environment
      : facts === undefined
        ? unknownPlatform
        : platformMarkers(facts);
  return describedTarget(labelOf(options, version), tags, python, markers);
}

function describedTarget(
  label: string,
  tags: readonly string[],
  python: DescribedPython,
  { os_name, platform_machine, platform_system, sys_platform }: PlatformMarkers,
): Target {
  return {
    label: printable(label),
    tags: [...new Set(tags)],
    environment: {
      ...pythonMarkers(python),
      os_name,
      platform_machine,
      platform_system,
      // Python 2 has a version in `sys_platform` on Linux.
      sys_platform: python.version[0] === 2 && sys_platform === 'linux' ? 'linux2' : sys_platform,
    },
    pythonVersion: python.version,
  };
}

function abisOf(
  { implementation, version, freeThreaded }: DescribedPython,
  facts: PlatformFacts | undefined,
): string[] {
  const pythonVersion = [version[0], version[1]] as const;
  // PyPy's ABI tag of the 7.3 series, for which all its wheels are built.
  if (implementation === 'pp') return [version[0] === 2 ? 'pypy_73' : `pypy${nodot(pythonVersion)}_pp73`];
  // Python 2.7 has wide characters only on Linux, in the builds of distributors.
  const wideUnicode = facts !== undefined && 'arch' in facts && /linux/.test(facts.kind);
  return defaultAbis(pythonVersion, { freeThreaded, wideUnicode });
}

/** True for a format of several machines (`universal2`), which is not a machine. */
function isFormat(facts: PlatformFacts): boolean {
  return facts.kind === 'macosx' && platformMarkers(facts).platform_machine === '';
}

/** Platforms of a probed target, in its order. */
function basePlatforms(base: Target | undefined): string[] {
  const platforms = new Set((base?.tags ?? []).map((tag) => tag.split('-')[2] ?? ''));
  platforms.delete('any');
  return [...platforms];
}

function labelOf({ platforms }: TargetOptions, version: readonly number[]): string {
  const where = platforms.length > 0 ? ` for ${platforms.join(', ')}` : '';
  return `Python ${version[0]}.${version[1]}${where}`;
}

/** Like P9: a part of a tag must be one word. Long numbers are refused, because tags count down from them. */
function checkWord(text: string): void {
  if (/^\w{1,100}$/.test(text) && !/\d{6}/.test(text)) return;
  throw invalid(text, 'it is not valid in a tag', 'Tags are made of letters, digits and `_`.');
}

function needed(option: string): PeepError {
  return new PeepError(
    'TARGET_INVALID',
    `${option} is missing, and there is no Python here to take it from`,
    {
      hint: `Add ${option}, or describe the target with --for PYTHON:PLATFORM.`,
    },
  );
}

function invalid(text: string, why: string, hint: string): PeepError {
  return new PeepError('TARGET_INVALID', `cannot choose archives for '${printable(text)}': ${why}`, { hint });
}
