/** Where lines about a run go; the rooms below the report know no more of it. */
export interface Log {
  /** `level` 0 is shown unless `-q`, 1 with `-v`, 2 with `-vv`. */
  note(text: string, level?: 0 | 1 | 2): void;
  warn(text: string, hint?: string): void;
}
