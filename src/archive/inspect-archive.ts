import type { VerifiedArchive } from '../hash/verification.js';
import { Findings } from './findings.js';
import { detectFormat } from './format.js';
import type { Depth, Expectation, Finding, Inspect, Inspection, Needs } from './inspection.js';
import { inspectSourceZip, inspectTar } from './sdist/sdist.js';
import type { Listing } from './second/listing.js';
import { readAgain } from './second/read-again.js';
import { inspectWheel } from './wheel/wheel.js';

/**
 * Inspects the contents of a verified archive (contract section 8). Findings are in the order of discovery; a
 * finding that stops the inspection is the last. Throws only errors from reading the bytes.
 */
export const inspectArchive: Inspect = async (archive, expected, options = {}) => {
  const findings = new Findings();
  const { depth = 'full', secondReader } = options;
  const parts = await findings.collect(() => look(archive, expected, depth, findings));
  // Run the second readers only if peep's own reader finds nothing: they expect valid archives.
  const sound = parts !== undefined && findings.list.every(({ severity }) => severity !== 'refuse');
  const second = secondReader ?? (depth === 'full' ? readAgain : undefined);
  if (sound && second !== undefined) {
    const found = await second(archive, parts.listing);
    if (found !== undefined) findings.add('reader-disagrees', found.entry, found.message);
  }
  return {
    kind: /\.whl$/i.test(archive.filename) ? 'wheel' : 'sdist',
    project: parts?.project,
    version: parts?.version,
    findings: options.foldsCase === true ? findings.list.map(refusedWhereCaseFolds) : findings.list,
    needs: parts?.needs ?? nothing,
    licence: parts?.licence,
    ...(parts?.layout === undefined ? {} : { layout: parts.layout }),
  };
};

function refusedWhereCaseFolds(finding: Finding): Finding {
  return finding.rule === 'sdist-name-case' ? { ...finding, severity: 'refuse' } : finding;
}

const nothing: Needs = {
  buildRequires: [],
  buildBackend: undefined,
  backendPath: [],
  requiresDist: [],
  statedRequires: [],
  requiresPython: undefined,
};

async function look(
  archive: VerifiedArchive,
  expected: Expectation,
  depth: Depth,
  findings: Findings,
): Promise<
  Pick<Inspection, 'project' | 'version' | 'needs' | 'licence' | 'layout'> & { readonly listing: Listing }
> {
  const { kind, stem } = await detectFormat(archive, archive.filename, findings);
  if (kind === 'wheel') {
    return inspectWheel(archive, archive.filename, expected, depth, findings);
  }
  if (kind === 'zip') return inspectSourceZip(archive, stem, expected, depth, findings);
  return inspectTar(archive, kind, stem, expected, findings);
}
