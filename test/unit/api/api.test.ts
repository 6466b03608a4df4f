import { describe, expect, it } from 'vitest';
import {
  canonicalizeName,
  compareVersions,
  defaultAbis,
  evaluateMarker,
  isPeepError,
  isProjectName,
  type ListedFile,
  normalizeSpecifier,
  parseRequirement,
  parseRequirementsFiles,
  parseSdistFilename,
  parseVersion,
  parseWheelFilename,
  pipSupportedTags,
  platformTags,
  type SelectArchiveOptions,
  selectArchive,
  specifierContains,
  supportedTags,
} from '../../../src/api/index.js';
import { vectors } from '../../support/vectors.js';

const pure = 'quill-1.0-py3-none-any.whl';
const platform = 'quill-1.0-cp311-cp311-manylinux2014_x86_64.whl';
const sdist = 'quill-1.0.tar.gz';

/**
 * Cases of `selection` in which the contract (or a promise) beats what was recorded, with the reason; docs/api.md
 * tells readers the same. Files of equal rank are a rule of their own below.
 */
const exceptions: Readonly<Record<string, { readonly why: string; readonly instead: Case }>> = {
  ...unlike('section 4, rule 1: a file without a comparable digest goes before one that advertises another', {
    b8a7908c09: { ranked: [platform, sdist, pure] },
    '377ec7578a': { filename: pure, hash: 'unknown', ranked: [pure, platform] },
    '144951a328': { filename: pure, hash: 'unknown', ranked: [pure, platform] },
    '19d24cea93': { tiedWith: [] },
    '028cf9ea71': { tiedWith: [] },
  }),
  ...unlike('section 4, rule 1: md5, or an algorithm that is not pinned, is not a comparable digest', {
    '0fec5b4deb': { ranked: [pure, platform] },
    '03da1f6590': { ranked: [pure, platform] },
    '1a7f8ff842': { hash: 'unknown' },
    '74088ae65d': { hash: 'unknown' },
  }),
  ...unlike('hex digits are the same digest in upper case', {
    '63fe967155': { hash: 'allowed' },
    '10e48ccf37': { hash: 'allowed', ranked: [platform] },
  }),
  ...unlike('a page from the network names no file of this machine; the case is marked strict', {
    c21d853dda: { filename: null, url: null, version: null, ranked: [] },
  }),
};

/** biome-ignore lint/suspicious/noExplicitAny: cases are data of many shapes */
type Case = Record<string, any>;

function unlike(why: string, cases: Readonly<Record<string, Case>>) {
  return Object.fromEntries(Object.entries(cases).map(([id, instead]) => [id, { why, instead }]));
}

function each(family: string, check: (entry: Case) => void): void {
  describe(family, () => {
    it.each(vectors<Case>(family).map((entry) => [`${entry.group} ${entry.id}`, entry] as const))(
      '%s',
      (_, entry) => check(entry),
    );
  });
}

/** The value, or the code of peep's own error; any other error fails the test. */
function attempt<T>(action: () => T): T | { readonly refused: string } {
  try {
    return action();
  } catch (error) {
    if (!isPeepError(error)) throw error;
    return { refused: error.code };
  }
}

const refusal = { refused: expect.any(String) };

function without(entry: Case, ...names: readonly string[]): Case {
  const left = ['id', 'group', 'note', 'strict', 'pip', 'valid', ...names];
  return Object.fromEntries(Object.entries(entry).filter(([name]) => !left.includes(name)));
}

each('versions', (entry) => {
  const read = parseVersion(entry.input);
  if (!entry.valid) expect(read).toBeNull();
  else expect(read).toMatchObject(without(entry, 'input'));
});

describe('version-order', () => {
  it('is the order of compareVersions', () => {
    const ascending = vectors<string>('version-order');
    expect(ascending.toReversed().sort(compareVersions)).toEqual(ascending);
  });
});

each('pins', ({ specifier, version, valid, matches, str }) => {
  if (!valid) expect(attempt(() => specifierContains(specifier, version ?? '1.0'))).toEqual(refusal);
  else if (version === undefined) expect(normalizeSpecifier(specifier)).toBe(str);
  else expect(specifierContains(specifier, version)).toBe(matches);
});

each('names', ({ input, canonical, valid, normalized, requirementParses }) => {
  expect(canonicalizeName(input)).toBe(canonical);
  expect(isProjectName(input)).toBe(valid);
  expect(isProjectName(input) && canonicalizeName(input) === input).toBe(normalized);
  const read = attempt(() => parseRequirement(input));
  expect('name' in read && read.name === input).toBe(requirementParses);
});

each('requirements', (entry) => {
  const read = attempt(() => parseRequirement(entry.input));
  if (!entry.valid || (entry.strict && 'refused' in read)) expect(read).toEqual(refusal);
  else expect(read).toEqual(without(entry, 'input', 'errorClass'));
});

each('markers', ({ marker, environment, extra, expected, error, strict }) => {
  const codes: Readonly<Record<string, string>> = {
    invalid: 'MARKER_MALFORMED',
    'undefined-comparison': 'MARKER_COMPARISON_UNDEFINED',
    'undefined-name': 'MARKER_NAME_UNDEFINED',
  };
  const answer = attempt(() => evaluateMarker(marker, environment, extra));
  if (strict && typeof answer !== 'boolean') expect(answer).toEqual(refusal);
  else expect(answer).toEqual(error === undefined ? expected : { refused: codes[error] });
});

each('wheel-filenames', (entry) => {
  const read = parseWheelFilename(entry.filename);
  if (!entry.valid || (entry.strict && read === null)) expect(read).toBeNull();
  else expect(read).toEqual(without(entry, 'filename', 'errorClass'));
});

