// Counts tests for scripts/tests.mjs, and says of what was skipped why. Writes to the file PEEP_TEST_RESULTS.
import { readFileSync, writeFileSync } from 'node:fs';

// biome-ignore lint/style/noDefaultExport: vitest takes the default export of a reporter.
export default class CountingReporter {
  onTestRunEnd(modules) {
    const counts = { passed: 0, failed: 0, skipped: [] };
    for (const module of modules) {
      const groups = new Map();
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') counts.failed += 1;
        else {
          const { title, reason } = skipOf(test, note);
          groups.set(title, { count: (groups.get(title)?.count ?? 0) + 1, reason });
        }
      }
      for (const [title, { count, reason }] of groups)
        counts.skipped.push(
          `${module.relativeModuleId}: ${title}${count > 1 ? ` (${count} tests)` : ''}: ${reason}`,
        );
    }
    writeFileSync(process.env.PEEP_TEST_RESULTS, JSON.stringify(counts));
  }
}

/** The reason that the test gave, or the condition that it or a group around it stands under. */
function skipOf(test, note) {
  if (note !== undefined) return { title: test.name, reason: note };
  const around = [];
  for (let task = test; task.type !== 'module'; task = task.parent) around.unshift(task);
  const skipped = around.find((task) => task.options.mode === 'skip') ?? test;
  const lines = readFileSync(test.module.moduleId, 'utf8').split('\n');
  const line = lines[(skipped.location?.line ?? 0) - 1] ?? '';
  const [, how, condition] = /\.(skipIf|runIf)\((.*?)\)(?:\.each)?\(/.exec(line) ?? [];
  const reason = condition === undefined ? 'no reason given' : `${how === 'runIf' ? 'not ' : ''}${condition}`;
  return { title: skipped.name, reason };
}
