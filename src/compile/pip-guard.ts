import { dropWorkingDirectory, runPipModule } from '../install/pip-environment.js';

/**
 * Keeps pip from building. `--only-binary :all:` applies only to archives of indexes: pip still follows a URL in an
 * input or in the metadata of a wheel to a source archive or a repository, and builds it. This code replaces the
 * functions of pip that would do so. A pip without one of these functions is refused, because the guard would then
 * be incomplete. For Python 3.7 and pip 22.2, and later.
 */
const takeBuildsOut = `
def shut():
    try:
        import pip._internal.commands.install
        import pip._internal.distributions.sdist as sdist
        import pip._internal.operations.prepare as prepare
        import pip._internal.utils.subprocess as processes
        from pip._internal.exceptions import InstallationError
        preparer, source = prepare.RequirementPreparer, sdist.SourceDistribution
        original = {name: getattr(preparer, name) for name in ('prepare_linked_requirement', '_prepare_linked_requirement')}
        unpack = prepare.unpack_url
        known = [preparer.prepare_editable_requirement, source.prepare_distribution_metadata, processes.call_subprocess]
        known += [prepare.unpack_vcs_link, prepare.unpack_file]
    except (ImportError, AttributeError) as error:
        sys.exit('peep cannot keep this pip from building archives (%s). Use uv, or allow it with --allow-builds.' % error)

    def refuse(what):
        raise InstallationError('%s is not a wheel, so pip would run its code, which needs --allow-builds' % (what,))

    def check(link):
        if link is None or not link.is_wheel or link.is_vcs or link.is_existing_dir():
            refuse(link)

    def never(*args, **kwargs):
        refuse('an archive')

    def guarded(call):
        def prepared(self, req, *args, **kwargs):
            check(req.link)
            return call(self, req, *args, **kwargs)
        return prepared

    def unpacked(link, *args, **kwargs):
        check(link)
        return unpack(link, *args, **kwargs)

    for name, call in original.items():
        setattr(preparer, name, guarded(call))
    preparer.prepare_editable_requirement = never
    source.prepare_distribution_metadata = never
    prepare.unpack_url = unpacked
    prepare.unpack_vcs_link = prepare.unpack_file = never
    # All that pip starts, builds and version control alike, goes through this one function.
    starts = processes.call_subprocess
    for module in list(sys.modules.values()):
        if getattr(module, '__name__', '').startswith('pip.') and getattr(module, 'call_subprocess', None) is starts:
            module.call_subprocess = never
`;

/** Python code that runs pip like `pipCommand` (P5), but without builds. */
const withoutBuilds = `${dropWorkingDirectory}
${takeBuildsOut}
shut()
${runPipModule}
`;

/**
 * Python code that runs this pip in another interpreter, its first argument. It replaces pip's `--python`, which
 * would start a second pip without the guard. The other interpreter imports only the package `pip` from here.
 */
const withoutBuildsElsewhere = `${dropWorkingDirectory}
import importlib.util, os, subprocess
root = os.path.dirname(list(importlib.util.find_spec('pip').submodule_search_locations)[0])
code = sys.argv[2].replace('@ROOT@', repr(root))
sys.exit(subprocess.call([sys.argv[1], '-c', code] + sys.argv[3:]))
`;

const foreign = `${dropWorkingDirectory}
from importlib.machinery import PathFinder
class PipOfAnother:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return PathFinder.find_spec(name, [@ROOT@], target) if name == 'pip' else None
sys.meta_path.insert(0, PipOfAnother)
${takeBuildsOut}
shut()
${runPipModule}
`;

/** Interpreter arguments for a pip that unpacks only wheels and starts no program. */
export function wheelsOnlyPip(argv: readonly string[], foreignTarget: string | undefined): string[] {
  return foreignTarget === undefined
    ? ['-c', withoutBuilds, ...argv]
    : ['-c', withoutBuildsElsewhere, foreignTarget, foreign, ...argv];
}
