import type { MarkerEnvironment, PythonVersion } from '../packaging/types.js';
import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';

/** A Python that `--for` or `--python-version` describes. */
export interface DescribedPython {
  /** Tag name of the implementation: `cp`, `pp`, `py`, … */
  readonly implementation: string;
  /** Missing parts are 0, as pip compares them with Requires-Python. */
  readonly version: PythonVersion;
  /** As written: one number means any Python of that major version. */
  readonly parts: number;
  readonly freeThreaded: boolean;
}

/** The marker variables that a Python decides. */
export type PythonMarkers = Omit<
  MarkerEnvironment,
  'os_name' | 'platform_machine' | 'platform_system' | 'sys_platform'
>;

/** Parses a version as `pip download --python-version` does: `3`, `3.11`, `3.11.4`, `311`. Throws `TARGET_INVALID`. */
export function readPythonVersion(text: string): Pick<DescribedPython, 'version' | 'parts'> {
  const dotted = /^(\d)(?:\.(\d{1,3})(?:\.(\d{1,3}))?)?$/.exec(text) ?? /^(\d)(\d{1,3})$/.exec(text);
  const [, major, minor, micro] = dotted ?? [];
  if (major === undefined || major === '0') {
    throw new PeepError('TARGET_INVALID', `'${printable(text)}' is not a version of Python`, {
      hint: 'Give one such as 3.11, 3.11.4 or 311.',
    });
  }
  const parts = [major, minor, micro].filter((part) => part !== undefined);
  return { version: [Number(major), Number(minor ?? 0), Number(micro ?? 0)], parts: parts.length };
}

/** Parses the Python of `--for`: `3.11`, `cp311`, `3.13t`, `cp313t`, `pp310`. Throws `TARGET_INVALID`. */
export function readPython(text: string): DescribedPython {
  const [, implementation = 'cp', number = '', thread = ''] = /^(cp|pp)?(.*?)(t)?$/.exec(text) ?? [];
  const { version, parts } = readPythonVersion(number);
  const freeThreaded = thread === 't';
  const problem =
    parts < 2
      ? 'name its minor version too'
      : freeThreaded && (implementation !== 'cp' || version[0] < 3 || version[1] < 13)
        ? 'free-threaded builds begin with CPython 3.13'
        : undefined;
  if (problem === undefined) return { implementation, version, parts, freeThreaded };
  throw new PeepError(
    'TARGET_INVALID',
    `'${printable(text)}' is not a Python to choose archives for: ${problem}`,
    {
      hint: 'Give one such as 3.11, 3.11.4, cp313t or pp310.',
    },
  );
}

/** The marker variables of a Python. Release and version of the system are unknown and empty. */
export function pythonMarkers({ implementation, version }: DescribedPython): PythonMarkers {
  const [major, minor] = version;
  const full = version.join('.');
  const known = implementations[implementation] ?? { name: implementation, title: '' };
  // Python 2 has no `sys.implementation`; packaging uses these two values for it.
  const [name, own] = major < 3 ? ['', '0'] : [known.name, known.title === 'CPython' ? full : ''];
  return {
    implementation_name: name,
    implementation_version: own,
    platform_python_implementation: known.title,
    platform_release: '',
    platform_version: '',
    python_full_version: full,
    python_version: `${major}.${minor}`,
  };
}

/** `py` names no implementation: its markers are those of CPython, the usual one. */
const implementations: Readonly<Record<string, { readonly name: string; readonly title: string }>> = {
  cp: { name: 'cpython', title: 'CPython' },
  py: { name: 'cpython', title: 'CPython' },
  pp: { name: 'pypy', title: 'PyPy' },
  ip: { name: 'ironpython', title: 'IronPython' },
  jy: { name: 'jython', title: 'Jython' },
};
