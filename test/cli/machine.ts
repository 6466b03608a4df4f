import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import type { BuiltArchive } from '../mock-index/wheel.js';
import { bytesOnDisk, type Found, needlesOf } from '../support/disk-bytes.js';
import { filtered, type Names } from '../support/filters.js';
import { defaultPython } from '../support/pythons.js';
import { type Finished, type Running, type RunOptions, runPeep, startPeep } from '../support/run-peep.js';
import { type TempDirectory, tempDirectory } from '../support/temp-directory.js';
import { makeVenv, type Venv, type VenvOptions } from '../support/venv.js';

/** A user's machine in a directory: home, store, directory for temporary files, working directory, one environment. */
export interface Machine extends Disposable {
  readonly directory: TempDirectory;
  readonly work: string;
  readonly venv: Venv;
  /** Writes a file below the working directory; answers its path. */
  write(name: string, text: string | Uint8Array): string;
  /** A file of the working directory, or by its absolute path. */
  read(name: string): string;
  /** Metadata directories of a distribution in the environment. */
  metadataOf(name: string): string[];
  /** Runs peep in the working directory, for the environment. */
  peep(args: readonly string[], options?: RunOptions): Promise<Finished>;
  start(args: readonly string[], options?: RunOptions): Running;
  /** `peep install -r requirements.txt` over these lines, from that index. */
  install(lines: readonly string[], more?: readonly string[], options?: RunOptions): Promise<Finished>;
  /** The command lines of the environment's Python since the last call of this, `probe` and `pip` for peep's own. */
  starts(): string[];
  /** Takes the log of starts out of the environment, for tests of everything that lies there. */
  withoutLog(): void;
  /** `name==version` of each distribution but pip, from the environment's files; sorted. */
  installed(): string[];
  /** Bytes of an archive in store, temporary files, environment, home and working directory. */
  bytesOf(archive: BuiltArchive, except?: readonly BuiltArchive[]): readonly Found[];
  /**
   * From now on, until `reset`, the pip that peep starts finds `evil` in place of what fits `pattern` in staging:
   * the environment's Python puts it there as it starts, after peep's last look at the file.
   */
  swapInStaging(pattern: string, evil: BuiltArchive): void;
  /** Removes what was installed and stored. */
  reset(): void;
  /** Output with directories, ports, times and sizes replaced by words. */
  shown(text: string, names?: Names): string;
}

/** A machine and an index for all tests of a file; each test finds nothing installed and nothing stored. */
export async function sharedMachine(): Promise<{ readonly machine: Machine; readonly index: MockIndex }> {
  const machine = await makeMachine();
  const index = await startMockIndex();
  afterEach(() => machine.reset());
  afterAll(async () => {
    machine[Symbol.dispose]();
    await index.close();
  });
  return { machine, index };
}

