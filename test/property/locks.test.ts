import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateMarker } from '../../src/packaging/marker.js';
import { entriesFor } from '../../src/requirements/entries-for.js';
import { defaultSelection } from '../../src/requirements/lock/selection.js';
import { readRequirements } from '../../src/requirements/read/read-requirements.js';
import { describeFor } from '../../src/target/describe.js';
import { isPeepError } from '../../src/text/errors.js';
import { pdmLock, pipfileLock, poetryLock, pylock } from '../support/locks/flat-locks.js';
import { olderPoetryLock, pdmProject, plainPdmLock, poetryProject } from '../support/locks/graph-locks.js';
import type { Recorded } from '../support/locks/parts.js';
import { lockedProject } from '../support/locks/project.js';
import { uvLock } from '../support/locks/uv-lock.js';
import locks from '../vectors/locks.json' with { type: 'json' };

const project = lockedProject(5);
const exported = (locks as unknown as Recorded)['5'] as Recorded[string];
const files = {
  'uv.lock': uvLock(project),
  'poetry.lock': poetryLock(project, exported),
  'pdm.lock': pdmLock(project, exported),
  'Pipfile.lock': pipfileLock(project, exported),
  'pylock.toml': pylock(project, exported),
} as const;

const { environment } = describeFor('3.11:manylinux_2_28_x86_64');

/** Values of another type, and texts that mean something elsewhere in such files. */
const values = [
  '""',
  '"x"',
  '1',
  '-1',
  'true',
  '[]',
  '[1]',
  '["a"]',
  '{}',
  '[{}]',
  '"extra == \'x\'"',
  '"__proto__"',
  '"."',
];

/** The pyproject.toml beside the lock file, with values of any type where groups stand. */
const pyproject = fc
  .tuple(
    fc.constantFrom(
      'tool.uv.default-groups',
      'tool.uv',
      'tool',
      'dependency-groups',
      'tool.pdm.dev-dependencies',
      'tool.pdm',
    ),
    fc.constantFrom(...values),
  )
  .map(([key, value]) => `${key} = ${value}\n`);

const choice = fc.record({
  allExtras: fc.boolean(),
  allGroups: fc.boolean(),
  noDev: fc.boolean(),
  everything: fc.boolean(),
  extras: fc.subarray(['docs', 'constructor']),
  packages: fc.subarray(['example', 'quill-0']),
});

describe('the readers of lock files', () => {
  it.each(Object.entries(files))('%s: a value or one of peep’s own errors', async (file, text) => {
    const lines = text.split('\n');
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ line: fc.nat(lines.length - 1), kind: fc.nat(4), value: fc.constantFrom(...values) }),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
        choice,
        fc.boolean(),
        pyproject,
        async (changes, selection, skipLocal, beside) => {
          const changed = [...lines];
          for (const { line, kind, value } of changes) {
            const old = changed[line] ?? '';
            if (kind === 0) changed[line] = '';
            else if (kind === 1) changed[line] = `${old}\n${old}`;
            else if (kind === 2) changed[line] = old.replace(/([=:] ).*$/, `$1${value}`);
            else if (kind === 3) changed[line] = old.replace(/"[^"]*"/, value);
            else changed[line] = old.slice(0, old.length / 2);
          }
          await readsOrRefuses(
            file,
            changed.join('\n'),
            { ...defaultSelection, ...selection },
            skipLocal,
            beside,
          );
        },
      ),
      { numRuns: 150 },
    );
  });
});

const besides = {
  'poetry.lock': [olderPoetryLock(project), poetryProject(project)],
  'pdm.lock': [plainPdmLock(project), pdmProject(project)],
} as const;

describe('the readers of lock files that need their pyproject.toml', () => {
  it.each(Object.entries(besides))(
    '%s: a value or one of peep’s own errors',
    async (file, [lock, beside]) => {
      const change = (text: string, changes: readonly Change[]): string => {
        const lines = text.split('\n');
        for (const { line, kind, value } of changes) {
          const at = line % lines.length;
          const old = lines[at] ?? '';
          lines[at] =
            kind === 0
              ? ''
              : kind === 1
                ? old.replace(/(= ).*$/, `$1${value}`)
                : old.replace(/"[^"]*"/, value);
        }
        return lines.join('\n');
      };
      const changes = fc.array(
        fc.record({ line: fc.nat(500), kind: fc.nat(2), value: fc.constantFrom(...values) }),
        { maxLength: 3 },
      );
      await fc.assert(
        fc.asyncProperty(changes, changes, choice, async (inLock, inProject, selection) => {
          const selected = { ...defaultSelection, ...selection };
          await readsOrRefuses(file, change(lock, inLock), selected, false, change(beside, inProject));
        }),
        { numRuns: 150 },
      );
    },
  );
});

interface Change {
  readonly line: number;
  readonly kind: number;
  readonly value: string;
}

async function readsOrRefuses(
  file: string,
  text: string,
  selection: typeof defaultSelection,
  skipLocal: boolean,
  beside: string,
): Promise<void> {
  try {
    const requirements = await readRequirements(
      {
        readFile: async (path) => Buffer.from(path.endsWith('pyproject.toml') ? beside : text),
        exists: async (path) => path.endsWith('pyproject.toml'),
      },
      { entries: [file], env: {}, cwd: resolve('/work-directory'), selection, skipLocal },
    );
    const entries = await entriesFor(requirements, environment);
    expect(entries).toHaveLength(requirements.written.length);
    for (const entry of entries) {
      expect(entry.kind === 'pin' ? entry.pin.place.file : entry.line.place.file).toBe(file);
      if (entry.kind === 'pin' && entry.pin.marker !== undefined)
        evaluateMarker(entry.pin.marker, environment);
    }
  } catch (error) {
    if (!isPeepError(error)) throw error;
  }
}
