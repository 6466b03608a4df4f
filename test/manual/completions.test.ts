import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualFiles } from '../../scripts/manual/files.js';
import { commandNames } from '../../src/commands/arguments.js';
import { optionsOf } from '../../src/commands/options.js';
import { type TempDirectory, tempDirectory } from '../support/temp-directory.js';

const files = manualFiles();
let directory: TempDirectory;
beforeAll(() => {
  directory = tempDirectory();
  writeFileSync(directory.join('peep.bash'), files['dist/completions/peep.bash'] ?? '');
  writeFileSync(directory.join('_peep'), files['dist/completions/_peep'] ?? '');
  writeFileSync(directory.join('peep.fish'), files['dist/completions/peep.fish'] ?? '');
  mkdirSync(directory.join('wheels'));
  writeFileSync(directory.join('requirements.txt'), '');
});
afterAll(() => directory?.[Symbol.dispose]());

function has(shell: string): boolean {
  const found = spawnSync(shell, ['--version'], { stdio: 'ignore' }).status === 0;
  if (!found) console.warn(`skipped: there is no ${shell} here to try its completion in`);
  return found;
}

/** What the shell offers for these words, the last of which is being typed. */
type Completer = (...words: readonly string[]) => string[];

const bash: Completer = (...words) => {
  const script = `source ./peep.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _peep; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync('bash', ['--norc', '--noprofile', '-c', script, 'bash', 'peep', ...words], {
    cwd: directory.path,
    encoding: 'utf8',
  });
  return text.split('\n').filter(Boolean);
};

const fish: Completer = (...words) => {
  const line = ['peep', ...words].join(' ');
  const text = execFileSync('fish', ['--no-config', '-c', 'source ./peep.fish; complete -C "$argv"', line], {
    cwd: directory.path,
    encoding: 'utf8',
    env: {
      ...process.env,
      HOME: directory.path,
      XDG_CONFIG_HOME: directory.path,
      XDG_DATA_HOME: directory.path,
    },
  });
  return text.split('\n').flatMap((each) => (each === '' ? [] : (each.split('\t')[0] ?? '')));
};

const store = ['import', 'list', 'path', 'prune', 'push', 'verify'];

describe.each([
  ['bash', bash],
  ['fish', fish],
] as const)('completion for %s', (shell, complete) => {
  describe.runIf(has(shell))('completes', () => {
    it('commands', () => {
      expect(complete('').sort()).toEqual([...commandNames, 'help'].sort());
      expect(complete('--offline', 'pi')).toEqual(['pin']);
      expect(complete('help', 'st')).toEqual(['store']);
    });

    it.each(commandNames)('every option of %s', (name) => {
      const long = optionsOf(name).flatMap(({ names }) => names.filter((each) => each.startsWith('--')));
      expect(complete(name, '--').sort()).toEqual([...new Set([...long, '--help'])].sort());
    });

    it('the words that an option takes, and the actions of the store', () => {
      expect(complete('fetch', '--layout', '').sort()).toEqual(['flat', 'simple']);
      expect(complete('pin', '--style', 'pi')).toEqual(['pip']);
      expect(complete('store', '').sort()).toEqual(store);
      expect(complete('--cache-dir', 'wheels', 'store', 'v')).toEqual(['verify']);
    });

    it('directories for an option that takes one', () => {
      expect(complete('fetch', '--dest', 'w').map((each) => each.replace(/\/$/, ''))).toEqual(['wheels']);
    });
  });
});

describe.runIf(has('bash'))('completion for bash', () => {
  it('knows an option and its value that an equals sign joins', () => {
    // As bash splits them.
    expect(bash('fetch', '--layout', '=', 's')).toEqual(['simple']);
    expect(bash('fetch', '--layout', '=')).toEqual(['flat', 'simple']);
    expect(bash('--cache-dir', '=', 'wheels', 'sto')).toEqual(['store']);
  });

  it('leaves files, and the commands of pip, to bash', () => {
    expect(bash('install', '-r', 'req')).toEqual([]);
    expect(bash('hash', 'wh')).toEqual([]);
    expect(bash('freeze', '--')).toEqual([]);
    expect(files['dist/completions/peep.bash']).toContain('complete -o bashdefault -o default -F _peep peep');
  });
});

describe.runIf(has('fish'))('completion for fish', () => {
  it('offers files where they are wanted', () => {
    expect(fish('install', '-r', 'req')).toEqual(['requirements.txt']);
    expect(fish('hash', 'requ')).toEqual(['requirements.txt']);
  });
});

describe.runIf(has('zsh'))('completion for zsh', () => {
  /** What is listed for a line. zsh completes in its line editor alone, so it gets a terminal, and says when it is ready. */
  const zsh = (line: string): string => {
    const script = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=($PWD \\$fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=1000"
zpty -w shell "zle-line-init() { print -n REA''DY }; zle -N zle-line-init; print"
zpty -r -m shell text '*READY*'
zpty -w -n shell "$1"$'\\C-i\\C-i\\C-u'
zpty -w shell "print EN''D"
zpty -r -m shell text '*END*'
print -r -- "$text"
`;
    return execFileSync('zsh', ['-f', '-c', script, 'zsh', line], {
      cwd: directory.path,
      encoding: 'utf8',
      timeout: 20_000,
      env: { ...process.env, HOME: directory.path, ZDOTDIR: directory.path, TERM: 'dumb' },
    });
  };

  it('is sound, and offers commands, options with their words, and values', () => {
    execFileSync('zsh', ['-n', directory.join('_peep')]);
    expect(zsh('peep ')).toMatch(/verify[\s\S]*store/);
    expect(zsh('peep fetch --')).toMatch(/--dest +-- write the archives to DIR too/);
    expect(zsh('peep fetch --layout=')).toMatch(/flat\s+simple/);
    expect(zsh('peep --cache-dir wheels pin --sty')).toContain('--style');
    expect(zsh('peep store ')).toMatch(/list\s+path/);
  });
});
