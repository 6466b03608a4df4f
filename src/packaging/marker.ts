import { PeepError } from '../text/errors.js';
import { canonicalizeName } from './name.js';
import { Scanner } from './scanner.js';
import { containsVersion, parseSpecifiers } from './specifier.js';
import type { MarkerEnvironment } from './types.js';

export type MarkerOperand =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: string };

/** A parsed PEP 508 marker: comparisons and groups, joined by `and` and `or`. */
export type Marker = readonly MarkerItem[];
export type MarkerItem =
  | 'and'
  | 'or'
  | { readonly left: MarkerOperand; readonly operator: string; readonly right: MarkerOperand }
  | { readonly group: Marker };

const maxDepth = 100;

const variable = new RegExp(
  '(?:python_version|python_full_version|os[._]name|sys[._]platform|platform_release|platform_system' +
    '|platform[._](?:version|machine|python_implementation)|python_implementation' +
    '|implementation_name|implementation_version|extras|extra|dependency_groups)(?![A-Za-z0-9_])',
  'y',
);

/** Names from before PEP 508. */
const renamed: Readonly<Record<string, string>> = {
  'os.name': 'os_name',
  'sys.platform': 'sys_platform',
  'platform.version': 'platform_version',
  'platform.machine': 'platform_machine',
  'platform.python_implementation': 'platform_python_implementation',
  python_implementation: 'platform_python_implementation',
};

const versionVariables = new Set([
  'implementation_version',
  'platform_release',
  'python_full_version',
  'python_version',
]);

/** Reads a marker. Throws `MARKER_MALFORMED`. */
export function parseMarker(text: string): Marker {
  const scanner = new Scanner(text);
  const marker = readMarker(scanner);
  if (!scanner.atEnd) throw malformed(text);
  return marker;
}

/** Reads the longest marker at the position of `scanner`, with the white space around it. Throws `MARKER_MALFORMED`. */
export function readMarker(scanner: Scanner, depth = 0): Marker {
  if (depth > maxDepth) throw malformed(scanner.text);
  const items: MarkerItem[] = [readAtom(scanner, depth)];
  for (;;) {
    const joint = scanner.take(/(?:and|or)(?![A-Za-z0-9_])/y);
    if (joint === undefined) return items;
    items.push(joint as 'and' | 'or', readAtom(scanner, depth));
  }
}

/** Formats a marker as packaging does: double quotes, single spaces, current names. */
export function formatMarker(marker: Marker): string {
  const [only] = marker;
  if (marker.length === 1 && only !== undefined && typeof only === 'object' && 'group' in only)
    return formatMarker(only.group);
  return marker.map(formatItem).join(' ');
}

/**
 * Evaluates a marker in `environment`. `extra` is the requested extra; no extra counts as an empty one. Throws
 * `MARKER_MALFORMED`, `MARKER_COMPARISON_UNDEFINED` and `MARKER_NAME_UNDEFINED`.
 */
export function evaluateMarker(
  marker: string,
  environment: MarkerEnvironment,
  extra: string | null = null,
): boolean {
  const { python_full_version: full } = environment;
  return holds(parseMarker(marker), {
    ...environment,
    // A build from a checkout has the version `3.13.0+`, which becomes valid only with a suffix.
    python_full_version: full.endsWith('+') ? `${full}local` : full,
    extra: extra ?? '',
  });
}

type Values = Readonly<Record<string, string>>;

function holds(marker: Marker, values: Values): boolean {
  let any = false;
  let all = true;
  // Evaluates every comparison, so that an undefined one is always reported.
  for (const item of marker) {
    if (item === 'or') {
      any ||= all;
      all = true;
    } else if (item !== 'and') {
      const value = 'group' in item ? holds(item.group, values) : compare(item, values);
      all &&= value;
    }
  }
  return any || all;
}

function compare(
  { left, operator, right }: Extract<MarkerItem, { readonly left: MarkerOperand }>,
  values: Values,
): boolean {
  const key = left.kind === 'variable' ? left.name : right.kind === 'variable' ? right.name : right.value;
  if (left.kind === right.kind && left.kind === 'literal') throw undefinedName(key);
  const [a, b] = [operandValue(left, values), operandValue(right, values)];
  if (key === 'extra') return compareTexts(canonicalizeName(a), operator, canonicalizeName(b));
  if (versionVariables.has(key)) {
    const clause = operator === 'in' || operator === 'not in' ? undefined : specifierOf(operator + b);
    if (clause !== undefined) return containsVersion(clause, a);
  }
  return compareTexts(a, operator, b);
}

