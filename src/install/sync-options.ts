import type { OptionDefinition } from '../config/command-line.js';
import { installOptions } from './options.js';

const elsewhere = 'installs to another place; peep sync is for an environment: name its Python with --python';
const again = 'is for `peep install`; peep sync leaves what is right as it is';

/** Options of `peep install` by which there is no environment to bring in line. */
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

/** Every option of `peep sync`: those of `peep install` that make sense for it, and its own. */
export const syncOptions: readonly OptionDefinition[] = [
  ...(installOptions as readonly OptionDefinition[]).map((definition) => {
    const why = refused[definition.names[0]];
    return why === undefined ? definition : ({ ...definition, kind: 'refused', why } as const);
  }),
  { names: ['--keep'], kind: 'peep', value: true },
  { names: ['--yes', '-y'], kind: 'peep' },
];
