import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { programsOnPath } from '../files/programs-on-path.js';
import { Turns } from '../text/turns.js';
import type { CommandContext } from './host.js';

/**
 * Prints a report; on a terminal through a pager, like git: `PEEP_PAGER`, else `PAGER`, else less. An empty value
 * or `cat` means no pager. less exits at once if everything fits on the screen.
 */
export async function printPaged(
  texts: Iterable<string> | AsyncIterable<string>,
  context: CommandContext,
): Promise<void> {
  const pager = await pagerOf(context);
  if (pager === undefined) {
    const turns = new Turns();
    for await (const text of texts) {
      context.output.report(text);
      await turns.next();
    }
    return;
  }
  const { env, hide = (text: string) => text } = context.host;
  const child = spawn('sh', ['-c', pager], {
    stdio: ['pipe', 'inherit', 'inherit'],
    // Options that git also sets: quit if one screen is enough, show colours, do not clear the screen.
    env: { ...env, LESS: env.LESS ?? 'FRX' },
  });
  const ended = once(child, 'close');
  // Closing the pager early is not an error. P7: hide here what peep's own stdout hides.
  const hidden = async function* () {
    for await (const text of texts) yield hide(text);
  };
  await pipeline(Readable.from(hidden()), child.stdin).catch(() => undefined);
  await ended;
}

async function pagerOf({ host, output }: CommandContext): Promise<string | undefined> {
  const { env, platform, stdout } = host;
  if (!stdout.isTerminal || output.dataOnly || platform === 'win32' || env.TERM === 'dumb') return undefined;
  const named = env.PEEP_PAGER ?? env.PAGER;
  if (named !== undefined) return ['', 'cat'].includes(named.trim()) ? undefined : named;
  for await (const path of programsOnPath('less', { env, platform }))
    return `'${path.replaceAll("'", "'\\''")}'`;
  return undefined;
}
