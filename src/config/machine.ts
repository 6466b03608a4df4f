/** The parts of the machine and the user that settings depend on. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** Aborted when the user interrupts the run. */
  readonly signal: AbortSignal;
}
