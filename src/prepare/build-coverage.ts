import type { ProjectName } from '../packaging/types.js';
import { clipped } from '../text/clip.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { redactText, redactUrl } from '../text/redact.js';

/** A requirement of a build, read with the target's markers. */
export interface BuildNeed {
  /** As written. */
  readonly requirement: string;
  readonly project: ProjectName;
  readonly extras: readonly string[];
  /** `>=61`, or empty. */
  readonly specifier: string;
  /** PEP 508: an address instead of versions. */
  readonly url: string | undefined;
  /** Does the marker hold for the target, `extra` being asked for (or '')? */
  applies(extra: string): boolean;
  /** Pre-releases count: a pin names them on purpose. */
  admits(version: string): boolean;
}

/** Reads a requirement of `[build-system] requires` or `Requires-Dist`. Throws `PeepError`s for malformed ones. */
export type ReadNeed = (requirement: string) => BuildNeed;

/** A source archive that is to be built. */
export interface SourceToBuild {
  /** `flask 0.9`, for reports. */
  readonly label: string;
  /** From its pyproject.toml, or what a legacy one needs. */
  readonly buildRequires: readonly string[];
  /** What its back end asks for (PEP 517, `get_requires_for_build_wheel`); undefined before it was asked. */
  readonly asked?: readonly string[] | undefined;
}

/** A pinned and verified archive of `--build-requirements`. */
export interface BuildSupply extends SourceToBuild {
  readonly kind: 'wheel' | 'sdist';
  readonly project: ProjectName;
  readonly version: string;
  /** Where a URL is pinned; it meets a need for that very URL alone. */
  readonly url: string | undefined;
  /** `Requires-Dist` of its metadata. */
  readonly requiresDist: readonly string[];
}

/** A build requirement that nothing pinned and verified fulfils. */
export interface MissingNeed {
  readonly project: ProjectName;
  /** Of all who need it, joined by commas; empty when any version does. */
  readonly specifier: string;
  /** `beta 2.0`, `beta 2.0 → setuptools 40.8.0`: each way that leads to it. */
  readonly neededBy: readonly string[];
  /** The version that is pinned but does not fit; undefined when none is pinned. */
  readonly pinned: string | undefined;
  /** The address it is asked for by: only a pin of that address fulfils it. */
  readonly url: string | undefined;
}

export interface Coverage<Supply extends BuildSupply = BuildSupply> {
  /** In the order found, sources first. */
  readonly missing: readonly MissingNeed[];
  /** What was found, each once. */
  readonly supplies: readonly Supply[];
}

/**
 * What the builds of `sources` need, and what that needs in turn (P5): what there is of it in `supplies`, and what is missing.
 * `withBuilds`: also what the source archives among the supplies are built with, which is not part of the build
 * environment of `sources`.
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

/** A requirement of a build is outside text: what cannot be read is told with who asks for it. */
function readFor(text: string, path: string, readNeed: ReadNeed): BuildNeed {
  try {
    return readNeed(text);
  } catch (error) {
    if (!isPeepError(error)) throw error;
    throw new PeepError(
      'BUILD_REQUIREMENT_MALFORMED',
      `'${clipped(redactText(text))}', a build requirement of ${path}, is not a name with versions or an address`,
      {
        cause: error,
        hint: 'Pin a wheel instead, or another version whose build asks for names and versions.',
      },
    );
  }
}

/** The error for what is missing; the caller adds lines ready to paste where it found some. */
export function buildRequirementsMissing(missing: readonly MissingNeed[]): PeepError {
  const lines = missing.map((need) => `  ${describe(need)}, for ${need.neededBy.join(' and ')}`);
  return new PeepError(
    'BUILD_REQUIREMENTS_MISSING',
    `source archives cannot be built: what their builds need is not pinned and verified:\n${lines.join('\n')}`,
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
  // P7: an address may hold credentials.
  if (url !== undefined) return `${project} from ${redactUrl(url)}, which only a pin of that address fulfils`;
  return `${project}${specifier}${pinned === undefined ? '' : ` (${pinned} is pinned)`}`;
}
