/**
 * The memory that all archives in flight share (`--memory-budget`). Nobody ever waits for it: who gets none
 * spills, so that transfers cannot block each other.
 */
export interface Budget {
  /** Bytes. */
  readonly total: number;
  readonly used: number;
  /** False when so much is not left; then nothing was taken. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function createBudget(total: number): Budget {
  let used = 0;
  return {
    total,
    get used() {
      return used;
    },
    take(bytes) {
      if (used + bytes > total) return false;
      used += bytes;
      return true;
    },
    give(bytes) {
      used -= bytes;
    },
  };
}
