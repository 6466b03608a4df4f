/**
 * The script that the target Python runs: it prints its facts as one line of JSON between `probeMarker`s. For
 * CPython 2.7 and 3, and PyPy. It only imports modules that are built in or loaded at every start of Python,
 * because each import costs milliseconds. So it has its own small JSON writer, and uses `platform` and `sysconfig`
 * only if there is no cheaper way.
 *
 * P5: `-c` puts the working directory first on sys.path; the script removes it before any import.
 */
export const probeMarker = '\u0001peep-probe\u0001';

const script = String.raw`
import sys
sys.path[:] = [p for p in sys.path if p]
import os
sys.path[:] = [p for p in sys.path if os.path.isabs(p)]

def text(v):
    if isinstance(v, bytes):
        return v.decode('utf-8', 'replace')
    if os.name == 'posix' and hasattr(os, 'fsencode'):
        return os.fsencode(v).decode('utf-8', 'surrogateescape')
    return v

def json(v):
    if v is None:
        return 'null'
    if v is True or v is False:
        return 'true' if v else 'false'
    if isinstance(v, int):
        return '%d' % v
    if isinstance(v, (list, tuple)):
        return '[' + ','.join([json(x) for x in v]) + ']'
    if isinstance(v, dict):
        return '{' + ','.join([json(k) + ':' + json(v[k]) for k in sorted(v)]) + '}'
    out = ''
    for c in text(v):
        n = ord(c)
        if n > 0xffff:
            n -= 0x10000
            out += '\\u%04x\\u%04x' % (0xd800 + (n >> 10), 0xdc00 + (n & 0x3ff))
        elif 31 < n < 127 and c not in '"\\':
            out += str(c)
        else:
            out += '\\u%04x' % n
    return '"' + out + '"'

def find(name):
    """The file of a module, not imported; its directory where it has none."""
    if sys.version_info[0] < 3:
        import pkgutil
        loader = pkgutil.find_loader(name)
        if loader is None:
            return None
        path = loader.get_filename()
        return path[:-1] if path.endswith(('.pyc', '.pyo')) else path
    for finder in sys.meta_path:
        if hasattr(finder, 'find_spec'):
            spec = finder.find_spec(name, None)
            if spec is not None:
                if spec.has_location:
                    return spec.origin
                for directory in spec.submodule_search_locations or []:
                    return directory
    return None

def declined(major, newest, arch):
    """PEP 600: what the distributor's module says of each glibc version."""
    try:
        path = find('_manylinux')
        if path is None or os.path.dirname(os.path.realpath(path)) == os.path.realpath(os.getcwd()):
            return []
        import _manylinux as module
    except Exception:
        return []
    old = {5: 'manylinux1_compatible', 12: 'manylinux2010_compatible', 17: 'manylinux2014_compatible'}
    bad = []
    for minor in range(newest, 4, -1):
        answer = None
        if hasattr(module, 'manylinux_compatible'):
            answer = module.manylinux_compatible(major, minor, arch)
        elif minor in old:
            answer = getattr(module, old[minor], None)
        if answer is not None and not answer:
            bad.append([major, minor])
    return bad

def plist(path):
    with open(path) as file:
        words = file.read()
    words = words[words.index('<key>ProductVersion</key>'):]
    return words[words.index('<string>') + 8:words.index('</string>')]

impl = getattr(sys, 'implementation', None)
name = impl.name if impl else ''
kind = 'pypy' if '__pypy__' in sys.builtin_module_names else name or 'cpython'
if impl:
    v = impl.version
    impl_version = '%d.%d.%d' % tuple(v[:3])
    if v[3] != 'final':
        impl_version += v[3][0] + str(v[4])
else:
    impl_version = '0'

def own_prefix(exe):
    """What site.py would make of pyvenv.cfg: the prefix, and may other sites be seen?"""
    for directory in (os.path.dirname(exe), os.path.dirname(os.path.dirname(exe))):
        path = os.path.join(directory, 'pyvenv.cfg')
        if os.path.isfile(path):
            seen = True
            with open(path, 'rb') as file:
                for line in file.read().decode('utf-8', 'replace').splitlines():
                    key, _, value = line.partition('=')
                    if key.strip().lower() == 'include-system-site-packages':
                        seen = value.strip().lower() == 'true'
            return os.path.dirname(os.path.dirname(exe)), seen
    return sys.prefix, True

def sites_of(prefix):
    if sys.version_info[0] > 2:
        # Python 3 alone imports it without running it. Debian's has other directories in virtual environments.
        import site
        usual = os.path.join(prefix, getattr(sys, 'platlibdir', 'lib'), 'python%d.%d' % sys.version_info[:2])
        usual = [os.path.join(prefix, 'lib', os.path.basename(usual)), usual]
        found = site.getsitepackages([prefix])
        return found + [p for p in [os.path.join(u, 'site-packages') for u in usual] if p not in found]
    lib = 'lib/python%d.%d/' % sys.version_info[:2]
    return [os.path.join(prefix, *(part + name).split('/')) for part in (lib, 'local/' + lib)
            for name in ('site-packages', 'dist-packages')]

def user_site():
    if sys.version_info[0] > 2:
        import site
        return [site.getusersitepackages()]
    base = os.environ.get('PYTHONUSERBASE') or os.path.expanduser('~/.local')
    return [os.path.join(base, 'lib', 'python%d.%d' % sys.version_info[:2], 'site-packages')]

layout = {'own_sites': None, 'other_sites': None, 'stdlib': os.path.dirname(os.path.abspath(os.__file__))}
own, base = sys.prefix, getattr(sys, 'real_prefix', getattr(sys, 'base_prefix', sys.prefix))
if sys.flags.no_site:
    own, seen = own_prefix(sys.executable)
    others = (own != base and sites_of(base) or []) + (USER_SITE and user_site() or []) if seen else []
    layout['own_sites'] = [p for p in sites_of(own) if os.path.isdir(p)]
    layout['other_sites'] = [p for p in others if os.path.isdir(p) and p not in layout['own_sites']]

facts = {
    'executable': sys.executable or None,
    'base_executable': getattr(sys, '_base_executable', None) or None,
    'version': list(sys.version_info[:3]),
    'kind': kind,
    'bits': 64 if sys.maxsize > 2 ** 32 else 32,
    'sys_path': layout['own_sites'] is None and sys.path or layout['own_sites'] + layout['other_sites'],
    'prefix': own,
    'base_prefix': base,
    'layout': layout,
    'os_name': os.name,
    'sys_platform': sys.platform,
    'implementation_name': name,
    'implementation_version': impl_version,
    'full_version': sys.version.split()[0],
    'abiflags': getattr(sys, 'abiflags', None),
    'debug': hasattr(sys, 'gettotalrefcount'),
    'wide_unicode': sys.maxunicode > 0xffff,
    'pymalloc': None,
    'free_threaded': False,
    'ext_suffix': None,
    'glibc': None,
    'declined': [],
    'mac_version': None,
    'sysplat': None,
    'mobile': None,
}

if os.name == 'posix' and (sys.platform.startswith('linux') or sys.platform == 'darwin'):
    system, _, release, version, machine = os.uname()
    facts['python_implementation'] = {'cpython': 'CPython', 'pypy': 'PyPy'}.get(kind)
else:
    import platform
    system, release, version, machine = platform.system(), platform.release(), platform.version(), platform.machine()
    import sysconfig
    facts['sysplat'] = sysconfig.get_platform()
    if hasattr(platform, 'android_ver') and system == 'Android':
        facts['mobile'] = [platform.android_ver().api_level]
    if hasattr(platform, 'ios_ver') and system == 'iOS':
        facts['mobile'] = [int(n) for n in platform.ios_ver().release.split('.')[:2]]
        facts['sysplat'] = impl._multiarch
if not facts.get('python_implementation'):
    import platform
    facts['python_implementation'] = platform.python_implementation()
facts.update(system=system, release=release, platform_version=version, machine=machine)

if kind != 'cpython' or sys.version_info[0] < 3 or os.name == 'nt':
    import sysconfig
    facts['ext_suffix'] = sysconfig.get_config_var('EXT_SUFFIX')
    facts['pymalloc'] = sysconfig.get_config_var('WITH_PYMALLOC')
    facts['free_threaded'] = bool(sysconfig.get_config_var('Py_GIL_DISABLED'))
    if sys.version_info[0] < 3 and kind == 'pypy':
        soabi = sysconfig.get_config_var('SOABI')
        facts['ext_suffix'] = soabi and '.%s.so' % soabi
    if facts['abiflags'] is None and kind == 'cpython' and sys.version_info[0] > 2:
        import _imp
        facts['debug'] = facts['debug'] or '_d.pyd' in _imp.extension_suffixes()

if sys.platform.startswith('linux'):
    try:
        facts['glibc'] = os.confstr('CS_GNU_LIBC_VERSION')
        numbers = facts['glibc'].split()[1].split('.')
        arch = machine if facts['bits'] == 64 else {'x86_64': 'i686', 'aarch64': 'armv7l'}.get(machine, machine)
        facts['declined'] = declined(int(numbers[0]), int(numbers[1]), arch)
    except Exception:
        pass

if sys.platform == 'darwin':
    try:
        facts['mac_version'] = plist('/System/Library/CoreServices/SystemVersion.plist')
    except Exception:
        import platform
        facts['mac_version'] = platform.mac_ver()[0]

try:
    # Looked for, never imported.
    sys.path += layout['own_sites'] or []
    sys.path += layout['other_sites'] or []
    facts['pip'] = find('pip')
except Exception:
    facts['pip'] = None

sys.stdout.write('\n\001peep-probe\001' + json(facts) + '\001peep-probe\001\n')
sys.stdout.flush()
`;

/**
 * Returns the script. Started without `site` (`-S`), it finds the directories of distributions from pyvenv.cfg and
 * the file system, and imports nothing from the environment. `userSite`: include the user's own site-packages.
 */
export function probeScript(userSite: boolean): string {
  return script.replaceAll('USER_SITE', userSite ? 'True' : 'False');
}
