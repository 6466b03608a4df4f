import { parseFields } from '../packaging/metadata.js';
import type { DeclaredLicence } from './inspect.js';

const fields = new Set(['license-expression', 'license']);

/**
 * The licence in METADATA or PKG-INFO; undefined if it names none. Read separately from the fields that decide
 * something: an unusual character in a licence text must not invalidate those.
 */
export function declaredLicence(metadata: string): DeclaredLicence | undefined {
  const found = parseFields(metadata, fields);
  const [expression, text] = ['license-expression', 'license'].map(
    (name) => found.get(name)?.[0] || undefined,
  );
  return expression === undefined && text === undefined ? undefined : { expression, text };
}
