export interface ContentRange {
  /** Positions of the first and last byte, counted from 0. */
  readonly first: number;
  readonly last: number;
  /** Undefined for `*`. */
  readonly total: number | undefined;
}

/**
 * Parses `bytes FIRST-LAST/TOTAL` (RFC 9110, 14.4); undefined for any other form, or if the numbers contradict each
 * other.
 */
export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(value?.trim() ?? '');
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  const total = match[3] === '*' ? undefined : Number(match[3]);
  if (last < first || (total !== undefined && last >= total)) return undefined;
  return { first, last, total };
}

/** A non-negative whole number of bytes, or undefined. */
export function parseContentLength(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,15}$/.test(value.trim()) ? Number(value) : undefined;
}

/** RFC 9110, 8.8.3: the entity tag if it is strong. Weak ones do not guarantee the same bytes. */
export function strongTag(value: string | undefined): string | undefined {
  return value !== undefined && /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(value) ? value : undefined;
}
