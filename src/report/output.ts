import type { PeepError } from '../text/errors.js';
import { printable, redactText } from '../text/redact.js';
import { createStyle, type Style } from '../text/style.js';
import { renderError } from './text.js';

/** Where the lines of a run go: reports to stdout, everything about the run to stderr (contract section 2). */
export interface Output {
  /** The human report; moves to stderr when stdout carries data (`--report -`). */
  report(text: string): void;
  /** Data: hash lines, JSON, listings. */
  data(text: string): void;
  /** A line about what goes on; `level` 0 is shown unless `-q`, 1 with `-v`, 2 with `-vv`. */
  note(text: string, level?: 0 | 1 | 2): void;
  warn(text: string, hint?: string): void;
  error(error: PeepError): void;
  /** What another program printed: shown even with `-q`, URLs redacted. */
  relay(text: string): void;
  /** Set while a progress display owns the last lines of the terminal: it is asked to step aside for each line. */
  interrupt: (() => void) | undefined;
  /** For what goes to stderr. */
  readonly createStyle: Style;
  /** For what `report` prints. */
  readonly reportStyle: Style;
  readonly verbosity: number;
  /** stdout carries data, and reports go to stderr. */
  readonly dataOnly: boolean;
}

export interface OutputOptions {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly verbosity: number;
  readonly color: boolean;
  /** Is what `report` prints coloured? As `color` by default. */
  readonly reportColor?: boolean;
  /** stdout carries data only. */
  readonly dataOnly: boolean;
}

export function createOutput(options: OutputOptions): Output {
  const colors = createStyle(options.color);
  const toStderr = (text: string) => {
    output.interrupt?.();
    options.stderr(text.endsWith('\n') ? text : `${text}\n`);
  };
  const output: Output = {
    interrupt: undefined,
    createStyle: colors,
    reportStyle: createStyle(options.reportColor ?? options.color),
    verbosity: options.verbosity,
    dataOnly: options.dataOnly,
    report: (text) => {
      if (options.dataOnly) toStderr(text);
      else {
        output.interrupt?.();
        options.stdout(text);
      }
    },
    data: (text) => {
      output.interrupt?.();
      options.stdout(text);
    },
    note: (text, level = 0) => {
      // Names from the network are in it: what would steer a terminal is shown.
      if (options.verbosity >= level) toStderr(text.split('\n').map(printable).join('\n'));
    },
    warn: (text, hint) => {
      if (options.verbosity < -1) return;
      toStderr(
        `${colors.yellow('warning:')} ${printable(text)}${hint === undefined ? '' : `\nhint: ${printable(hint)}`}`,
      );
    },
    relay: (text) => toStderr(redactText(text)),
    error: (error) => toStderr(`${colors.red('error:')} ${renderError(error)}`),
  };
  return output;
}
