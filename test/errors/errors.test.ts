import { describe, expect, it, vi } from 'vitest';
import { type ErrorCode, errorCodes } from '../../src/text/errors.js';
import { printable } from '../../src/text/redact.js';
import { errorsPage, type Room } from './errors-page.js';
import { installCases } from './install-cases.js';
import { networkCases } from './network-cases.js';
import { provenanceCases } from './provenance-cases.js';
import { registryCases } from './registry-cases.js';
import { requirementsCases } from './requirements-cases.js';
import { settingsCases } from './settings-cases.js';
import { makeWorld, type Shown } from './world.js';

/** Every error that is made, in place of what nobody prints: its code. */
const made = vi.hoisted(() => [] as { code: string; message: string; hint: string | undefined }[]);
vi.mock('../../src/text/errors.js', async (original) => {
  const actual = await original<typeof import('../../src/text/errors.js')>();
  class RecordedError extends actual.PeepError {
    constructor(...args: ConstructorParameters<typeof actual.PeepError>) {
      super(...args);
      made.push(this);
    }
  }
  return { ...actual, PeepError: RecordedError };
});

const rooms: readonly Room[] = [
  { title: 'Requirements files', cases: requirementsCases },
  { title: 'Command line, configuration, directories', cases: settingsCases },
  { title: 'Indexes, archives and the network', cases: networkCases },
  { title: 'Registries as stores', cases: registryCases },
  { title: 'Publishers', cases: provenanceCases },
  { title: 'pip and uv', cases: installCases },
];
const cases = rooms.flatMap((room) => room.cases);
const results = new Map<ErrorCode, Shown>();

describe('the error catalogue', () => {
  it('has each code of src/text/errors.ts once', () => {
    expect(cases.map(({ code }) => code).sort()).toEqual(Object.keys(errorCodes).sort());
  });

  it.each(cases)('$code is shown with a place and a way out', async ({ code, run }) => {
    await using world = makeWorld();
    made.length = 0;
    const result = await run(world);
    results.set(code, result);
    const found = made.filter((error) => error.code === code);
    expect(found.map((error) => error.code)).toContain(code);
    // A mismatch is told by a report of its own, in capitals.
    if (code === 'DIGEST_MISMATCH') expect(result.text).toContain('UPDATE ITS HASHES. IF NOT, FREAK OUT');
    else
      expect(found.some(({ message }) => flat(result.text).includes(flat(world.shown(message))))).toBe(true);
    // Where to look: a line of a file, a quoted value, an address or an option.
    expect(result.text).toMatch(/, line \d+|'[^']+'|https?:\/\/|`[^`]+`|-[a-z]/);
    if (code !== 'DIGEST_MISMATCH') expect(result.text).toMatch(/^ *hint: \S/m);
    expect(result.status).toBe(
      ['USAGE', 'SIZE_INVALID', 'TARGET_INVALID', 'STORE_ADDRESS'].includes(code) ? 2 : 1,
    );
  });

  it('is docs/errors.md (vitest -u writes it)', async () => {
    expect(results.size).toBe(cases.length);
    await expect(errorsPage(rooms, results)).toMatchFileSnapshot('../../docs/errors.md');
  });
});

/** Reports wrap messages. */
function flat(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' ').trim());
}
