/** Adds a value to a group. In place: copying the group for each value takes quadratic time. */
export function addTo<K, V>(groups: Map<K, V[]>, key: K, ...values: readonly V[]): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [...values]);
  else for (const value of values) group.push(value);
}
