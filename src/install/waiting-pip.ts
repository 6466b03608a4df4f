import type { ChildProcess } from 'node:child_process';
import { dropWorkingDirectory, runPipModule } from './pip-environment.js';
import { follow, type InstallerRun, type PipEnd, type RunDependencies, statusOf, stdio } from './run-pip.js';

/**
 * The modules that a pip imports for an install; this takes half of the time of a small install. Import errors are
 * ignored, because older pips lack some of them.
 */
const imported = [
  'pip._internal.commands.install',
  'pip._internal.network.session',
  'pip._internal.operations.install.wheel',
  'pip._internal.resolution.resolvelib.resolver',
];

/**
 * Imports pip, waits for pip's arguments on stdin (one line of JSON) and runs pip with them. Exits if stdin ends
 * before that line. Before it runs pip, it writes no file, and Ctrl-C ends it silently. For Python 2.7 and later.
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

/** A started pip that waits for its arguments. It inherits no settings of the user (P5). */
export interface WaitingPip {
  /** Runs pip with `argv`; undefined if the process has ended. */
  run(argv: readonly string[], run: Pick<InstallerRun, 'terminal'>): Promise<PipEnd> | undefined;
  /** Kills the process and waits for its end. */
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
    // Ignore a failed start here: the run of pip reports it.
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
