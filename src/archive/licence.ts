import { parseFields } from '../packaging/metadata.js';
import type { DeclaredLicence } from './inspection.js';

const fields = new Set(['license-expression', 'license']);

/**
 * The licence in METADATA or PKG-INFO; undefined if it names none. The licence is read separately, so that an
 * unusual character in it does not invalidate the fields that the rules check.
 */
export function declaredLicence(metadata: string): DeclaredLicence | undefined {
  const found = parseFields(metadata, fields);
  const [expression, text] = ['license-expression', 'license'].map(
    (name) => found.get(name)?.[0] || undefined,
  );
  return expression === undefined && text === undefined ? undefined : { expression, text };
}
