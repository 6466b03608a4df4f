import type { ProjectName } from '../../packaging/types.js';
import {
  type BuildSupply,
  coverBuilds,
  type MissingNeed,
  type ReadNeed,
  type SourceToBuild,
} from '../../prepare/build-coverage.js';
import { PeepError } from '../../text/errors.js';
import type { ArchiveSource } from '../install-archives.js';
import type { Builder } from './builder.js';
import type { BuildSource, BuildWheel } from './types.js';

/** A source archive, with the build requirements that it declares. */
export interface Buildable extends SourceToBuild {
  readonly source: BuildSource;
}

/** An archive of `--build-requirements`. */
export type Supply = BuildSupply &
  (
    | { readonly kind: 'wheel'; readonly wheel: BuildWheel }
    | { readonly kind: 'sdist'; readonly source: BuildSource }
  );

/** A wheel that was built and inspected. */
export interface LookedInto extends BuildWheel {
  /** `Requires-Dist` of its metadata. */
  readonly requiresDist: readonly string[];
}

export interface BuildSessionDeps {
  readonly builder: Builder;
  readonly readNeed: ReadNeed;
  /** Throws if the wheel is not the pinned project and version, or breaks a rule for wheels. */
  readonly inspect: (wheel: ArchiveSource, source: BuildSource) => Promise<LookedInto>;
}

/**
 * The builds of a run, in environments that contain only pinned and verified archives (P5). Build back ends report
 * their requirements before the builds start, because these requirements must be pinned too.
 */
export class BuildSession {
  readonly #deps: BuildSessionDeps;
  #supplies: readonly Supply[];
  readonly #asked = new Map<BuildSource, Buildable>();

  constructor(supplies: readonly Supply[], deps: BuildSessionDeps) {
    this.#supplies = supplies;
    this.#deps = deps;
  }

  /** The known build requirements of each of `sources`, including those that its back end reports. */
  known(sources: readonly Buildable[]): readonly Buildable[] {
    return sources.map((each) => this.#asked.get(each.source) ?? each);
  }

  /** The sources, with the requirements that their back ends report. */
  get supplies(): readonly Supply[] {
    return this.#supplies;
  }

  /**
   * Runs each back end whose own requirements are available, to get its build requirements. The returned missing
   * requirements are all that can be found without running unverified code.
   */
  async ask(sources: readonly Buildable[]): Promise<readonly MissingNeed[]> {
    for (const source of sources) await this.#ask(source, []);
    return coverBuilds(this.known(sources), this.#supplies, this.#deps.readNeed, true).missing;
  }

  /** Builds a source archive whose build requirements are known and complete. */
  async build(source: Buildable): Promise<ArchiveSource> {
    const requirements = await this.#environment(this.#asked.get(source.source) ?? source, []);
    if (requirements === undefined)
      throw new Error(`the build requirements of ${source.label} are not known yet`);
    return this.#deps.builder.build(source.source, requirements);
  }

  async #ask(
    buildable: Buildable,
    outer: readonly BuildSource[],
  ): Promise<readonly BuildWheel[] | undefined> {
    const { source } = buildable;
    const requirements = await this.#environment(buildable, outer);
    if (requirements === undefined) return undefined;
    const asked = this.#asked.get(source)?.asked ?? (await this.#deps.builder.ask(source, requirements));
    const complete = { ...buildable, asked };
    this.#asked.set(source, complete);
    return asked.length === 0 ? requirements : this.#environment(complete, outer);
  }

  /**
   * The wheels that a build uses; source archives among its requirements are built first. Undefined if some are
   * missing.
   */
  async #environment(
    buildable: SourceToBuild,
    outer: readonly BuildSource[],
  ): Promise<readonly BuildWheel[] | undefined> {
    for (const failed = new Set<ProjectName>(); ; ) {
      const { supplies, missing } = coverBuilds([buildable], this.#supplies, this.#deps.readNeed, false);
      const next = supplies.find((supply) => supply.kind === 'sdist' && !failed.has(supply.project));
      if (next?.kind !== 'sdist') {
        if (missing.length > 0 || failed.size > 0) return undefined;
        return supplies.flatMap((supply) => (supply.kind === 'wheel' ? [supply.wheel] : []));
      }
      if (!(await this.#buildSupply(next, outer))) failed.add(next.project);
    }
  }

  /** Builds a supply, and uses the wheel from then on. False if one of its build requirements is missing. */
  async #buildSupply(supply: Supply & { kind: 'sdist' }, outer: readonly BuildSource[]): Promise<boolean> {
    const { source } = supply;
    if (outer.includes(source)) throw circular([...outer.slice(outer.indexOf(source)), source]);
    const requirements = await this.#ask(supply, [...outer, source]);
    const complete = { ...supply, asked: this.#asked.get(source)?.asked };
    const replace = (by: Supply) => {
      this.#supplies = this.#supplies.map((each) => (each.project === supply.project ? by : each));
    };
    if (requirements === undefined) {
      replace(complete);
      return false;
    }
    const wheel = await this.#deps.inspect(await this.#deps.builder.build(source, requirements), source);
    replace({ ...complete, kind: 'wheel', wheel, requiresDist: wheel.requiresDist });
    return true;
  }
}

function circular(sources: readonly BuildSource[]): PeepError {
  return new PeepError(
    'BUILD_REQUIREMENTS_CIRCULAR',
    `source archives need each other to be built: ${sources.map(({ label }) => label).join(' → ')}`,
    { hint: 'Pin a wheel of one of them in the file of --build-requirements.' },
  );
}
