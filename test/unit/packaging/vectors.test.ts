import { describe, expect, it } from 'vitest';
import { parseSdistFilename, parseWheelFilename } from '../../../src/packaging/filename.js';
import { evaluateMarker } from '../../../src/packaging/marker.js';
import { canonicalizeName, isProjectName } from '../../../src/packaging/name.js';
import { parseRequirement } from '../../../src/packaging/requirement.js';
import { formatSpecifiers, parseSpecifiers, specifierContains } from '../../../src/packaging/specifier.js';
import type { MarkerEnvironment } from '../../../src/packaging/types.js';
import { compareVersions, parseVersion } from '../../../src/packaging/version.js';
import { isPeepError } from '../../../src/text/errors.js';
import { vectors } from '../../support/vectors.js';

interface Case {
  readonly id: string;
  readonly group: string;
  readonly input: string;
  readonly filename: string;
  readonly valid: boolean;
  readonly strict?: true;
  readonly [field: string]: unknown;
}

const named = (cases: readonly Case[]) =>
  cases.map((entry) => [`${entry.group} ${entry.id}`, entry] as const);

/** The value, or the code of peep's own error; any other error fails the test. */
function attempt<T>(action: () => T): T | { readonly code: string } {
  try {
    return action();
  } catch (error) {
    if (!isPeepError(error)) throw error;
    return { code: error.code };
  }
}

describe('versions', () => {
  it.each(named(vectors<Case>('versions')))('%s', (_, entry) => {
    const version = parseVersion(entry.input);
    expect(version !== null).toBe(entry.valid);
    if (version === null) return;
    const { normalized, isPrerelease, isDevrelease, isPostrelease, local, public: publicPart } = entry;
    expect(version).toMatchObject({
      normalized,
      isPrerelease,
      isDevrelease,
      isPostrelease,
      local,
      public: publicPart,
    });
  });

  const order = vectors<string>('version-order');
  it.each(order.slice(1).map((later, i) => [order[i] ?? '', later] as const))('%s < %s', (earlier, later) => {
    expect(Math.sign(compareVersions(earlier, later))).toBe(-1);
    expect(Math.sign(compareVersions(later, earlier))).toBe(1);
  });
});

describe('specifiers', () => {
  it.each(named(vectors<Case>('pins')))('%s', (_, entry) => {
    const specifier = entry.specifier as string;
    if (!entry.valid) {
      expect(attempt(() => parseSpecifiers(specifier))).toEqual({ code: 'SPECIFIER_MALFORMED' });
    } else if (entry.version === undefined) {
      expect(formatSpecifiers(parseSpecifiers(specifier))).toBe(entry.str);
    } else {
      expect(specifierContains(specifier, entry.version as string)).toBe(entry.matches);
    }
  });
});

describe('names', () => {
  it.each(named(vectors<Case>('names')))('%s', (_, entry) => {
    expect(canonicalizeName(entry.input)).toBe(entry.canonical);
    expect(isProjectName(entry.input)).toBe(entry.valid);
    expect(entry.valid && canonicalizeName(entry.input) === entry.input).toBe(entry.normalized);
    const read = attempt(() => parseRequirement(entry.input));
    expect('name' in read && read.name === entry.input).toBe(entry.requirementParses);
  });
});

describe('requirements', () => {
  it.each(named(vectors<Case>('requirements')))('%s', (_, entry) => {
    const read = attempt(() => parseRequirement(entry.input));
    // Marked strict: refusing is right, whatever the reference does.
    if (!entry.valid || (entry.strict && 'code' in read))
      return expect(read).toMatchObject({ code: expect.stringMatching(/^(REQUIREMENT|MARKER|SPECIFIER)_/) });
    const { name, extras, specifier, url, marker, onePin } = entry;
    expect(read).toEqual({ name, extras, specifier, url, marker, onePin });
  });
});

describe('markers', () => {
  const codes: Readonly<Record<string, string>> = {
    invalid: 'MARKER_MALFORMED',
    'undefined-comparison': 'MARKER_COMPARISON_UNDEFINED',
    'undefined-name': 'MARKER_NAME_UNDEFINED',
  };
  it.each(named(vectors<Case>('markers')))('%s', (_, entry) => {
    const { marker, environment, extra, error } = entry;
    const answer = attempt(() =>
      evaluateMarker(marker as string, environment as MarkerEnvironment, extra as string | null),
    );
    // Marked strict: refusing is right, whatever the reference does.
    if (entry.strict && typeof answer !== 'boolean')
      return expect(Object.values(codes)).toContain(answer.code);
    expect(answer).toEqual(error === undefined ? entry.expected : { code: codes[error as string] });
  });
});

describe('wheel file names', () => {
  it.each(named(vectors<Case>('wheel-filenames')))('%s', (_, entry) => {
    const read = parseWheelFilename(entry.filename);
    if (entry.strict && read === null) return expect(read).toBeNull();
    expect(read !== null).toBe(entry.valid);
    if (read === null) return;
    const build = read.build === null ? null : [String(read.build[0]), read.build[1]];
    expect([read.project, read.version, build, [...read.tags].sort()]).toEqual([
      ...[entry.name, entry.version, entry.build],
      entry.tags,
    ]);
  });
});

describe('source archive file names', () => {
  it.each(named(vectors<Case>('sdist-filenames')))('%s', (_, entry) => {
    const read = parseSdistFilename(entry.filename);
    expect(read !== null).toBe(entry.valid);
    if (read !== null) expect([read.project, read.version]).toEqual([entry.name, entry.version]);
  });
});
