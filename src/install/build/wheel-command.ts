import type { Sha256 } from '../../hash/digest.js';
import type { LineOption } from '../../packaging/line-option.js';
import type { ProjectName } from '../../packaging/types.js';
import { fileUrl } from '../file-url.js';
import { fileSubject, verbosityArguments } from '../handover.js';
import { pipCommand } from '../pip-environment.js';
import { type PipVersion, pipAtLeast } from '../pip-version.js';
import {
  type LineSubject,
  type RequirementLine,
  requirementLine,
  requirementsText,
} from '../requirement-line.js';

/** A source archive in staging. */
export interface StagedSource {
  /** Absolute. */
  readonly path: string;
  readonly sha256: Sha256;
  /** Undefined if only the build can tell. */
  readonly project: ProjectName | undefined;
  /** Options of the requirement's own line, such as `--config-settings=K=V`. */
  readonly pipOptions: readonly LineOption[];
}

export interface WheelPlan {
  readonly pip: PipVersion;
  readonly foreignTarget: string | undefined;
  readonly source: StagedSource;
  /** Path of the file with `requirementsText`. */
  readonly requirementsFile: string;
  /** An empty directory for the wheel. */
  readonly wheelDirectory: string;
  /**
   * True if there is an environment of verified build requirements. Otherwise the build uses the packages of the
   * target.
   */
  readonly isolated: boolean;
  /** pip's options from the user. */
  readonly passThrough: readonly LineOption[];
  readonly verbosity: number;
  readonly color: boolean;
  readonly cacheDir: string;
  readonly platform: NodeJS.Platform;
}

export interface WheelCommand {
  /** Arguments of the interpreter that runs pip. */
  readonly argv: readonly string[];
  readonly requirementsText: string;
}

/**
 * The pip run that builds one source archive into a wheel. pip reads no version from the file name, and installs
 * nothing for the build: peep has installed the build requirements from verified files (P5).
 */
export function wheelCommand(plan: WheelPlan): WheelCommand {
  const { pip, passThrough, isolated } = plan;
  const options = passThrough.filter((option) => optionUse(option) !== 'install' && !isSetting(option));
  return {
    argv: pipCommand(
      [
        ...(plan.foreignTarget === undefined ? [] : ['--python', plan.foreignTarget]),
        'wheel',
        ...['--no-index', '--no-deps', '--require-hashes', '--isolated', '--no-build-isolation'],
        ...['--disable-pip-version-check', '--no-input', '--cache-dir', plan.cacheDir],
        ...(usesPep517(pip, passThrough) ? ['--use-pep517'] : []),
        ...['--wheel-dir', plan.wheelDirectory],
        ...verbosityArguments(plan.verbosity),
        ...(plan.color ? [] : ['--no-color']),
        // In an isolated build, leave out options about packages of the target.
        ...options.filter((option) => !/^--no-build-isolation|^--check-build/.test(option) || !isolated),
        ...['-r', plan.requirementsFile],
      ],
      isolated,
    ),
    requirementsText: requirementsText([lineOf(plan)]),
  };
}

function lineOf({ source, passThrough, ...plan }: WheelPlan): RequirementLine {
  const { project, path, sha256, pipOptions } = source;
  // pip compares the name of the built wheel if it knows the expected name.
  const subject: LineSubject =
    project === undefined
      ? { kind: 'file', name: undefined, url: fileUrl(path, plan.platform) }
      : fileSubject(project, path, plan);
  // pip applies settings of its command line only to requirements of its command line.
  const settings = passThrough.filter(isSetting);
  return requirementLine(subject, sha256, [...settings, ...pipOptions]);
}

const ofBuilds =
  /^--(?:config-settings|no-build-isolation|check-build-dependencies|no-clean|no-use-pep517|global-option|build-option)(?:=|$)/;
const ofBoth = /^--(?:ignore-requires-python|log|debug)(?:=|$)/;

/** The pip runs that an option applies to. */
export function optionUse(option: string): 'build' | 'install' | 'both' {
  if (ofBuilds.test(option)) return 'build';
  return ofBoth.test(option) ? 'both' : 'install';
}

/** Archives without pyproject.toml also use a build back end; pip 25.3 supports no other way. */
function usesPep517(pip: PipVersion, passThrough: readonly string[]): boolean {
  const legacy = passThrough.some((option) => /^--(?:no-use-pep517|global-option|build-option)/.test(option));
  return !pipAtLeast(pip, '25.3') && !legacy;
}

function isSetting(option: string): boolean {
  return option.startsWith('--config-settings=');
}

/** Settings as pip passes them to a back end: the last value of a key, or all its values as a list. */
export function configSettings(
  options: readonly string[],
): Readonly<Record<string, string | readonly string[]>> | null {
  const settings = new Map<string, string[]>();
  for (const option of options.filter(isSetting)) {
    const [, key = '', value = ''] = /^--config-settings=([^=]*)=?(.*)$/s.exec(option) ?? [];
    settings.set(key, [...(settings.get(key) ?? []), value]);
  }
  if (settings.size === 0) return null;
  return Object.fromEntries(
    [...settings].map(([key, values]) => [key, values.length === 1 ? (values[0] as string) : values]),
  );
}
