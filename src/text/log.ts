/** The log of a run; lower layers do not depend on how it is printed. */
export interface Log {
  /** `level` 0 is shown unless `-q`, 1 with `-v`, 2 with `-vv`. */
  note(text: string, level?: 0 | 1 | 2): void;
  warn(text: string, hint?: string): void;
}
