import { readFileSync } from 'node:fs';

/** The cases of one family of test/vectors; its README says what the fields mean. */
export function vectors<T>(family: string): T[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${family}.json`, import.meta.url), 'utf8')) as T[];
}
