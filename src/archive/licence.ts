import { parseFields } from '../packaging/metadata.js';
import type { DeclaredLicence } from './inspect.js';

const fields = new Set(['license-expression', 'license']);

/**
 * What METADATA or PKG-INFO says of the licence; undefined when it says nothing. Read apart from the fields that steer:
 * an odd character in the text of a licence is not a reason to doubt those.
 */
export function declaredLicence(metadata: string): DeclaredLicence | undefined {
  const found = parseFields(metadata, fields);
  const [expression, text] = ['license-expression', 'license'].map(
    (name) => found.get(name)?.[0] || undefined,
  );
  return expression === undefined && text === undefined ? undefined : { expression, text };
}
