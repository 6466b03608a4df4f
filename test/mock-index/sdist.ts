import { gzipArchive, type TarEntry, type TarTweaks, tarArchive } from './tar-archive.js';
import { type BuiltArchive, built, coreMetadata, type Files, moduleName } from './wheel.js';
import { type ZipTweaks, zipArchive } from './zip-archive.js';

export interface SdistSpec {
  readonly name: string;
  readonly version: string;
  readonly format?: 'tar.gz' | 'zip';
  /**
   * `in-tree` (default): a PEP 517 backend inside the archive that needs nothing; `setuptools`: a
   * pyproject.toml that asks for it; `legacy`: a setup.py alone; `none`: nothing that could build it.
   */
  readonly build?: 'in-tree' | 'setuptools' | 'legacy' | 'none';
  /** pyproject.toml in place of the generated one; null leaves it out. */
  readonly pyproject?: string | null;
  readonly setupPy?: string | null;
  /** PKG-INFO in place of the generated one; null leaves it out. */
  readonly pkgInfo?: string | null;
  readonly requiresDist?: readonly string[];
  readonly requiresPython?: string;
  /** More files, by path under the root directory; one module with `__version__` by default. */
  readonly files?: Files;
  /** `NAME-VERSION` by default. */
  readonly root?: string;
  readonly filename?: string;
  /** Changes the members before the tar is written. */
  readonly members?: (members: readonly TarEntry[]) => readonly TarEntry[];
  readonly tar?: TarTweaks;
  readonly zip?: ZipTweaks;
}

/** Builds a source archive that pip builds and installs. The same spec gives the same bytes. */
export function sdist(spec: SdistSpec): BuiltArchive {
  const { format = 'tar.gz' } = spec;
  const root = spec.root ?? `${spec.name}-${spec.version}`;
  const content = Object.entries(contentsOf(spec)).filter(([, text]) => text !== null) as [
    string,
    string | Uint8Array,
  ][];
  const filename = spec.filename ?? `${spec.name}-${spec.version}.${format}`;
  if (format === 'zip') {
    const entries = content.map(([path, data]) => ({ name: `${root}/${path}`, data }));
    return built(filename, zipArchive(entries, spec.zip));
  }
  const files = content.map(([path, data]): TarEntry => ({ name: `${root}/${path}`, data }));
  const members = [{ name: `${root}/`, type: '5' }, ...files];
  return built(filename, gzipArchive(tarArchive(spec.members?.(members) ?? members, spec.tar)));
}

function contentsOf(spec: SdistSpec): Record<string, string | Uint8Array | null> {
  const module = moduleName(spec.name);
  const generated: Record<string, string> = { 'PKG-INFO': coreMetadata(spec) };
  switch (spec.build ?? 'in-tree') {
    case 'in-tree':
      generated['pyproject.toml'] = inTreeProject;
      generated['build_backend.py'] = inTreeBackend(spec, module);
      break;
    case 'setuptools':
      generated['pyproject.toml'] = setuptoolsProject;
      generated['setup.py'] = setupPy(spec, module);
      break;
    case 'legacy':
      generated['setup.py'] = setupPy(spec, module);
  }
  const own = { 'PKG-INFO': spec.pkgInfo, 'pyproject.toml': spec.pyproject, 'setup.py': spec.setupPy };
  const given = Object.fromEntries(Object.entries(own).filter(([, text]) => text !== undefined));
  const files = spec.files ?? { [`${module}/__init__.py`]: `__version__ = '${spec.version}'\n` };
  return { ...generated, ...given, ...files } as Record<string, string | Uint8Array | null>;
}

const inTreeProject = `[build-system]
requires = []
build-backend = "build_backend"
backend-path = ["."]
`;

const setuptoolsProject = `[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
`;

function setupPy(spec: SdistSpec, module: string): string {
  const requires = JSON.stringify(spec.requiresDist ?? []);
  return `from setuptools import setup
setup(name=${JSON.stringify(spec.name)}, version=${JSON.stringify(spec.version)}, packages=[${JSON.stringify(module)}], install_requires=${requires})
`;
}

/** A backend in the least Python: it zips the module, with the metadata that the PKG-INFO has. */
function inTreeBackend(spec: SdistSpec, module: string): string {
  return `import base64, hashlib, os, zipfile

NAME, VERSION = ${JSON.stringify(spec.name.replace(/[-_.]+/g, '_'))}, ${JSON.stringify(spec.version)}
INFO = '%s-%s.dist-info' % (NAME, VERSION)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    filename = '%s-%s-py2.py3-none-any.whl' % (NAME, VERSION)
    record = []
    with zipfile.ZipFile(os.path.join(wheel_directory, filename), 'w') as archive:
        def add(path, data):
            archive.writestr(path, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()
            record.append('%s,sha256=%s,%d' % (path, digest, len(data)))
        for directory, _, names in sorted(os.walk('${module}')):
            for name in sorted(names):
                if not name.endswith('.pyc'):
                    path = os.path.join(directory, name)
                    with open(path, 'rb') as file:
                        add(path.replace(os.sep, '/'), file.read())
        with open('PKG-INFO', 'rb') as file:
            add(INFO + '/METADATA', file.read())
        add(INFO + '/WHEEL', b'Wheel-Version: 1.0\\nGenerator: mock-index\\nRoot-Is-Purelib: true\\nTag: py2-none-any\\nTag: py3-none-any\\n')
        record.append(INFO + '/RECORD,,')
        archive.writestr(INFO + '/RECORD', '\\n'.join(record) + '\\n')
    return filename
`;
}
