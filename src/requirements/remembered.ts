/** A version of `find` that caches its results. */
export function remembered<T>(find: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const found = known.has(key) ? (known.get(key) as T) : find(key);
    known.set(key, found);
    return found;
  };
}
