import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RuleViolation } from '../../src/archive/findings.js';
import { readStatedNeeds } from '../../src/archive/sdist/build-requires.js';
import { parseWheelFilename } from '../../src/packaging/filename.js';
import { evaluateMarker } from '../../src/packaging/marker.js';
import { readRecord } from '../../src/packaging/record.js';
import { parseRequirement } from '../../src/packaging/requirement.js';
import { parseSpecifiers, specifierContains } from '../../src/packaging/specifier.js';
import type { MarkerEnvironment } from '../../src/packaging/types.js';
import { compareVersions, parseVersion } from '../../src/packaging/version.js';
import { isPeepError } from '../../src/text/errors.js';
import { ask, findReaders, firstSeed, minutes, rounds, timeout } from './readers.js';

const found = await findReaders();
/** Older ones have other rules here, and no pip asks them: it gets pins without markers, and what peep chose. */
const newest = found.slice(-1);
const samplesOfRound = 500;

/** Texts of tokens; most are near to something that means a thing. */
const texts = (tokens: readonly string[], maxLength: number) =>
  fc.array(fc.constantFrom(...tokens), { minLength: 1, maxLength }).map((parts) => parts.join(''));

const version = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', '', '', 'v', '1!', ' '),
      fc.constantFrom('1', '1.0', '1.0.0', '2', '1.10', '01.2', '1.0.1', '0'),
      fc.constantFrom('', '', 'a1', '.b2', 'rc', '-preview-3', '_c.1', 'alpha'),
      fc.constantFrom('', '', '-1', '.post2', 'rev', '.r3'),
      fc.constantFrom('', '', '.dev0', 'dev', '-dev4'),
      fc.constantFrom('', '', '+local', '+1.0', '+a-b_c', '+01', ' '),
    )
    .map((parts) => parts.join('')),
  texts(['1', '0', '.', '-', '_', 'a', 'rc', 'post', 'dev', '!', '+', 'v', ' ', '*', '\u0661', '\u00a0'], 6),
);
const specifier = fc
  .array(
    fc
      .tuple(
        fc.constantFrom('==', '!=', '<=', '>=', '<', '>', '~=', '==='),
        fc.constantFrom('', ' '),
        version,
        fc.constantFrom('', '', '.*'),
      )
      .map((parts) => parts.join('')),
    { minLength: 1, maxLength: 2 },
  )
  .map((clauses) => clauses.join(','));

const environment: MarkerEnvironment = {
  implementation_name: 'cpython',
  implementation_version: '3.10.1',
  os_name: 'posix',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_release: '5.10.0-x',
  platform_system: 'Linux',
  platform_version: '#1 SMP',
  python_full_version: '3.10.1',
  python_version: '3.10',
  sys_platform: 'linux',
};
const operand = fc.constantFrom(
  ...['python_version', 'python_full_version', 'os_name', 'sys_platform', 'platform_release', 'extra'],
  ...['platform_machine', 'implementation_name', 'os.name', 'python_implementation', 'platform.version'],
  ...["'3.10'", "'3.9'", '"3.10.*"', "'linux'", "'win'", '"posix"', "''", "'5.10.0-x'", "'3.10.1rc1'", "'x'"],
);
const comparison = fc
  .tuple(
    operand,
    fc.constantFrom('==', '!=', '<', '>=', '~=', '===', ' in ', ' not in ', '>', ' not  in '),
    operand,
  )
  .map((parts) => parts.join(' '));
