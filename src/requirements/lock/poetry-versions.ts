import type { SourceLocation } from '../../text/errors.js';
import { printable } from '../../text/redact.js';
import { always } from './conditions.js';
import { invalidLock } from './fields.js';

/**
 * Poetry's constraint on Python (`^3.9`, `~3.9 || >=3.11,<4`, `3.9.*`) as markers, one of which has to hold.
 * Throws `LOCK_INVALID`.
 */
export function poetryPython(constraint: string, place: SourceLocation): string[] {
  return constraint.split(/\|\|?/).map((alternative) => {
    const clauses = alternative
      .replace(/(~=|==|!=|<=|>=|<|>|~|\^)\s+/g, '$1')
      .split(/[\s,]+/)
      .filter((part) => part !== '' && part !== '*');
    if (clauses.length === 0) return always;
    return clauses.map((clause) => marker(clause, constraint, place)).join(' and ');
  });
}

function marker(clause: string, constraint: string, place: SourceLocation): string {
  const [, operator = '', version = ''] =
    /^(~=|===|==|!=|<=|>=|<|>|~|\^|=)?v?([0-9]{1,6}(?:\.[0-9]{1,6}){0,3}(?:\.\*|[a-z0-9.+-]{0,30}))$/i.exec(
      clause,
    ) ?? [];
  if (version === '') {
    throw invalidLock(`'${printable(constraint).slice(0, 200)}' is not a Python constraint of poetry`, place);
  }
  const numbers = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [major = 0, minor = 0] = numbers;
  switch (operator) {
    case '^': {
      const first = numbers.findIndex((number) => number > 0);
      const bumped = first === -1 ? numbers.length - 1 : first;
      return range(version, [...numbers.slice(0, bumped), (numbers[bumped] ?? 0) + 1]);
    }
    case '~':
      return range(version, numbers.length === 1 ? [major + 1] : [major, minor + 1]);
    case '':
    case '=':
      // A version of two numbers means that series, as poetry's own export has it.
      return numbers.length === 2 && !version.endsWith('*')
        ? `python_version == "${version}"`
        : full('==', version);
    default:
      return full(operator, version);
  }
}

function range(from: string, below: readonly number[]): string {
  return `${full('>=', from)} and ${full('<', below.join('.'))}`;
}

function full(operator: string, version: string): string {
  return `python_full_version ${operator} "${version}"`;
}
