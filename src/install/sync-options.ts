import type { OptionDefinition } from '../config/command-line.js';
import { installOptions } from './options.js';

const elsewhere =
  'installs outside of an environment; peep sync needs an environment: name its Python with --python';
const again = 'is for `peep install`; peep sync does not reinstall pinned versions';

/** Options of `peep install` that do not apply to syncing an environment. */
const refused: Readonly<Record<string, string>> = {
  '--target': elsewhere,
  '--prefix': elsewhere,
  '--root': elsewhere,
  '--user': elsewhere,
  '--python-version': elsewhere,
  '--implementation': elsewhere,
  '--abi': elsewhere,
  '--platform': elsewhere,
  '--upgrade': again,
  '--force-reinstall': again,
  '--ignore-installed': again,
};

/** Every option of `peep sync`: those of `peep install` that apply, and its own. */
export const syncOptions: readonly OptionDefinition[] = [
  ...(installOptions as readonly OptionDefinition[]).map((definition) => {
    const why = refused[definition.names[0]];
    return why === undefined ? definition : ({ ...definition, kind: 'refused', why } as const);
  }),
  { names: ['--keep'], kind: 'peep', value: true },
  { names: ['--yes', '-y'], kind: 'peep' },
];
