import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/archive/inspection.js';
import { archiveRefused, refusals, warnings } from '../../../src/archive/verdict.js';

const refused: Finding = { rule: 'zip-gap', severity: 'refuse', entry: 'a.py', message: '3 bytes' };
const warned: Finding = { rule: 'wheel-tags', severity: 'warn', entry: undefined, message: 'other tags' };
const archive = { filename: 'demo-1.0-py3-none-any.whl' };

describe('the verdict on findings', () => {
  it('refuses for refusals, and for warnings with strict', () => {
    const inspection = { findings: [warned, refused] };
    expect(refusals(inspection, false)).toEqual([refused]);
    expect(refusals(inspection, true)).toEqual([warned, refused]);
    expect(warnings(inspection)).toEqual([warned]);
  });

  it('is no error without anything to refuse', () => {
    expect(archiveRefused(archive, { findings: [warned] }, false)).toBeUndefined();
    expect(archiveRefused(archive, { findings: [] }, true)).toBeUndefined();
  });

  it('names archive, rule and entry', () => {
    const error = archiveRefused(archive, { findings: [refused, warned] }, true);
    expect(error).toMatchObject({
      code: 'ARCHIVE_REFUSED',
      facts: { filename: archive.filename, rule: 'zip-gap', entry: 'a.py', rules: ['zip-gap', 'wheel-tags'] },
    });
    expect(error?.message).toBe(
      "'demo-1.0-py3-none-any.whl' is refused because of its contents, although its digest matches:\n" +
        "  zip-gap: 'a.py': 3 bytes\n  wheel-tags: other tags",
    );
    expect(error?.hint).toContain('docs/archive-rules.md');
  });

  it('says that strict is why, when only warnings are there', () => {
    expect(archiveRefused(archive, { findings: [warned] }, true)?.hint).toContain('--strict');
  });
});
