import { bashCompletion } from './bash.js';
import { fishCompletion } from './fish.js';
import { manualPage } from './man.js';
import { zshCompletion } from './zsh.js';

/** What is written, by its path below the project. */
export function manualFiles(): Readonly<Record<string, string>> {
  return {
    'dist/completions/peep.bash': bashCompletion(),
    'dist/completions/_peep': zshCompletion(),
    'dist/completions/peep.fish': fishCompletion(),
    'docs/peep.1': manualPage(),
  };
}
