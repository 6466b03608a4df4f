// Runs tests by the Node that runs this: `NODE scripts/suite.mjs TITLE VITEST-ARGUMENTS`. The bundle is built first.
import { runTests, total } from './tests.mjs';

const [title = 'tests', ...args] = process.argv.slice(2);
process.exitCode = total([runTests(`${title}, Node ${process.versions.node}`, args)]);
