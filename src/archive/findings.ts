import { printable } from '../text/redact.js';
import type { Finding } from './inspection.js';
import { limits } from './limits.js';
import { type Rule, rules } from './rules.js';

/** Stops the inspection of an archive whose framing is broken. Never thrown outside archive/. */
export class RuleViolation extends Error {
  readonly rule: Rule;
  readonly entry: string | undefined;

  constructor(rule: Rule, entry: string | undefined, message: string) {
    super(message);
    this.rule = rule;
    this.entry = entry;
  }
}

/** Collects findings in order. Keeps the first few findings of each rule and counts the others. */
export class Findings {
  readonly #list: Finding[] = [];
  readonly #counts = new Map<Rule, number>();

  add(rule: Rule, entry: string | undefined, message: string): void {
    const count = (this.#counts.get(rule) ?? 0) + 1;
    this.#counts.set(rule, count);
    if (count > limits.findingsOfOneRule) return;
    this.#list.push({
      rule,
      severity: rules[rule],
      entry: entry === undefined ? undefined : printable(clip(entry)),
      message: printable(clip(message)),
    });
  }

  /** Runs `look`; a `RuleViolation` that it throws becomes the last finding. */
  async collect<T>(look: () => Promise<T>): Promise<T | undefined> {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof RuleViolation)) throw error;
      this.add(error.rule, error.entry, error.message);
      return undefined;
    }
  }

  has(rule: Rule): boolean {
    return this.#counts.has(rule);
  }

  get list(): readonly Finding[] {
    const more: Finding[] = [];
    for (const [rule, count] of this.#counts) {
      if (count <= limits.findingsOfOneRule) continue;
      const message = `${count - limits.findingsOfOneRule} more entries break this rule`;
      more.push({ rule, severity: rules[rule], entry: undefined, message });
    }
    return [...this.#list, ...more];
  }
}

/** Cut names in findings: a hostile name can be 64 KiB long. */
function clip(text: string): string {
  return text.length <= 500 ? text : `${text.slice(0, 500)}…`;
}
