import { type Invocation, readInvocation } from '../commands/arguments.js';
import type { Host, TextSink } from '../run/host.js';
import { type ErrorCode, isPeepError, type PeepError } from '../text/errors.js';
import { signalStatus } from '../text/signal-status.js';
import { version } from '../text/version.js';

/** The reason of an abort after a signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(readonly signalName: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`interrupted by ${signalName}`);
  }
}

/** Runs peep with the arguments after the program's name. Returns the exit status (contract section 2); never throws. */
export async function main(argv: readonly string[], host: Host): Promise<number> {
  const guarded = await withoutUserInfo(argv, host);
  try {
    const invocation = readInvocation(argv);
    // stdout of these commands is for programs: lines of files unchanged, or a path.
    const raw = invocation.kind === 'command' && ['port', 'store'].includes(invocation.command);
    return await dispatch(invocation, raw ? { ...guarded, stdout: host.stdout } : guarded);
  } catch (error) {
    return await failure(error, guarded);
  }
}

/** P7: a host whose streams and reports hide the user info from the command line, `PIP_` variables and proxies. */
async function withoutUserInfo(argv: readonly string[], host: Host): Promise<Host> {
  const variables = Object.entries(host.env).flatMap(([name, value]) =>
    value !== undefined && /^PIP_|_proxy$/i.test(name) ? [value] : [],
  );
  const words = [...argv, ...variables].filter((word) => word.includes('@'));
  if (words.length === 0) return host;
  const { createMasker } = await import('../text/masker.js');
  const hide = createMasker(words);
  if (hide === undefined) return host;
  const guard = (sink: TextSink): TextSink => ({
    write: (text) => sink.write(hide(text)),
    isTerminal: sink.isTerminal,
    get columns() {
      return sink.columns;
    },
  });
  return { ...host, stdout: guard(host.stdout), stderr: guard(host.stderr), hide };
}

async function dispatch(invocation: Invocation, host: Host): Promise<number> {
  switch (invocation.kind) {
    case 'help': {
      const { helpText } = await import('../commands/help.js');
      host.stdout.write(helpText(invocation.command));
      return 0;
    }
    case 'version': {
      const { versionText } = await import('../commands/version.js');
      host.stdout.write(await versionText(invocation.python, host));
      return 0;
    }
    case 'pip': {
      const { pipCommand } = await import('../commands/pip.js');
      return pipCommand(invocation.argv, invocation.python, host);
    }
    case 'command': {
      const { runCommand } = await import('../commands/run.js');
      return runCommand(invocation.command, invocation.argv, host);
    }
  }
}

async function failure(error: unknown, host: Host): Promise<number> {
  const { reason } = host.signal;
  if (host.signal.aborted && reason instanceof Interrupted) return signalStatus(reason.signalName);
  const { createStyle, wantsColor } = await import('../text/style.js');
  const { red } = createStyle(wantsColor(host.env, false, host.stderr.isTerminal));
  if (isPeepError(error)) {
    const { renderError } = await import('../report/text.js');
    const { fitLines } = await import('../text/wrap.js');
    const text = `${red('error:')} ${renderError(error)}`;
    const { isTerminal, columns } = host.stderr;
    host.stderr.write(`${isTerminal && columns !== undefined ? fitLines(text, columns) : text}\n`);
    return exitStatus(error);
  }
  host.stderr.write(
    `${red('error:')} this is a bug in peep; the run stopped.\n` +
      'Please report it with the command line and the lines below.\n\n' +
      `peep ${version}, Node ${host.nodeVersion}, ${host.platform}\n${stackOf(error)}\n`,
  );
  return 3;
}

/** Codes of errors that only a wrong command line can cause. */
const ofCommandLine: readonly ErrorCode[] = ['USAGE', 'SIZE_INVALID', 'TARGET_INVALID', 'STORE_ADDRESS'];

function exitStatus(error: PeepError): number {
  return ofCommandLine.includes(error.code) ? 2 : 1;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}
