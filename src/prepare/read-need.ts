import { evaluateMarker } from '../packaging/marker.js';
import { canonicalizeName, parseProjectName } from '../packaging/name.js';
import { parseRequirement } from '../packaging/requirement.js';
import { specifierContains } from '../packaging/specifier.js';
import type { MarkerEnvironment } from '../packaging/types.js';
import type { ReadNeed } from './build-coverage.js';

/** Parses build requirements for one target (PEP 508). */
export function needReader(environment: MarkerEnvironment): ReadNeed {
  return (text) => {
    const { name, extras, specifier, url, marker } = parseRequirement(text);
    return {
      requirement: text,
      project: parseProjectName(name),
      extras: extras.map(canonicalizeName),
      specifier,
      url: url ?? undefined,
      applies: (extra) => marker === null || evaluateMarker(marker, environment, extra),
      admits: (version) => specifierContains(specifier, version, { prereleases: true }),
    };
  };
}