/** PEP 508: values that are not versions compare as text, and text has no order. */
function compareTexts(a: string, operator: string, b: string): boolean {
  switch (operator) {
    case 'in':
      return b.includes(a);
    case 'not in':
      return !b.includes(a);
    case '==':
    case '<=':
    case '>=':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
    case '>':
      return false;
    default:
      throw new PeepError(
        'MARKER_COMPARISON_UNDEFINED',
        `'${a} ${operator} ${b}' compares values that are not versions`,
        {
          hint: 'Use `==`, `!=`, `in` or `not in` for names.',
        },
      );
  }
}

function specifierOf(text: string): ReturnType<typeof parseSpecifiers> | undefined {
  try {
    const clauses = text.includes(',') ? [] : parseSpecifiers(text);
    return clauses.length === 1 ? clauses : undefined;
  } catch {
    return undefined;
  }
}

function operandValue(operand: MarkerOperand, values: Values): string {
  if (operand.kind === 'literal') return operand.value;
  const value = values[operand.name];
  // `extras` and `dependency_groups` are defined only in lock files (PEP 751).
  if (value === undefined) throw undefinedName(operand.name);
  return value;
}

function readAtom(scanner: Scanner, depth: number): MarkerItem {
  scanner.skipSpace();
  if (scanner.take(/\(/y) === undefined) return readComparison(scanner);
  scanner.skipSpace();
  const group = readMarker(scanner, depth + 1);
  scanner.skipSpace();
  if (scanner.take(/\)/y) === undefined) throw malformed(scanner.text);
  scanner.skipSpace();
  return { group };
}

function readComparison(scanner: Scanner): MarkerItem {
  const left = readOperand(scanner);
  scanner.skipSpace();
  const operator = scanner.take(/===|==|~=|!=|<=|>=|<|>|in(?![A-Za-z0-9_])|not[ \t]+in(?![A-Za-z0-9_])/y);
  if (operator === undefined) throw malformed(scanner.text);
  scanner.skipSpace();
  const right = readOperand(scanner);
  scanner.skipSpace();
  if (left.kind === 'variable' && right.kind === 'variable') throw malformed(scanner.text);
  return normalizeExtra({ left, operator: operator.startsWith('not') ? 'not in' : operator, right });
}

function normalizeExtra(item: Extract<MarkerItem, { readonly left: MarkerOperand }>): MarkerItem {
  const { left, right } = item;
  const normal = (operand: MarkerOperand): MarkerOperand =>
    operand.kind === 'literal' ? { kind: 'literal', value: canonicalizeName(operand.value) } : operand;
  if (left.kind === 'variable' && left.name === 'extra') return { ...item, right: normal(right) };
  if (right.kind === 'variable' && right.name === 'extra') return { ...item, left: normal(left) };
  return item;
}

function readOperand(scanner: Scanner): MarkerOperand {
  const name = scanner.take(variable);
  if (name !== undefined) return { kind: 'variable', name: renamed[name] ?? name };
  // Some readers treat a backslash as an escape, others as a character.
  const quoted = scanner.take(/"[^"\\\u0000\r\n]*"|'[^'\\\u0000\r\n]*'/y);
  if (quoted === undefined) throw malformed(scanner.text);
  return { kind: 'literal', value: quoted.slice(1, -1) };
}

function formatItem(item: MarkerItem): string {
  if (typeof item === 'string') return item;
  if ('group' in item) {
    const [only] = item.group;
    const single = item.group.length === 1 && only !== undefined && typeof only === 'object';
    return single ? formatItem(only) : `(${item.group.map(formatItem).join(' ')})`;
  }
  return `${formatOperand(item.left)} ${item.operator} ${formatOperand(item.right)}`;
}

function formatOperand(operand: MarkerOperand): string {
  if (operand.kind === 'variable') return operand.name;
  return operand.value.includes('"') ? `'${operand.value}'` : `"${operand.value}"`;
}

function malformed(text: string): PeepError {
  return new PeepError('MARKER_MALFORMED', `'${text.slice(0, 300)}' is not an environment marker`, {
    hint: 'PEP 508 describes markers, such as `python_version < "3.9" and sys_platform == "win32"`.',
  });
}

function undefinedName(name: string): PeepError {
  return new PeepError(
    'MARKER_NAME_UNDEFINED',
    `'${name.slice(0, 200)}' is not a variable that a marker of a requirement may compare`,
    {
      hint: 'A comparison needs one variable, such as `python_version`, and one quoted text.',
    },
  );
}
