import { absolutePath, type PathContext } from '../config/values.js';
import { PeepError } from '../text/errors.js';
import type { PassedOption } from './arguments.js';

type UvForm = 'same' | 'none' | { readonly name: string };

/** What becomes of pip's options where uv installs; those that are not here are refused. */
const uvForms: ReadonlyMap<string, UvForm> = new Map<string, UvForm>([
  ['--target', 'same'],
  ['--prefix', 'same'],
  ['--break-system-packages', 'same'],
  ['--compile', { name: '--compile-bytecode' }],
  ['--force-reinstall', { name: '--reinstall' }],
  // What uv does anyway, or has nothing to warn of.
  ['--no-compile', 'none'],
  ['--no-user', 'none'],
  ['--upgrade', 'none'],
  ['--root-user-action', 'none'],
  ['--no-warn-script-location', 'none'],
  ['--no-warn-conflicts', 'none'],
  // About builds, which are pip's: see `installWithUv`.
  ['--config-settings', 'none'],
  ['--no-build-isolation', 'none'],
  ['--check-build-dependencies', 'none'],
  ['--no-clean', 'none'],
  ['--no-use-pep517', 'none'],
  ['--global-option', 'none'],
  ['--build-option', 'none'],
]);

/**
 * uv's arguments for the options of `pip install`; paths are absolute, for uv knows no `~`. Throws `USAGE` for one that uv has nothing for: before
 * anything is fetched.
 */
export function uvArguments(passed: readonly PassedOption[], context: PathContext): readonly string[] {
  return passed.flatMap(({ definition, argument }) => {
    const [name] = definition.names;
    const form = uvForms.get(name);
    if (form === undefined) {
      throw new PeepError('USAGE', `uv has no ${name}, and --installer or PEEP_INSTALLER says uv`, {
        hint: `Leave ${name} out, or install with pip: --installer pip.`,
      });
    }
    if (form === 'none') return [];
    if (form !== 'same') return [form.name];
    if (definition.path !== true) return [argument];
    return [`${name}=${absolutePath(argument.slice(name.length + 1), name, context)}`];
  });
}
