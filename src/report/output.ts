import type { PeepError } from '../text/errors.js';
import { printable, redactText } from '../text/redact.js';
import { createStyle, type Style } from '../text/style.js';
import { fitLines } from '../text/wrap.js';
import { renderError } from './text.js';

/** The output of a run: reports go to stdout, everything else to stderr (contract section 2). */
export interface Output {
  /** The human-readable report; goes to stderr if stdout carries data (`--report -`). */
  report(text: string): void;
  /** Data: hash lines, JSON, listings. */
  data(text: string): void;
  /** A line about the progress of the run; `level` 0 is shown unless `-q`, 1 with `-v`, 2 with `-vv`. */
  note(text: string, level?: 0 | 1 | 2): void;
  warn(text: string, hint?: string): void;
  error(error: PeepError): void;
  /** Output of another program: shown even with `-q`, with URLs redacted. */
  relay(text: string): void;
  /** Set while a progress display uses the last lines of the terminal: it is cleared before each line. */
  interrupt: (() => void) | undefined;
  /** Style for stderr. */
  readonly createStyle: Style;
  /** Style for the text of `report`. */
  readonly reportStyle: Style;
  readonly verbosity: number;
  /** True if stdout carries data and reports go to stderr. */
  readonly dataOnly: boolean;
}

export interface OutputOptions {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly verbosity: number;
  readonly color: boolean;
  /** True if the text of `report` is coloured; `color` by default. */
  readonly reportColor?: boolean;
  /** True if stdout carries only data. */
  readonly dataOnly: boolean;
  /** The width of stderr if it is a terminal: longer lines wrap between words. */
  readonly columns?: () => number | undefined;
}

export function createOutput(options: OutputOptions): Output {
  const colors = createStyle(options.color);
  const toStderr = (text: string) => {
    output.interrupt?.();
    options.stderr(text.endsWith('\n') ? text : `${text}\n`);
  };
  // A terminal breaks lines within words and paths. In a log, a message stays on its line.
  const tell = (text: string) => {
    const columns = options.columns?.();
    toStderr(columns === undefined ? text : fitLines(text, columns));
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
      // The text contains names from the network: escape control characters.
      if (options.verbosity >= level) tell(text.split('\n').map(printable).join('\n'));
    },
    warn: (text, hint) => {
      if (options.verbosity < -1) return;
      tell(
        `${colors.yellow('warning:')} ${printable(text)}${hint === undefined ? '' : `\nhint: ${printable(hint)}`}`,
      );
    },
    relay: (text) => toStderr(redactText(text)),
    error: (error) => tell(`${colors.red('error:')} ${renderError(error)}`),
  };
  return output;
}
