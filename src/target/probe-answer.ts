import type { MarkerEnvironment, PythonVersion } from '../packaging/types.js';
import type { VersionPair } from './platforms.js';
import { probeMarker } from './probe-script.js';
import type { SiteLayout } from './target.js';

/** The parsed and checked output of the probe script. */
export interface ProbeAnswer {
  readonly executable: string | undefined;
  readonly baseExecutable: string | undefined;
  readonly version: PythonVersion;
  /** `cpython`, `pypy`, `graalpy`, … */
  readonly kind: string;
  readonly bits: 32 | 64;
  readonly sysPath: readonly string[];
  readonly prefix: string;
  readonly basePrefix: string;
  readonly stdlib: string | undefined;
  readonly layout: SiteLayout | undefined;
  readonly environment: MarkerEnvironment;
  readonly abiflags: string | undefined;
  readonly debug: boolean;
  readonly wideUnicode: boolean;
  readonly pymalloc: boolean | undefined;
  readonly freeThreaded: boolean;
  readonly extSuffix: string | undefined;
  /** Undefined if the C library is not glibc. */
  readonly glibc: VersionPair | undefined;
  readonly declined: readonly VersionPair[];
  readonly macVersion: VersionPair | undefined;
  /** `sysconfig.get_platform()`, on systems where it decides the platform. */
  readonly sysplat: string | undefined;
  /** Android's API level, or the version of iOS. */
  readonly mobile: readonly number[] | undefined;
  /** The path at which `import pip` would find it: its `__init__.py`, or a directory without one. */
  readonly pip: string | undefined;
}

/** Parses the output of the probe; undefined if it does not have the form that the script prints. */
export function readAnswer(output: string): ProbeAnswer | undefined {
  // Start-up files of the environment may have printed text before or after it.
  const end = output.lastIndexOf(probeMarker);
  const start = output.lastIndexOf(probeMarker, end - 1);
  if (start < 0 || end <= start) return undefined;
  let facts: unknown;
  try {
    facts = JSON.parse(output.slice(start + probeMarker.length, end));
  } catch {
    return undefined;
  }
  return typeof facts === 'object' && facts !== null ? fromFacts(facts as Facts) : undefined;
}

type Facts = Readonly<Record<string, unknown>>;

function fromFacts(facts: Facts): ProbeAnswer | undefined {
  const text = (name: string): string | undefined => textOf(facts[name]);
  const version = listOf(facts.version, numberOf);
  const [major, minor, micro] = version ?? [];
  const kind = text('kind');
  const prefix = text('prefix');
  const fullVersion = text('full_version');
  const sysPath = Array.isArray(facts.sys_path) ? facts.sys_path : undefined;
  if (major === undefined || minor === undefined || micro === undefined) return undefined;
  if (kind === undefined || prefix === undefined || fullVersion === undefined || sysPath === undefined) {
    return undefined;
  }
  const marker = (name: string): string => text(name) ?? '';
  return {
    executable: text('executable'),
    baseExecutable: text('base_executable'),
    version: [major, minor, micro],
    kind,
    bits: facts.bits === 32 ? 32 : 64,
    sysPath: sysPath.map(textOf).filter((path) => path !== undefined),
    prefix,
    basePrefix: text('base_prefix') ?? prefix,
    ...readLayout(facts.layout),
    environment: {
      implementation_name: marker('implementation_name'),
      implementation_version: marker('implementation_version'),
      os_name: marker('os_name'),
      platform_machine: marker('machine'),
      platform_python_implementation: marker('python_implementation'),
      platform_release: marker('release'),
      platform_system: marker('system'),
      platform_version: marker('platform_version'),
      // A build from a checkout has the version `3.14.0a1+`, which is not valid; packaging adds `local` to it.
      python_full_version: fullVersion.endsWith('+') ? `${fullVersion}local` : fullVersion,
      python_version: fullVersion.split('.').slice(0, 2).join('.'),
      sys_platform: marker('sys_platform'),
    },
    // Empty is a valid value: a build without any of the flags.
    abiflags: typeof facts.abiflags === 'string' ? facts.abiflags : undefined,
    debug: facts.debug === true,
    wideUnicode: facts.wide_unicode !== false,
    pymalloc: typeof facts.pymalloc === 'number' ? facts.pymalloc !== 0 : undefined,
    freeThreaded: facts.free_threaded === true,
    extSuffix: text('ext_suffix'),
    glibc: pairOf(/^glibc (\d+)\.(\d+)/.exec(text('glibc') ?? '')),
    declined: (listOf(facts.declined, (pair) => listOf(pair, numberOf)) ?? []).map(([a = 0, b = 0]) => [
      a,
      b,
    ]),
    macVersion: pairOf(/^(\d+)(?:\.(\d+))?/.exec(text('mac_version') ?? '')),
    sysplat: text('sysplat'),
    mobile: listOf(facts.mobile, numberOf),
    pip: text('pip'),
  };
}

function readLayout(value: unknown): Pick<ProbeAnswer, 'stdlib' | 'layout'> {
  const facts: Facts = typeof value === 'object' && value !== null ? (value as Facts) : {};
  const own = listOf(facts.own_sites, textOf);
  const others = listOf(facts.other_sites, textOf);
  return {
    stdlib: textOf(facts.stdlib),
    layout: own === undefined || others === undefined ? undefined : { own, others },
  };
}

/** Text that can be a path or a name: not empty, no lone surrogates (bytes that are not UTF-8), no NUL. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && !/[\0]|[\ud800-\udfff]/u.test(value)
    ? value
    : undefined;
}

/** A part of a version. It must be a realistic number, because tags count down from it. */
function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 1000
    ? value
    : undefined;
}

function listOf<T>(value: unknown, item: (each: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map(item).filter((each) => each !== undefined);
}

function pairOf(match: RegExpExecArray | null): VersionPair | undefined {
  const [major, minor] = [numberOf(Number(match?.[1])), numberOf(Number(match?.[2] ?? 0))];
  return major === undefined || minor === undefined ? undefined : [major, minor];
}