const marker = fc.oneof(
  comparison,
  fc
    .tuple(comparison, fc.constantFrom(' and ', ' or ', ' and (', ' or ('), comparison, comparison)
    .map(([a, joint, b, c]) =>
      joint.endsWith('(') ? `${a}${joint}${b} or ${c})` : `${a}${joint}${b} and ${c}`,
    ),
  texts(["'a'", 'os_name', '==', '(', ')', ' and ', ' or ', ' in ', 'not', '"', ' '], 8),
);
const requirement = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('demo', 'De_mo', 'a.b', 'a-', '-a', 'dé', 'x1'),
      fc.constantFrom('', '[x]', '[ x , y ]', '[]', '[x,]', '[X]', ' '),
      fc.oneof(
        specifier,
        specifier.map((text) => `(${text})`),
        fc.constantFrom('', ' @ https://h.example/a-1.zip', '@file:///a;b', ' @ ', '==1.0;'),
      ),
      fc.oneof(
        fc.constant(''),
        marker.map((text) => `;${text}`),
        marker.map((text) => ` ; ${text}`),
      ),
    )
    .map((parts) => parts.join('')),
  texts(['a', '==', '1', '.', '*', ',', ';', ' ', '[', ']', '(', ')', '@', 'os_name', "'x'", '<', '!='], 9),
);
const wheelName = fc
  .tuple(
    fc.constantFrom('demo', 'de_mo', 'De.mo', 'dé', 'a__b', 'demo ', ''),
    fc.constantFrom('1.0', '1.0.0', '1_0', '1.0+x', '01', '1.0_1', 'x', '1!2', '1.0rc1'),
    fc.constantFrom('', '', '-1', '-1a', '-a1', '-0'),
    fc.constantFrom('py3', 'py2.py3', 'cp311', 'py3.', 'PY3', 'p y'),
    fc.constantFrom('none', 'abi3.cp311', 'NONE', ''),
    fc.constantFrom('any', 'linux_x86_64', 'manylinux1_x86_64.manylinux_2_5_x86_64', 'a.a', 'any\n'),
    fc.constantFrom('.whl', '.whl', '.whl', '.WHL', '.whl\n'),
  )
  .map(
    ([name, number, build, python, abi, platform, end]) =>
      `${name}-${number}${build}-${python}-${abi}-${platform}${end}`,
  );
const record = texts(
  [
    'a.py',
    'b',
    ',',
    ',',
    'sha256=x',
    '12',
    '"',
    '""',
    '"a,b"',
    '"a""b"',
    '\n',
    '\n',
    '\r\n',
    '\r',
    ' ',
    '\x0b',
    '\x0c',
    '\x1c',
    '\x85',
    '\u2028',
    'é',
    "'",
    '\\',
    '\t',
  ],
  14,
);
const toml = fc
  .array(
    fc.constantFrom(
      ...[
        '[build-system]\n',
        '[ build-system ]\n',
        '["build-system"]\n',
        '[build-system.x]\n',
        '[[build-system]]\n',
        '[tool]\n',
      ],
      ...[
        'requires = ["a"]\n',
        'requires=[\n "b", # c\n "d"\n]\n',
        "requires = ['e\\n']\n",
        'requires = ["\\u0061\\x41"]\n',
        'requires = []\n',
      ],
      ...[
        'build-system.requires = ["f"]\n',
        'build-system = { requires = ["g"] }\n',
        '"requires" = ["h"]\n',
        'requires = """\na"""\n',
      ],
      ...[
        'build-backend = "m"\n',
        'build-backend = """\\\n  n"""\n',
        "build-backend = '''\no'''\n",
        'requires = ["""x\ny"""]\n',
      ],
      ...[
        '# requires = ["z"]\n',
        'a = 1_0\n',
        'b = 1979-05-27\n',
        'c = 0x1F\n',
        'd = [1, "x"]\n',
        '\t',
        ' ',
        '\r\n',
        '\n',
        'e = inf\n',
      ],
      ...[
        '"build-system".requires = ["i"]\n',
        'f = "\\e"\n',
        'g = { a = 1,\n b = 2 }\n',
        'requires = [ "j", ]\n',
        '\ufeff',
        '\x00',
        'h = "\x7f"\n',
      ],
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join(''));

/** The answer of peep; undefined where it refuses. */
function own<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isPeepError(error) || error instanceof RuleViolation) return undefined;
    throw error;
  }
}

/** Where both take a sample, they take it for the same; enough of what is generated has to be taken by both. */
function compare<T>(
  kind: string,
  arbitrary: fc.Arbitrary<T>,
  question: (sample: T) => unknown,
  read: (sample: T) => unknown,
  readers = found,
): void {
  rounds(7, (seed) => {
    const numRuns = samplesOfRound * (readers === newest ? 4 : 1);
    const samples = fc.sample(arbitrary, { seed, numRuns });
    const ours = samples.map((sample) => own(() => read(sample)));
    for (const reader of readers) {
      const theirs = ask(reader, 'packaging.py', { kind, samples: samples.map(question) }) as unknown[];
      let compared = 0;
      for (const [i, answer] of theirs.entries()) {
        const mine = ours[i];
        if (mine === undefined || mine === null || answer === null) continue;
        compared += 1;
        expect(mine, `${reader.label}, seed ${seed}: ${JSON.stringify(samples[i])}`).toEqual(answer);
      }
      expect(compared, reader.label).toBeGreaterThan(samplesOfRound / 25);
    }
  });
}

