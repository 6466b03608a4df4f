import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type FileContent,
  type ParsedFileRequirement,
  parseRequirementsFiles,
} from '../../../src/api/parse-requirements-files.js';
import { PeepError } from '../../../src/text/errors.js';

interface VectorCase {
  readonly id: string;
  readonly group: string;
  readonly files: Readonly<Record<string, FileContent>>;
  readonly entry?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly constraint?: boolean;
  readonly strict?: boolean;
  readonly note?: string;
  readonly expected: {
    readonly requirements?: readonly Record<string, unknown>[];
    readonly options?: Record<string, unknown>;
    readonly error?: { readonly errorClass: string; readonly text: string };
  };
}

const cases = JSON.parse(
  readFileSync(new URL('../../vectors/requirements-files.json', import.meta.url), 'utf8'),
) as VectorCase[];

// Every case holds as recorded: the contract decides none of them otherwise.
describe('the vectors of requirements files', () => {
  it.each(cases.map((vector) => [`${vector.group} ${vector.id}`, vector] as const))('%s', (_, vector) => {
    const read = () =>
      parseRequirementsFiles(vector.files, vector.entry, {
        env: vector.env,
        constraint: vector.constraint ?? false,
      });
    // Where the note says "too", what was recorded is right as well.
    const refuse = vector.strict === true && !/refusing is right too/.test(vector.note ?? '');
    if (refuse || vector.expected.error !== undefined) {
      expect(read).toThrow(PeepError);
      return;
    }
    const { requirements, options } = read();
    expect(requirements.map(comparable)).toEqual((vector.expected.requirements ?? []).map(recorded));
    expect(options).toEqual(vector.expected.options);
  });
});

/** peep's own comments are read in addition, and errors carry peep's codes. */
function comparable(requirement: ParsedFileRequirement): Record<string, unknown> {
  const { hashComments: _, parsed, ...rest } = requirement;
  return { ...rest, parsed: parsed !== null && 'error' in parsed ? 'error' : parsed };
}

function recorded(requirement: Record<string, unknown>): Record<string, unknown> {
  const parsed = requirement.parsed as Record<string, unknown> | null;
  return { ...requirement, parsed: parsed !== null && 'error' in parsed ? 'error' : parsed };
}
