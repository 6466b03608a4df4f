import type { CommandOptions } from '../config/command-options.js';
import { splitInstallArguments } from '../install/arguments.js';
import { createOutput } from '../report/output.js';
import { globalOptions } from '../run/global-options.js';
import type { CommandContext, Host } from '../run/host.js';
import { PeepError } from '../text/errors.js';
import { wantsColor } from '../text/style.js';
import type { CommandName } from './arguments.js';

/** Runs one of peep's own commands. Each command is loaded on demand, to start fast. */
export async function runCommand(command: CommandName, argv: readonly string[], host: Host): Promise<number> {
  if (command === 'install') {
    const split = splitInstallArguments(argv);
    const { installCommand } = await import('./install.js');
    return installCommand(split, await contextFor(split, host));
  }
  if (command === 'sync') {
    const { syncOptions } = await import('../install/sync-options.js');
    const split = splitInstallArguments(argv, { command, options: syncOptions });
    const { syncCommand } = await import('./sync.js');
    return syncCommand(split, await contextFor(split, host));
  }
  const { parseCommand } = await import('./options.js');
  const { options, operands } = parseCommand(command, argv);
  const context = await contextFor(options, host);
  switch (command) {
    case 'fetch': {
      const { fetchCommand } = await import('./fetch.js');
      return fetchCommand(options, operands, context);
    }
    case 'diff': {
      const { diffCommand } = await import('./diff.js');
      return diffCommand(operands, options, context);
    }
    case 'hash': {
      const { hashCommand } = await import('./hash.js');
      return hashCommand(operands, options, context);
    }
    case 'pin': {
      const { pinCommand } = await import('./pin.js');
      return pinCommand(options, operands, context);
    }
    case 'compile': {
      const { compileCommand } = await import('./compile.js');
      return compileCommand(options, operands, context);
    }
    case 'outdated': {
      const { outdatedCommand } = await import('./outdated.js');
      return outdatedCommand(options, operands, context);
    }
    case 'vet': {
      const { vetCommand } = await import('./vet.js');
      return vetCommand(operands, options, context);
    }
    case 'port': {
      const { portCommand } = await import('./port.js');
      return portCommand(options, operands, context);
    }
    case 'store': {
      const { storeCommand } = await import('./store.js');
      return storeCommand(operands, options, context);
    }
    case 'verify': {
      const { verifyCommand } = await import('./verify.js');
      return verifyCommand(options, operands, context);
    }
  }
}

async function contextFor(given: CommandOptions, host: Host): Promise<CommandContext> {
  const options = globalOptions(given, host);
  const [report, sbom] = [given.value('--report'), given.value('--sbom')];
  if (report === '-' && sbom === '-') {
    throw new PeepError('USAGE', '--report and --sbom cannot both go to stdout', {
      hint: 'Name a file for one of them.',
    });
  }
  const dataOnly = report === '-' || sbom === '-';
  const output = createOutput({
    stdout: (text) => host.stdout.write(text),
    stderr: (text) => host.stderr.write(text),
    verbosity: options.verbosity,
    color: options.color,
    reportColor: dataOnly
      ? options.color
      : wantsColor(host.env, given.has('--no-color'), host.stdout.isTerminal),
    dataOnly,
    columns: () => (host.stderr.isTerminal ? host.stderr.columns : undefined),
  });
  for (const to of [report, sbom]) {
    if (to === undefined || to === '-') continue;
    const { checkReportPath } = await import('../run/report-path.js');
    await checkReportPath(to, host.cwd);
  }
  return { host, options, output };
}
