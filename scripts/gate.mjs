// The gate: format, lint, types, tests. CI runs the same. Ends with `N passed, N failed`. Arguments go to vitest.
import { runStep, runTests, total } from './tests.mjs';

process.exitCode = total([
  runStep('format and lint', 'node_modules/@biomejs/biome/bin/biome', ['check', '.']),
  runStep('types', 'node_modules/typescript/bin/tsc', ['--noEmit']),
  runTests('tests', process.argv.slice(2)),
]);
