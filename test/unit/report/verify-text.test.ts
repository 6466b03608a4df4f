import { expect, it } from 'vitest';
import { parseProjectName } from '../../../src/packaging/name.js';
import { renderDifferences, renderFixPlan } from '../../../src/report/verify-text.js';

const long = `lib/python3.11/site-packages/${'module_'.repeat(9)}.pth`;
const middle = `${'module_'.repeat(9)}.py`;

it('shows each difference on a line, and a reason that does not fit below; a path is never broken', () => {
  const quill = parseProjectName('quill');
  const text = renderDifferences(
    [
      { change: 'changed', project: quill, path: 'quill.py', reason: '7 bytes instead of 8' },
      { change: 'changed', project: quill, path: long, reason: '7 bytes instead of 8' },
      { change: 'changed', project: quill, path: middle, reason: '7 bytes instead of 8' },
      {
        change: 'version',
        project: quill,
        path: null,
        reason: `1.0 is installed, ${'9'.repeat(60)} is pinned`,
      },
      { change: 'unpinned', project: quill, path: null, reason: '1.0' },
    ],
    [],
    (path) => path,
  );
  expect(text).toBe(`quill
    changed  quill.py  (7 bytes instead of 8)
    changed
        ${long}
        7 bytes instead of 8
    changed  ${middle}
             7 bytes instead of 8
    another version
        1.0 is installed,
        ${'9'.repeat(60)} is pinned
    no pin names it  (1.0)
`);
});

it('the plan of --fix names what it leaves, too', () => {
  const plan = { remove: ['/venv/a.py'], reinstall: [], left: ['humanize: no pin names it'] };
  const shown = (path: string) => path.slice(6);
  expect(renderFixPlan(plan, shown)).toBe(
    '--fix will:\n    remove a.py\n    leave humanize: no pin names it\n',
  );
  expect(renderFixPlan({ ...plan, remove: [] }, shown)).toBe(
    'Nothing that --fix can repair.\n    leave humanize: no pin names it\n',
  );
});