each('sdist-filenames', (entry) => {
  const read = parseSdistFilename(entry.filename);
  if (!entry.valid || (entry.strict && read === null)) expect(read).toBeNull();
  else expect(read).toEqual(without(entry, 'filename', 'errorClass'));
});

each('platforms', (entry) => {
  expect(platformTags(entry as Parameters<typeof platformTags>[0])).toEqual(entry.platforms);
});

each('tags', (entry) => {
  expect(supportedTags(entry as Parameters<typeof supportedTags>[0])).toEqual(entry.tags);
  if (entry.defaultAbis !== undefined)
    expect(defaultAbis(entry.pythonVersion, entry.build)).toEqual(entry.defaultAbis);
});

each('pip-supported-tags', (entry) => {
  expect(pipSupportedTags(entry as Parameters<typeof pipSupportedTags>[0])).toEqual(entry.tags);
});

each('requirements-files', (entry) => {
  const read = attempt(() => parseRequirementsFiles(entry as Parameters<typeof parseRequirementsFiles>[0]));
  const { requirements, options, error } = entry.expected;
  // Where the note says "too", what was recorded is right as well.
  if (error !== undefined || (entry.strict && !/refusing is right too/.test(entry.note ?? '')))
    return expect(read).toEqual(refusal);
  const parsed = (value: Case | null) => (value !== null && 'error' in value ? { error: 'an error' } : value);
  const comparable = ({ hashComments: _, ...rest }: Case) => ({ ...rest, parsed: parsed(rest.parsed) });
  expect('requirements' in read && read.requirements.map(comparable)).toEqual(requirements.map(comparable));
  expect('options' in read && read.options).toEqual(options);
});

const forms: Readonly<Record<string, (entry: Case) => SelectArchiveOptions['indexes']>> = {
  'as lists of files': (entry) => entry.indexes,
  'as JSON pages': (entry) =>
    entry.indexes.map((files: readonly ListedFile[]) => ({
      contentType: 'application/vnd.pypi.simple.v1+json',
      body: jsonPage(entry.project, files),
    })),
  'as HTML pages': (entry) =>
    entry.indexes.map((files: readonly ListedFile[]) => ({
      contentType: 'text/html; charset=utf-8',
      body: htmlPage(files),
    })),
};

/** Cases in which the end of a file's address is another name than the one listed. */
const namedByUrl: ReadonlySet<string> = new Set([
  ...['292f546f10', 'b1f9cbc11c', '0a05667800', 'f3b6ca7abb', '9c9c20cba7', '99c2a09ebb'],
  ...['937d1766f9', 'f9eb57a3b9'],
]);

describe.each(Object.entries(forms))('%s', (form, indexesOf) => {
  each('selection', (entry) => {
    const choice = selectArchive({ ...(entry as SelectArchiveOptions), indexes: indexesOf(entry) });
    if (form === 'as JSON pages' && namedByUrl.has(entry.id)) {
      // PEP 691: `filename` names the file; pip 26.2 takes the end of its address (pip#14113).
      const listed = entry.indexes.flat().map((file: ListedFile) => file.filename);
      expect(listed).toEqual(expect.arrayContaining([...choice.ranked]));
      return;
    }
    const recorded = { url: null, version: null, hash: null, tiedWith: [], ...entry.expected };
    const { filename, version, hash, ranked, tiedWith } = { ...recorded, ...exceptions[entry.id]?.instead };
    expect([choice.version, choice.hash]).toEqual([version, hash]);
    // Section 4, rule 2: of files with equal rank the first index, then the file name decides, not the page's order.
    const tied = [filename, ...tiedWith].sort();
    expect([choice.filename, ...choice.tiedWith].sort()).toEqual(tied);
    expect(choice.ranked.toSorted()).toEqual(ranked.toSorted());
    if (tiedWith.length === 0) {
      expect(choice.filename).toBe(filename);
      expect(choice.ranked).toEqual(ranked);
      if (choice.filename === recorded.filename)
        expect(choice.url).toBe(exceptions[entry.id]?.instead.url ?? recorded.url);
    } else if (entry.indexes.length === 1) expect(choice.filename).toBe(tied[0]);
    else expect(choice.url).toContain('https://index.example/');
  });
});

function jsonPage(name: string, files: readonly ListedFile[]): string {
  return JSON.stringify({
    meta: { 'api-version': '1.1' },
    name,
    files: files.map(({ filename, url, hashes = {}, requiresPython, yanked }) => ({
      filename,
      url: url ?? encodeURIComponent(filename),
      hashes,
      ...(requiresPython !== undefined && { 'requires-python': requiresPython }),
      ...(yanked !== undefined && { yanked }),
    })),
  });
}

function htmlPage(files: readonly ListedFile[]): string {
  const anchors = files.map(({ filename, url, hashes = {}, requiresPython, yanked }) => {
    const [digest] = Object.entries(hashes);
    const fragment = digest === undefined ? '' : `#${digest[0]}=${digest[1]}`;
    const python = requiresPython === undefined ? '' : ` data-requires-python="${escaped(requiresPython)}"`;
    const yank =
      yanked === undefined ? '' : ` data-yanked="${yanked === true ? '' : escaped(String(yanked))}"`;
    const href = escaped((url ?? encodeURIComponent(filename)) + fragment);
    return `<a href="${href}"${python}${yank}>${escaped(filename)}</a><br>`;
  });
  return `<!DOCTYPE html><html><body>\n${anchors.join('\n')}\n</body></html>\n`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
