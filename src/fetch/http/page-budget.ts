/** The share of one page in the budget. */
export interface PageLease {
  /** Settles when the page may use `bytes` more. */
  reserve(bytes: number): void | Promise<void>;
  /** Returns the whole share. Safe to call twice. */
  release(): void;
}

interface Waiting {
  readonly bytes: number;
  readonly grant: () => void;
}

/**
 * The memory that all pages of a run share while they are read. A page without room waits, and its connection is
 * not read meanwhile. The oldest page never waits, so that it can always finish.
 */
export class PageBudget {
  readonly #total: number;
  /** Bytes used by each page; the oldest first. */
  readonly #held = new Map<PageLease, number>();
  readonly #waiting = new Map<PageLease, Waiting>();
  #used = 0;

  constructor(total: number) {
    this.#total = total;
  }

  open(): PageLease {
    const lease: PageLease = {
      reserve: (bytes) => this.#reserve(lease, bytes),
      release: () => this.#release(lease),
    };
    this.#held.set(lease, 0);
    return lease;
  }

  #reserve(lease: PageLease, bytes: number): void | Promise<void> {
    if (this.#take(lease, bytes)) return undefined;
    return new Promise((resolve) => this.#waiting.set(lease, { bytes, grant: resolve }));
  }

  #take(lease: PageLease, bytes: number): boolean {
    const held = this.#held.get(lease);
    // A page that was given up requests no more memory.
    if (held === undefined) return true;
    const [eldest] = this.#held.keys();
    if (this.#used + bytes > this.#total && lease !== eldest) return false;
    this.#used += bytes;
    this.#held.set(lease, held + bytes);
    return true;
  }

  #release(lease: PageLease): void {
    this.#used -= this.#held.get(lease) ?? 0;
    this.#held.delete(lease);
    this.#waiting.get(lease)?.grant();
    this.#waiting.delete(lease);
    for (const [other, { bytes, grant }] of this.#waiting) {
      if (!this.#take(other, bytes)) continue;
      this.#waiting.delete(other);
      grant();
    }
  }
}
