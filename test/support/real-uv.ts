import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultPython } from './pythons.js';

/** Programs that stand beside and behind peep, as wheels; its README names them. May be missing. */
export const programWheels = fileURLToPath(new URL('../../../shared/wheels', import.meta.url));

/** Installs the uv of that folder into `directory`; answers the directory of its program, undefined where there is none. */
export async function installRealUv(directory: string): Promise<string | undefined> {
  const python = await defaultPython();
  if (python === undefined || !existsSync(programWheels)) return undefined;
  if (!readdirSync(programWheels).some((name) => name.startsWith('uv-'))) return undefined;
  const options = ['--no-index', '--isolated', '--find-links', programWheels, '--target', directory];
  execFileSync(python.path, ['-m', 'pip', 'install', '-q', ...options, 'uv'], { stdio: 'ignore' });
  return join(directory, 'bin');
}
