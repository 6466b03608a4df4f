import type { SourceLocation } from '../../text/errors.js';
import { printable } from '../../text/redact.js';
import { always } from './conditions.js';
import { invalidLock } from './fields.js';

/**
 * Converts poetry's constraint on Python (`^3.9`, `~3.9 || >=3.11,<4`, `3.9.*`) to markers, one of which must be
 * true. Throws `LOCK_INVALID`.
 */
export function poetryPython(constraint: string, place: SourceLocation): string[] {
  return alternatives(constraint, place).map((clauses) => {
    if (clauses.length === 0) return always;
    return clauses.map(({ operator, version }) => pythonClause(operator, version)).join(' and ');
  });
}

/** Converts poetry's constraint on a package to PEP 440 specifiers, one of which must match. Throws `LOCK_INVALID`. */
export function poetrySpecifiers(constraint: string, place: SourceLocation): string[] {
  return alternatives(constraint, place).map((clauses) =>
    clauses.map(({ operator, version }) => `${operator === '' ? '==' : operator}${version}`).join(','),
  );
}

/** An empty operator means a version alone. */
interface Clause {
  readonly operator: string;
  readonly version: string;
}

/** Alternatives, each a list of clauses that must all match; an empty list matches any version. */
function alternatives(constraint: string, place: SourceLocation): Clause[][] {
  return constraint.split(/\|\|?/).map((alternative) =>
    alternative
      .replace(/(~=|===|==|!=|<=|>=|<|>|~|\^|=)\s+/g, '$1')
      .split(/[\s,]+/)
      .filter((part) => part !== '' && part !== '*')
      .flatMap((part) => clausesOf(part, constraint, place)),
  );
}

function clausesOf(text: string, constraint: string, place: SourceLocation): Clause[] {
  const [, operator = '', version = ''] =
    /^(~=|===|==|!=|<=|>=|<|>|~|\^|=)?v?([0-9]{1,20}(?:\.[0-9]{1,20}){0,9}(?:\.\*|[a-z0-9.+-]{0,30}))$/i.exec(
      text,
    ) ?? [];
  if (version === '')
    throw invalidLock(
      `'${printable(constraint).slice(0, 200)}' is not a version constraint of poetry`,
      place,
    );
  const numbers = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [major = 0, minor = 0] = numbers;
  const below = (bumped: readonly number[]): Clause[] => [
    { operator: '>=', version },
    { operator: '<', version: bumped.join('.') },
  ];
  switch (operator) {
    case '^': {
      const first = numbers.findIndex((number) => number > 0);
      const at = first === -1 ? numbers.length - 1 : first;
      return below([...numbers.slice(0, at), (numbers[at] ?? 0) + 1]);
    }
    case '~':
      return below(numbers.length === 1 ? [major + 1] : [major, minor + 1]);
    default:
      return [{ operator: operator === '=' ? '' : operator, version }];
  }
}

function pythonClause(operator: string, version: string): string {
  // A version with two numbers means the whole series, as in poetry's own export.
  if (operator === '' && /^[^.]*\.[^.*]*$/.test(version)) return `python_version == "${version}"`;
  return `python_full_version ${operator === '' ? '==' : operator} "${version}"`;
}
