import { constants } from 'node:os';

/** The exit status of a run that a signal ended: 130 for Ctrl-C (contract section 2). */
export function signalStatus(signal: NodeJS.Signals): number {
  return 128 + (constants.signals[signal] ?? 0);
}
