import { cacheRoot } from '../config/cache.js';
import type { CommandOptions } from '../config/command-options.js';
import { parseSize } from '../config/size.js';
import { parseReference } from '../store/oci/reference.js';
import { PeepError } from '../text/errors.js';
import { wantsColor } from '../text/style.js';
import type { GlobalOptions, Host } from './host.js';

const defaultJobs = 16;
const minDefaultBudget = 64 << 20;
const maxDefaultBudget = 2 ** 31;

/** Global options (contract section 2): command line over environment over default. */
export function globalOptions(given: CommandOptions, host: Host): GlobalOptions {
  const { env } = host;
  const when = given.value('--progress-bar') ?? 'auto';
  if (when !== 'on' && when !== 'off' && when !== 'auto') {
    throw new PeepError('USAGE', `--progress-bar '${when}' is not on, off or auto`, {
      hint: 'auto shows bars on a terminal, and is the default.',
    });
  }
  const verbosity = clamp(given.count('--verbose') - given.count('--quiet'), -2, 2);
  return {
    python: given.value('--python') ?? nonEmpty(env.PEEP_PYTHON),
    cacheDir:
      given.value('--cache-dir') ??
      nonEmpty(env.PEEP_CACHE_DIR) ??
      cacheRoot({ env, platform: host.platform, home: host.home }),
    stores: stores(given, env.PEEP_STORE).map(parseReference),
    offline: given.has('--offline') || isOn(env.PEEP_OFFLINE),
    verbosity,
    color: wantsColor(env, given.has('--no-color'), host.stderr.isTerminal),
    progressBar:
      when === 'on' || (when === 'auto' && host.stderr.isTerminal && env.TERM !== 'dumb' && verbosity >= 0),
    jobs: wholeNumber('--jobs', given.value('--jobs'), defaultJobs, 1, 1000),
    memoryBudget: memoryBudget(given.value('--memory-budget')) ?? defaultMemoryBudget(host.availableMemory),
  };
}

/** Values of the command line replace those of the environment, which are separated by blanks. */
function stores(given: CommandOptions, variable: string | undefined): readonly string[] {
  const named = given.values('--store');
  return named.length > 0 ? named : (variable ?? '').split(/\s+/).filter(Boolean);
}

/** Parses a whole number from `least` to `most`, or throws `USAGE` with the name of the option. */
export function wholeNumber(
  name: string,
  text: string | undefined,
  byDefault: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (text === undefined) return byDefault;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new PeepError(
    'USAGE',
    `${name} '${text}' is not a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`,
    { hint: `Use digits only, or leave ${name} out to use its default.` },
  );
}

/** A quarter of the memory that the process may use, from 64 MiB to 2 GiB (contract section 5). */
function defaultMemoryBudget(available: number): number {
  return Math.floor(clamp(available / 4, minDefaultBudget, maxDefaultBudget));
}

function memoryBudget(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseSize(text, '--memory-budget');
  // A smaller budget does not fit the buffers of one transfer.
  if (bytes >= 1 << 20) return bytes;
  throw new PeepError('USAGE', `--memory-budget '${text}' is less than 1M`, {
    hint: 'Give a size such as 64M or 1G; the default is a quarter of the free memory.',
  });
}

function isOn(text: string | undefined): boolean {
  return text !== undefined && !['', '0', 'false', 'no', 'off'].includes(text.toLowerCase());
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
