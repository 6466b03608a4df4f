import { dropWorkingDirectory, runPipModule } from '../install/pip-environment.js';

/**
 * pip's `--only-binary :all:` is about the archives of indexes alone: it follows a URL in an input or in the metadata
 * of a wheel to a source archive or a repository, and runs its build. This code takes those ways out of pip before
 * it starts. A pip that lacks one of these names is refused, so a future pip is not taken for a guarded one.
 * For Python 3.7 and pip 22.2, and later.
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

/** Runs pip with `argv`, from outside of the working directory (P5), as `pipCommand` does, and without builds. */
const withoutBuilds = `${dropWorkingDirectory}
${takeBuildsOut}
shut()
${runPipModule}
`;

/**
 * What pip's `--python` does, because that starts a second pip without the guard: the first argument is the other
 * interpreter, which imports the package `pip` of this one, and nothing else of it.
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

/** Interpreter arguments that run a pip which unpacks wheels alone, and starts no program. */
export function wheelsOnlyPip(argv: readonly string[], foreignTarget: string | undefined): string[] {
  return foreignTarget === undefined
    ? ['-c', withoutBuilds, ...argv]
    : ['-c', withoutBuildsElsewhere, foreignTarget, foreign, ...argv];
}
