import { Findings } from './findings.js';
import type { Inspect } from './inspect.js';
import { inspectWheel } from './wheel/wheel.js';

/**
 * Looks inside a verified archive (contract section 8). Findings are in the order of discovery; one that ends the
 * look is the last. Throws only what reading the archive's bytes throws.
 */
export const inspectArchive: Inspect = async (archive, expected, options = {}) => {
  const depth = options.depth ?? 'full';
  const findings = new Findings();
  const parts = await findings.collect(() =>
    inspectWheel(archive, archive.filename, expected, depth, findings),
  );
  return {
    kind: 'wheel',
    project: parts?.project,
    version: parts?.version,
    findings: findings.list,
    buildRequires: [],
  };
};
