import { absolutePath, type PathContext } from '../config/values.js';
import { type LineOption, lineOption } from '../packaging/line-option.js';
import { PeepError } from '../text/errors.js';
import type { PassedOption } from './arguments.js';

type UvForm = 'same' | 'none' | { readonly is: LineOption | undefined };

/** How uv handles pip's options; options that are not listed are refused. */
const uvForms: ReadonlyMap<string, UvForm> = new Map<string, UvForm>([
  ['--target', 'same'],
  ['--prefix', 'same'],
  ['--break-system-packages', 'same'],
  ['--compile', { is: lineOption('--compile-bytecode') }],
  ['--force-reinstall', { is: lineOption('--reinstall') }],
  // Options that match uv's default behaviour, or warnings that uv does not have.
  ['--no-compile', 'none'],
  ['--no-user', 'none'],
  ['--upgrade', 'none'],
  ['--root-user-action', 'none'],
  ['--no-warn-script-location', 'none'],
  ['--no-warn-conflicts', 'none'],
  // Build options, which pip handles: see `installWithUv`.
  ['--config-settings', 'none'],
  ['--no-build-isolation', 'none'],
  ['--check-build-dependencies', 'none'],
  ['--no-clean', 'none'],
  ['--no-use-pep517', 'none'],
  ['--global-option', 'none'],
  ['--build-option', 'none'],
]);

/**
 * uv's arguments for the options of `pip install`; paths are absolute, because uv does not expand `~`. Throws
 * `USAGE` for an option without an equivalent in uv, before anything is fetched.
 */
export function uvArguments(passed: readonly PassedOption[], context: PathContext): readonly LineOption[] {
  return passed.flatMap(({ definition, argument }) => {
    const [name] = definition.names;
    const form = uvForms.get(name);
    if (form === undefined) {
      throw new PeepError('USAGE', `uv has no ${name}, and --installer or PEEP_INSTALLER says uv`, {
        hint: `Leave ${name} out, or install with pip: --installer pip.`,
      });
    }
    if (form === 'none') return [];
    if (form !== 'same') return form.is ?? [];
    if (definition.path !== true) return [argument];
    const path = lineOption(name, absolutePath(argument.slice(name.length + 1), name, context));
    return path ?? [];
  });
}
