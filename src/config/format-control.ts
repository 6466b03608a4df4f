import { canonicalizeName } from '../packaging/name.js';
import type { FormatControl } from './settings.js';

/** One `--no-binary` or `--only-binary`, as written. */
export interface FormatOption {
  readonly option: 'no-binary' | 'only-binary';
  readonly value: string;
}

export const anyFormat: FormatControl = { noBinary: new Set(), onlyBinary: new Set() };

/**
 * The format control after one more option, by pip's rule: names are separated by commas, `:all:` covers everything
 * and clears earlier names, `:none:` empties the set, and a name moves from the other set to this one.
 */
export function withFormatOption(before: FormatControl, { option, value }: FormatOption): FormatControl {
  const own = new Set(option === 'no-binary' ? before.noBinary : before.onlyBinary);
  const other = new Set(option === 'no-binary' ? before.onlyBinary : before.noBinary);
  const names = value.split(',');
  const all = names.lastIndexOf(':all:');
  if (all !== -1) {
    own.clear();
    own.add(':all:');
    other.clear();
  }
  const rest = names.slice(all + 1);
  // A value applies to all projects if it ends with `:all:`, or if names follow `:all:` without a `:none:`.
  if (all === -1 || rest.includes(':none:')) {
    for (const name of rest) {
      if (name === ':none:') {
        own.clear();
        continue;
      }
      const project = canonicalizeName(name);
      other.delete(project);
      own.add(project);
    }
  }
  return option === 'no-binary' ? { noBinary: own, onlyBinary: other } : { noBinary: other, onlyBinary: own };
}
