import type { ChildProcess, SpawnOptions } from 'node:child_process';

/** `child_process.spawn`, or a stand-in. */
export type Spawn = (command: string, argv: readonly string[], options: SpawnOptions) => ChildProcess;

export interface ProgramRun {
  readonly program: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string | undefined;
  /** Milliseconds; then the program is killed. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /** Text for its stdin; nothing by default. */
  readonly input?: string | undefined;
  /** Maximum bytes of either stream; then the program is killed. A probe prints a few kilobytes. */
  readonly maxOutput?: number | undefined;
}

export type ProgramEnd =
  | { readonly kind: 'ended'; readonly status: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals; readonly stderr: string }
  | { readonly kind: 'timeout'; readonly stderr: string }
  | { readonly kind: 'flood' }
  | { readonly kind: 'failed'; readonly error: unknown };

const defaultMaxOutput = 4 << 20;

/** Runs a short-lived program to its end and collects its output. Never rejects; an abort kills the program. */
export function runProgram(run: ProgramRun, spawn: Spawn): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(run.program, run.argv, {
        env: { ...run.env },
        stdio: [run.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        windowsHide: true,
        ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
        ...(run.signal === undefined ? {} : { signal: run.signal, killSignal: 'SIGKILL' }),
      });
    } catch (error) {
      resolve({ kind: 'failed', error });
      return;
    }
    // The program may exit without reading stdin.
    if (run.input !== undefined) child.stdin?.on('error', () => undefined).end(run.input);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let size = 0;
    const end = (result: ProgramEnd): void => {
      clearTimeout(timer);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(result);
    };
    const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      end({ kind: 'timeout', stderr: text(stderr) });
    }, run.timeout);
    const collect = (chunks: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= (run.maxOutput ?? defaultMaxOutput)) return;
      child.kill('SIGKILL');
      end({ kind: 'flood' });
    };
    child.stdout?.on('data', collect(stdout));
    child.stderr?.on('data', collect(stderr));
    child.once('error', (error) => end({ kind: 'failed', error }));
    child.once('close', (status, signal) => {
      if (status === null) end({ kind: 'killed', signal: signal ?? 'SIGKILL', stderr: text(stderr) });
      else end({ kind: 'ended', status, stdout: text(stdout), stderr: text(stderr) });
    });
  });
}
