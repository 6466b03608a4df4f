import type { CommandOptions } from '../config/command-options.js';
import { parseSpan } from '../config/size.js';
import { canonicalizeName } from '../packaging/name.js';
import { readUpgrade, type UpgradeWish } from '../pinning/upgrades.js';
import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';
import type { PinPolicies } from './pin-edits.js';
import { type RunRequest, runRequest } from './request.js';

/** The options and operands of `peep compile`. */
export interface CompileRequest {
  readonly run: RunRequest;
  readonly inputs: readonly string[];
  /** `-o`; undefined for stdout. */
  readonly output: string | undefined;
  readonly all: boolean;
  readonly check: boolean;
  readonly upgradeAll: boolean;
  readonly upgrades: readonly UpgradeWish[];
  readonly resolver: 'uv' | 'pip' | undefined;
  readonly allowBuilds: boolean;
  readonly policies: PinPolicies;
}

/** Throws `USAGE`. */
export function compileRequest(given: CommandOptions, operands: readonly string[]): CompileRequest {
  const run = runRequest(given);
  const output = given.value('--output-file');
  const style = given.value('--style');
  const resolver = given.value('--resolver');
  const minAge = given.value('--min-age');
  const usage = (message: string, hint: string) => new PeepError('USAGE', message, { hint });
  if (operands.length === 0)
    throw usage(
      'peep compile: name at least one input file',
      'peep compile requirements.in -o requirements.txt',
    );
  if (style !== undefined && style !== 'peep' && style !== 'pip')
    throw usage(
      `--style '${style}' is neither peep nor pip`,
      'Use peep for comments above the line, or pip for --hash options.',
    );
  if (resolver !== undefined && resolver !== 'uv' && resolver !== 'pip')
    throw usage(
      `--resolver '${resolver}' is neither uv nor pip`,
      'Without the option, peep uses uv if it is on PATH.',
    );
  if (given.has('--all') && run.target.targets.length > 0)
    throw usage('--all is for every platform, so it cannot be combined with --for', 'Leave one of them out.');
  if (output !== undefined && operands.includes(output))
    throw usage(`'${output}' is both input and output`, 'Name another file with -o.');
  if (output === undefined && (run.report === '-' || given.has('--check')))
    throw usage('--check and --report - need a file to compile to', 'Name it with -o FILE.');
  return {
    ...{ run, inputs: operands, output, resolver },
    all: given.has('--all'),
    check: given.has('--check'),
    upgradeAll: given.has('--upgrade'),
    upgrades: given.values('--upgrade-package').map(readUpgrade),
    allowBuilds: given.has('--allow-builds'),
    policies: {
      ...{ style, strict: run.strict, recordAll: false, requireProvenance: run.provenance.required },
      acceptedPublishers: new Set(given.values('--accept-publisher').map(canonicalizeName)),
      acceptedStatuses: new Set(given.values('--accept-status').map(canonicalizeName)),
      minAge: minAge === undefined ? undefined : parseSpan(minAge),
    },
  };
}

/** The first line of a new file: the command that made it, without secrets and parts that change from run to run. */
export function commandLine({ inputs, output, all, run: { target, lock } }: CompileRequest): string {
  const words = [
    ...inputs,
    ...lock.extras.map((extra) => `--extra ${extra}`),
    ...(lock.allExtras ? ['--all-extras'] : []),
    ...lock.groups.map((group) => `--group ${group}`),
    ...(lock.allGroups ? ['--all-groups'] : []),
    ...(all ? ['--all'] : []),
    ...target.targets.map((each) => `--for ${each}`),
    ...(output === undefined ? [] : [`-o ${output}`]),
  ];
  return printable(`# peep compile ${words.join(' ')}`);
}