describe.skipIf(found.length === 0)('peep beside the libraries that pip brings along', () => {
  it('orders and writes versions as packaging does', { timeout }, () => {
    compare(
      'versions',
      fc.tuple(version, version),
      (pair) => pair,
      ([a, b]) => {
        const [first, second] = [parseVersion(a), parseVersion(b)];
        if (first === null || second === null) return undefined;
        return [first.normalized, second.normalized, Math.sign(compareVersions(a, b))];
      },
    );
  });

  it('takes the versions that a specifier takes for packaging', { timeout }, () => {
    compare(
      'contains',
      // packaging 26.2 takes the text `v1` for the prefix of `~=v1.2`, which 26.3 has mended.
      fc
        .tuple(specifier, version)
        .filter(([spec, text]) => !/~= *v/.test(spec) && parseVersion(text) !== null),
      (pair) => pair,
      ([spec, text]) => specifierContains(spec, text),
      newest,
    );
  });

  it('evaluates markers as packaging does', { timeout }, () => {
    compare(
      'markers',
      marker,
      (text) => [text, { ...environment, extra: '' }],
      (text) => evaluateMarker(text, environment),
      newest,
    );
  });

  it('reads requirements as packaging does', { timeout }, () => {
    compare(
      'requirements',
      requirement,
      (text) => text,
      (text) => {
        const { name, extras, specifier: clauses, url, marker: condition } = parseRequirement(text);
        const specs = parseSpecifiers(clauses).map(({ operator, version: number }) => operator + number);
        return [name, extras, specs.sort(), url, condition !== null];
      },
      newest,
    );
  });

  it('reads the names of wheels as pip does', { timeout }, () => {
    compare(
      'wheels',
      wheelName,
      (text) => text,
      (text) => {
        const parsed = parseWheelFilename(text);
        return parsed === null
          ? undefined
          : [parsed.project, parsed.version, [...new Set(parsed.tags)].sort()];
      },
    );
  });

  it('reads RECORD as csv does', { timeout }, () => {
    compare(
      'record',
      record,
      (text) => text,
      (text) => {
        const rows = [...readRecord(text)];
        if (rows.some((row) => 'malformed' in row)) return undefined;
        const cells = rows.map((row) => ('path' in row ? [row.path, row.hash, row.size] : []));
        return [cells, cells];
      },
    );
  });

  it('reads [build-system] as every TOML library does that a pip uses', { timeout }, async () => {
    const end = Date.now() + (minutes / 7) * 60_000;
    for (let seed = firstSeed; seed === firstSeed || Date.now() < end; seed += 1) {
      const samples = fc.sample(toml, { seed, numRuns: samplesOfRound });
      const ours = await Promise.all(samples.map(buildSystem));
      for (const reader of found) {
        const theirs = ask(reader, 'packaging.py', { kind: 'toml', samples }) as unknown[][];
        let compared = 0;
        for (const [i, answers] of theirs.entries())
          for (const answer of answers ?? []) {
            if (ours[i] === undefined || answer === null) continue;
            compared += 1;
            expect(ours[i], `${reader.label}, seed ${seed}: ${JSON.stringify(samples[i])}`).toEqual(answer);
          }
        expect(compared, reader.label).toBeGreaterThan(samplesOfRound / 25);
      }
    }
  });
});

/** As `toml` of packaging.py answers; undefined where peep refuses. */
async function buildSystem(text: string): Promise<unknown> {
  try {
    const { build } = await readStatedNeeds(text, 'pyproject.toml');
    const { buildRequires, buildBackend } = build;
    const isLegacy = buildRequires[0]?.startsWith('setuptools>=') === true;
    return isLegacy ? ['none'] : ['requires', buildRequires, buildBackend ?? null];
  } catch (error) {
    if (error instanceof RuleViolation) return undefined;
    throw error;
  }
}