/** A machine of one's own, with the Python that `python3` starts. */
export async function makeMachine(options?: VenvOptions): Promise<Machine> {
  const python = await defaultPython();
  if (python === undefined) throw new Error('these tests need a Python with pip on PATH');
  const directory = tempDirectory();
  const work = directory.join('work');
  mkdirSync(work);
  const venv = await makeVenv(python, directory.join('venv'), options);
  const log = directory.join('starts');
  writeFileSync(log, '');
  // Each start of the Python runs the import lines of .pth files, whatever its options are: a module runs once.
  writeFileSync(join(venv.sitePackages, 'starts.pth'), 'import starts_log\n');
  writeFileSync(join(venv.sitePackages, 'starts_log.py'), startLog(log));
  const emptied = [venv.sitePackages, join(venv.path, 'bin'), venv.path].map(
    (place) => [place, new Set(readdirSync(place))] as const,
  );
  const settings = ({ env, ...rest }: RunOptions = {}): RunOptions => ({
    cwd: work,
    home: directory.path,
    ...rest,
    env: { VIRTUAL_ENV: venv.path, ...env },
  });

  const machine: Machine = {
    directory,
    work,
    venv,
    write(name, text) {
      const path = join(work, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    read: (name) => readFileSync(resolve(work, name), 'utf8'),
    metadataOf: (name) =>
      readdirSync(venv.sitePackages)
        .filter((entry) => entry.startsWith(`${name}-`) && entry.endsWith('.dist-info'))
        .map((entry) => join(venv.sitePackages, entry)),
    peep: (args, options) => runPeep(args, settings(options)),
    start: (args, options) => startPeep(args, settings(options)),
    install(lines, more = [], options = {}) {
      machine.write('requirements.txt', lines.map((line) => `${line}\n`).join(''));
      return machine.peep(['install', '-r', 'requirements.txt', ...more], options);
    },
    starts() {
      const starts = readFileSync(log, 'utf8').split('\n').filter(Boolean);
      writeFileSync(log, '');
      return starts.map(nameOfStart);
    },
    withoutLog() {
      for (const own of ['starts.pth', 'starts_log.py', '__pycache__'])
        rmSync(join(venv.sitePackages, own), { recursive: true, force: true });
    },
    installed: () => installedIn(venv.sitePackages),
    bytesOf(archive, except = []) {
      const needles = needlesOf(
        archive.bytes,
        except.map(({ bytes }) => bytes),
      );
      return bytesOnDisk([directory.path], needles);
    },
    swapInStaging(pattern, evil) {
      writeFileSync(directory.join('evil'), evil.bytes);
      writeFileSync(join(venv.sitePackages, 'swap.pth'), 'import swap_in_staging\n');
      const code = swapCode(directory.join('tmp/peep-install-*', pattern), directory.join('evil'));
      writeFileSync(join(venv.sitePackages, 'swap_in_staging.py'), code);
    },
    reset() {
      for (const [place, before] of emptied) {
        for (const name of readdirSync(place))
          if (!before.has(name)) rmSync(join(place, name), { recursive: true });
      }
      makeWritable(directory.join('cache'));
      for (const name of ['cache', 'work']) rmSync(directory.join(name), { recursive: true, force: true });
      mkdirSync(work);
      machine.starts();
    },
    shown: (text, names) => filtered(text, { '[MACHINE]': directory.path, ...names }),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
  return machine;
}

/** `# sha256: …` for an archive, as the original writes it. */
export function peepHash({ sha256 }: { readonly sha256: string }): string {
  return `# sha256: ${base64url(sha256)}`;
}

export function base64url(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url');
}

/** A pip counts once it runs: until then it may wait for its archives, and end without having run. */
function startLog(log: string): string {
  return `import sys
line = '\\0'.join(getattr(sys, 'orig_argv', None) or open('/proc/self/cmdline').read().split('\\0'))
def start():
    open(${JSON.stringify(log)}, 'a').write(repr(line)[1:-1] + '\\n')
${beforePip('start')}if '_run_module_as_main' not in line:
    start()
`;
}

function swapCode(pattern: string, evil: string): string {
  return `import glob, os, shutil
def swap():
    for path in glob.glob(${JSON.stringify(pattern)}):
        os.chmod(path, 0o600)
        shutil.copyfile(${JSON.stringify(evil)}, path)
swap()
${beforePip('swap')}`;
}

/** Python that calls a function each time when pip begins to run. */
function beforePip(name: string): string {
  return `import runpy
def then(*given, run=runpy._run_module_as_main):
    ${name}()
    return run(*given)
runpy._run_module_as_main = then
`;
}

function nameOfStart(commandLine: string): string {
  if (commandLine.includes('_run_module_as_main')) return 'pip';
  return commandLine.includes('\\x00-E\\x00') ? 'probe' : commandLine;
}

function installedIn(sitePackages: string): string[] {
  return readdirSync(sitePackages)
    .flatMap((name) => /^(.+)-([^-]+)\.dist-info$/.exec(name)?.slice(1, 3).join('==') ?? [])
    .filter((name) => !name.startsWith('pip=='))
    .sort();
}

function makeWritable(directory: string): void {
  try {
    chmodSync(directory, 0o700);
    for (const entry of readdirSync(directory, { withFileTypes: true }))
      if (entry.isDirectory()) makeWritable(join(directory, entry.name));
  } catch {
    // There is none.
  }
}
