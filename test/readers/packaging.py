# Reads {"kind": ..., "samples": [...]} from stdin and prints what the libraries that pip brings along take each sample
# for; null for what they refuse. Runs on Python 2.7 and 3.6 to the newest.
import csv
import io
import json
import re
import sys

from pip._vendor.packaging import markers, requirements, specifiers, version

py2 = sys.version_info[0] == 2


def tomls():
    found = []
    for name in ('tomllib', 'pip._vendor.tomli', 'pip._vendor.toml', 'pip._vendor.pytoml'):
        try:
            module = __import__(name, fromlist=['loads'])
            found.append(module.loads)
        except ImportError:
            pass
    return found


def wheel_class():
    try:
        from pip._internal.models.wheel import Wheel
    except ImportError:
        try:
            from pip._internal.wheel import Wheel
        except ImportError:
            from pip._internal.index import Wheel
    return Wheel


def versions(sample):
    a, b = [version.Version(text) for text in sample]
    return [str(a), str(b), (a > b) - (a < b)]


def contains(sample):
    spec, text = sample
    found = specifiers.SpecifierSet(spec)
    # Before packaging 22 what PEP 440 does not know was compared by other rules.
    if any(type(each).__name__ != 'Specifier' for each in found):
        return None
    return found.contains(version.Version(text), prereleases=True)


def marker(sample):
    text, environment = sample
    return markers.Marker(text).evaluate(environment)


def requirement(text):
    found = requirements.Requirement(text)
    if any(type(each).__name__ != 'Specifier' for each in found.specifier):
        return None
    specs = sorted(each.operator + each.version for each in found.specifier)
    return [found.name, sorted(found.extras), specs, found.url, found.marker is not None]


def wheel(text):
    found = wheel_class()(text)
    if hasattr(found, 'file_tags'):
        tags = [str(tag) if not isinstance(tag, tuple) else '-'.join(tag) for tag in found.file_tags]
    else:
        tags = ['-'.join((py, abi, plat)) for py in found.pyversions for abi in found.abis for plat in found.plats]
    name = re.sub(r'[-_.]+', '-', found.name).lower()
    return [name, str(version.Version(found.version)), sorted(set(tag.lower() for tag in tags))]


def record(text):
    # pip reads lines that it split before, and an open file.
    raw = text.encode('utf-8') if py2 else text
    rows = []
    for source in (raw.splitlines(), io.BytesIO(raw) if py2 else io.StringIO(text, newline='')):
        found = [[cell.decode('utf-8') if py2 else cell for cell in row] for row in csv.reader(source) if row]
        rows.append([row + [''] * (3 - len(row)) for row in found])
    return rows


def toml(text):
    answers = []
    for loads in tomls():
        try:
            system = loads(text).get('build-system')
            answers.append(None if system is not None and not isinstance(system, dict) else ['none'] if system is None else ['requires', system.get('requires'), system.get('build-backend')])
        except Exception:
            answers.append(None)
    return json.loads(json.dumps(answers, default=str))


kinds = {
    'versions': versions,
    'contains': contains,
    'markers': marker,
    'requirements': requirement,
    'wheels': wheel,
    'record': record,
    'toml': toml,
}


def main():
    question = json.loads(sys.stdin.read())
    read = kinds[question['kind']]
    out = []
    for sample in question['samples']:
        try:
            out.append(read(sample))
        except Exception:
            out.append(None)
    print(json.dumps(out))


main()
