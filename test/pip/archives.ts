import { sdist as buildSdist } from '../mock-index/sdist.js';
import { wheel as buildWheel, type Files } from '../mock-index/wheel.js';

/** A pure wheel for every Python. */
export function wheel(
  name: string,
  version: string,
  files: Files,
  requiresDist: readonly string[] = [],
): Buffer {
  return buildWheel({ name, version, files, requiresDist, tag: 'py2.py3-none-any' }).bytes;
}

export function wheelName(name: string, version: string): string {
  return `${name}-${version}-py2.py3-none-any.whl`;
}

/** A source archive that `backendModule` builds. */
export function sdist(name: string, version: string, files: Files = {}): Buffer {
  const pyproject = '[build-system]\nrequires = ["tinybackend"]\nbuild-backend = "tinybackend"\n';
  return buildSdist({ name, version, build: 'none', pyproject, files }).bytes;
}

/** A build backend in one module, for every Python. What a file DYNAMIC names, it asks for before the build. */
export const backendModule = `
import io, os, zipfile
def _fields():
    with io.open('PKG-INFO', encoding='utf8') as f:
        return dict(line.split(': ', 1) for line in f.read().splitlines() if ': ' in line)
def get_requires_for_build_wheel(config_settings=None):
    if not os.path.exists('DYNAMIC'):
        return []
    with io.open('DYNAMIC', encoding='utf8') as f:
        return [str(line) for line in f.read().splitlines()]
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name, version = _fields()['Name'], _fields()['Version']
    info = '%s-%s.dist-info/' % (name, version)
    files = {
        name + '.py': 'SETTINGS = %r' % (config_settings,),
        info + 'METADATA': 'Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n' % (name, version),
        info + 'WHEEL': 'Wheel-Version: 1.0\\nGenerator: tiny\\nRoot-Is-Purelib: true\\nTag: py2-none-any\\nTag: py3-none-any\\n',
    }
    files[info + 'RECORD'] = ''.join('%s,,\\n' % path for path in sorted(files)) + info + 'RECORD,,\\n'
    filename = '%s-%s-py2.py3-none-any.whl' % (name, version)
    with zipfile.ZipFile(os.path.join(wheel_directory, filename), 'w') as archive:
        for path in files:
            archive.writestr(path, files[path])
    return filename
`;
