import type { ChildProcess } from 'node:child_process';
import { dropWorkingDirectory, runPipModule } from './pip-environment.js';
import { follow, type InstallerRun, type PipEnd, type RunDependencies, statusOf, stdio } from './run-pip.js';

/** Importing these takes half of the time of a small install. Each pip has them, or takes longer once it runs. */
const imported = [
  'pip._internal.commands.install',
  'pip._internal.network.session',
  'pip._internal.operations.install.wheel',
  'pip._internal.resolution.resolvelib.resolver',
];

/**
 * Imports pip, then reads pip's arguments, one line of JSON, from stdin and runs it; the end of stdin ends it. Meanwhile
 * it writes no file, and Ctrl-C ends it without a word. Python 2.7 and later.
 */
const script = String.raw`
${dropWorkingDirectory}
import importlib, json, os, signal
quiet, sys.dont_write_bytecode = sys.dont_write_bytecode, True
handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
for name in ${JSON.stringify(imported)}:
    try:
        importlib.import_module(name)
    except BaseException:
        pass
line = b''
while not line.endswith(b'\n'):
    part = os.read(0, 65536)
    if not part:
        os._exit(0)
    line += part
texts = [text.encode('utf-8') for text in json.loads(line.decode('ascii'))]
sys.argv[1:] = [os.fsdecode(text) for text in texts] if hasattr(os, 'fsdecode') else texts
nothing = os.open(os.devnull, os.O_RDONLY)
os.dup2(nothing, 0)
os.close(nothing)
signal.signal(signal.SIGINT, handler)
sys.dont_write_bytecode = quiet
${runPipModule}
`;

/** A pip that is started, imports itself, and waits for what it shall do (P5: with nothing of the user's). */
export interface WaitingPip {
  /** Runs it with pip's own arguments; undefined where the process is gone. */
  run(argv: readonly string[], run: Pick<InstallerRun, 'terminal'>): Promise<PipEnd> | undefined;
  /** Ends it, whatever it does, and waits for that. */
  dismiss(): Promise<void>;
}

export function startWaitingPip(
  {
    python,
    env,
    cwd,
    ...streams
  }: Pick<InstallerRun, 'env' | 'cwd' | 'stdout' | 'stderr'> & { python: string },
  deps: RunDependencies,
): WaitingPip {
  let child: ChildProcess | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  let status: Promise<number> | undefined;
  try {
    child = deps.spawn(python, ['-c', script], {
      ...{ cwd, env: { ...env }, windowsHide: true },
      stdio: stdio({ ...streams, stdin: 'pipe' }),
    });
    status = statusOf(child);
    // Where it cannot be started, the run that needs it says so.
    ended = status.catch(() => undefined);
    child.stdin?.on('error', () => undefined);
  } catch {
    child = undefined;
  }
  const isThere = () => child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    run(argv, { terminal }) {
      if (child === undefined || status === undefined || !isThere()) return undefined;
      const running = { child, status };
      return follow(
        () => {
          running.child.stdin?.end(`${inAscii(JSON.stringify(argv))}\n`);
          return running;
        },
        terminal,
        deps,
      );
    },
    async dismiss() {
      if (isThere()) child?.kill('SIGKILL');
      await ended;
    },
  };
}

function inAscii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
