import type { ProjectName } from '../packaging/types.js';
import { clipped } from '../text/clip.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { redactText, redactUrl } from '../text/redact.js';

/** A requirement of a build, parsed with the target's markers. */
export interface BuildNeed {
  /** As written. */
  readonly requirement: string;
  readonly project: ProjectName;
  readonly extras: readonly string[];
  /** `>=61`, or empty. */
  readonly specifier: string;
  /** PEP 508: a URL instead of versions. */
  readonly url: string | undefined;
  /** True if the marker holds for the target; `extra` is the requested extra (or ''). */
  applies(extra: string): boolean;
  /** True if `version` fits. Pre-releases are allowed: a pin names them on purpose. */
  admits(version: string): boolean;
}

/** Parses a requirement of `[build-system] requires` or `Requires-Dist`. Throws a `PeepError` if it is malformed. */
export type ReadNeed = (requirement: string) => BuildNeed;

/** A source archive to build. */
export interface SourceToBuild {
  /** `flask 0.9`, for reports. */
  readonly label: string;
  /** Build requirements from its pyproject.toml, or those of a legacy project. */
  readonly buildRequires: readonly string[];
  /**
   * Build requirements that its back end reports (PEP 517, `get_requires_for_build_wheel`); undefined until it has
   * run.
   */
  readonly asked?: readonly string[] | undefined;
}

/** A pinned and verified archive of `--build-requirements`. */
export interface BuildSupply extends SourceToBuild {
  readonly kind: 'wheel' | 'sdist';
  readonly project: ProjectName;
  readonly version: string;
  /** Set for a pinned URL; it meets only a requirement with this URL. */
  readonly url: string | undefined;
  /** `Requires-Dist` of its metadata. */
  readonly requiresDist: readonly string[];
}

/** A build requirement that no pinned and verified archive meets. */
export interface MissingNeed {
  readonly project: ProjectName;
  /** The specifiers of all that require it, joined by commas; empty if any version fits. */
  readonly specifier: string;
  /** `beta 2.0`, `beta 2.0 → setuptools 40.8.0`: each chain of requirements that leads to it. */
  readonly neededBy: readonly string[];
  /** The version that is pinned but does not fit; undefined if none is pinned. */
  readonly pinned: string | undefined;
  /** The URL of the requirement: only a pin of that URL meets it. */
  readonly url: string | undefined;
  /** True if no index of the run has a version that fits. */
  readonly isUnknown?: boolean;
}

export interface Coverage<Supply extends BuildSupply = BuildSupply> {
  /** In the order of discovery, sources first. */
  readonly missing: readonly MissingNeed[];
  /** The supplies that were found, without duplicates. */
  readonly supplies: readonly Supply[];
}

/**
 * The build requirements of `sources`, and their requirements in turn (P5): those available in `supplies`, and
 * those that are missing. `withBuilds`: also the build requirements of source archives among the supplies, which
 * are not part of the build environment of `sources`.
 */
export function coverBuilds<Supply extends BuildSupply>(
  sources: readonly SourceToBuild[],
  supplies: readonly Supply[],
  readNeed: ReadNeed,
  withBuilds: boolean,
): Coverage<Supply> {
  const byProject = new Map(supplies.map((supply) => [supply.project, supply]));
  const missing = new Map<string, MissingNeed>();
  const found = new Set<Supply>();
  const followed = new Set<string>();
  const queue: Step[] = sources.map((source) => ({ needs: buildNeeds(source), path: source.label }));

  for (const { needs, path, extras = [''] } of queue) {
    for (const { text, why = '' } of needs) {
      const need = readFor(text, path + why, readNeed);
      if (!extras.some((extra) => need.applies(extra))) continue;
      const supply = byProject.get(need.project);
      if (supply === undefined || !meets(supply, need)) {
        note(missing, need, supply, path + why);
        continue;
      }
      const next = `${path}${why} → ${supply.label}`;
      if (!found.has(supply) && supply.kind === 'sdist' && withBuilds)
        queue.push({ needs: buildNeeds(supply), path: next });
      found.add(supply);
      const wanted = ['', ...need.extras].filter((extra) => !followed.has(`${need.project}[${extra}]`));
      if (wanted.length === 0) continue;
      for (const extra of wanted) followed.add(`${need.project}[${extra}]`);
      queue.push({ needs: supply.requiresDist.map((each) => ({ text: each })), path: next, extras: wanted });
    }
  }
  return { missing: [...missing.values()], supplies: [...found] };
}

interface Step {
  readonly needs: readonly { readonly text: string; readonly why?: string }[];
  readonly path: string;
  readonly extras?: readonly string[];
}

function buildNeeds({ buildRequires, asked = [] }: SourceToBuild): Step['needs'] {
  return [
    ...buildRequires.map((text) => ({ text })),
    ...asked.map((text) => ({ text, why: ' (its back end asks for it)' })),
  ];
}

function meets(supply: BuildSupply, need: BuildNeed): boolean {
  return need.url === undefined ? need.admits(supply.version) : need.url === supply.url;
}

/** A build requirement is untrusted text: the error for an unreadable one names the archives that require it. */
function readFor(text: string, path: string, readNeed: ReadNeed): BuildNeed {
  try {
    return readNeed(text);
  } catch (error) {
    if (!isPeepError(error)) throw error;
    throw new PeepError(
      'BUILD_REQUIREMENT_MALFORMED',
      `'${clipped(redactText(text))}', a build requirement of ${path}, is neither a name with versions nor a URL`,
      {
        cause: error,
        hint: 'Pin a wheel instead, or another version whose build asks for names and versions.',
      },
    );
  }
}

/** The error for missing build requirements; the caller adds lines to paste if it found some. */
export function buildRequirementsMissing(missing: readonly MissingNeed[]): PeepError {
  const lines = missing.map((need) => {
    const unknown = need.isUnknown === true ? '; no index has a version of it that fits' : '';
    return `  ${describe(need)}, for ${need.neededBy.join(' and ')}${unknown}`;
  });
  return new PeepError(
    'BUILD_REQUIREMENTS_MISSING',
    `source archives cannot be built, because these build requirements are not pinned and verified:\n${lines.join('\n')}`,
    {
      hint: 'Pin each with its hash in a file and name it with --build-requirements FILE, or pin wheels instead.',
      facts: { missing: missing.map(({ project, specifier }) => project + specifier) },
    },
  );
}

function note(
  missing: Map<string, MissingNeed>,
  need: BuildNeed,
  supply: BuildSupply | undefined,
  path: string,
): void {
  const key = need.url === undefined ? need.project : `${need.project} @ ${need.url}`;
  const before = missing.get(key);
  const specifiers = new Set([...(before?.specifier.split(',') ?? []), ...need.specifier.split(',')]);
  specifiers.delete('');
  missing.set(key, {
    project: need.project,
    specifier: [...specifiers].join(','),
    neededBy: [...new Set([...(before?.neededBy ?? []), path])],
    pinned: supply?.version,
    url: need.url,
  });
}

function describe({ project, specifier, pinned, url }: MissingNeed): string {
  // P7: a URL may contain credentials.
  if (url !== undefined) return `${project} from ${redactUrl(url)}, which only a pin of that URL meets`;
  return `${project}${specifier}${pinned === undefined ? '' : ` (${pinned} is pinned)`}`;
}
