/** Maximum size of an expanded tag set; larger ones are not from a real archive. */
const maxTags = 4096;

/** The number of tags in a compressed tag set (PEP 425) such as `py2.py3-none-any`. */
export function tagSetSize(set: string): number {
  return set.split('-').reduce((count, part) => count * part.split('.').length, 1);
}

/** The tags of a compressed tag set, in lower case, sorted, without duplicates; null if it is invalid or too large. */
export function expandTagSet(set: string): string[] | null {
  if (tagSetSize(set) > maxTags) return null;
  const parts = set.split('-').map((part) => part.toLowerCase().split('.'));
  const [interpreters = [], abis = [], platforms = []] = parts;
  if (parts.length !== 3 || !interpreters.every((part) => /^[a-z_][a-z0-9_]*$/.test(part))) return null;
  if (![...abis, ...platforms].every((part) => /^[a-z0-9_]+$/.test(part))) return null;
  const tags = new Set<string>();
  for (const interpreter of interpreters) {
    for (const abi of abis) for (const platform of platforms) tags.add(`${interpreter}-${abi}-${platform}`);
  }
  return [...tags].sort();
}
