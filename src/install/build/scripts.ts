/** Directories of a build environment: for installed verified archives, and for Python's start-up code. */
export const packagesDirectory = 'packages';
export const startDirectory = 'start';

/**
 * The `sitecustomize` of a build environment, for Python 2.7 and later: it replaces the packages of the target with
 * those of the environment, as pip's own isolated builds do.
 */
export const sitecustomize = `import os, site, sys, sysconfig

own = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), '${packagesDirectory}')
places = set([sysconfig.get_path('purelib'), sysconfig.get_path('platlib')])
places.update(getattr(site, 'getsitepackages', list)())
# What those directories and their .pth files add to the path.
kept = sys.path[:]
for place in places:
    site.addsitedir(place, set())
normal = lambda path: os.path.normcase(os.path.abspath(path))
foreign = set(normal(path) for path in sys.path[len(kept):])
sys.path[:] = [path for path in kept if normal(path) not in foreign]

def is_foreign(module):
    path = getattr(sys.modules.get(module), '__file__', None)
    return path is not None and any(normal(path).startswith(place + os.sep) for place in foreign)

# What their .pth files imported, and the finders that these put in.
sys.meta_path[:] = [
    finder for finder in sys.meta_path
    if not is_foreign(getattr(finder, '__module__', None) or type(finder).__module__)
]
for name in [name for name in list(sys.modules) if is_foreign(name)]:
    del sys.modules[name]
site.addsitedir(own)
`;

/** The input of `askScript`, in the file that its argument names. */
export interface Question {
  readonly archive: string;
  /** An empty directory in which the archive is unpacked. */
  readonly directory: string;
  /** `flit_core.buildapi`, `setuptools.build_meta:__legacy__`. */
  readonly backend: string;
  /** PEP 517: paths below the root of the archive. */
  readonly backendPath: readonly string[];
  readonly settings: Readonly<Record<string, string | readonly string[]>> | null;
  /** File for the answer; printed output of a back end is not part of it. */
  readonly answer: string;
}

/**
 * Gets the build requirements from a back end (PEP 517), for Python 2.7 and later. The archive was inspected
 * before.
 */
export const askScript = `import sys
sys.path[:] = [path for path in sys.path if path]
import importlib, io, json, os, tarfile, zipfile

def text(value):
    return value if str is not bytes else value.encode('utf-8')

def unpack(archive, directory):
    if archive.endswith('.zip') or not tarfile.is_tarfile(archive):
        with zipfile.ZipFile(archive) as source:
            source.extractall(directory)
            for entry in source.infolist():
                if entry.external_attr >> 16 & 0o111 and not entry.filename.endswith('/'):
                    os.chmod(os.path.join(directory, entry.filename), 0o700)
    else:
        with tarfile.open(archive) as source:
            source.extractall(directory, **({'filter': 'data'} if hasattr(tarfile, 'data_filter') else {}))

with io.open(sys.argv[1], encoding='ascii') as file:
    question = json.load(file)
del sys.argv[1:]
directory = text(question['directory'])
unpack(text(question['archive']), directory)
root = os.path.join(directory, os.listdir(directory)[0])
os.chdir(root)
sys.path[:0] = [os.path.normpath(os.path.join(root, text(path))) for path in question['backendPath']]
module, _, names = text(question['backend']).partition(':')
backend = importlib.import_module(module)
for name in names.split('.') if names else []:
    backend = getattr(backend, name)
hook = getattr(backend, 'get_requires_for_build_wheel', None)
needs = [] if hook is None else list(hook(question['settings']))
with open(text(question['answer']), 'wb') as file:
    file.write(json.dumps(needs).encode('ascii'))
`;

/** PEP 518: the default back end, for a source archive that names none or has no pyproject.toml. */
export const legacyBackend = 'setuptools.build_meta:__legacy__';
