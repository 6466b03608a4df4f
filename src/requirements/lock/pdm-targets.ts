import type { SourceLocation } from '../../text/errors.js';
import type { Fields } from '../../text/objects.js';
import { always, pythonMarker } from './conditions.js';
import { stringField, tablesField } from './fields.js';
import type { LockCondition } from './model.js';

/**
 * `[[metadata.targets]]` (pdm 4.5): the Pythons and platforms that the file was locked for; the target must match
 * one.
 */
export function pdmTargets(metadata: Fields, place: SourceLocation): LockCondition[] {
  const targets = tablesField(metadata, 'targets', place) ?? [];
  if (targets.length === 0) return [];
  const anyOf = targets.map((target) => {
    const python = stringField(target, 'requires_python', place);
    const parts = [
      ...(python === undefined || python === '*' ? [] : [pythonMarker(python, place)]),
      ...platformMarkers(stringField(target, 'platform', place)),
      ...implementationMarkers(stringField(target, 'implementation', place)),
    ].filter((part) => part !== always);
    return parts.length === 0 ? always : parts.join(' and ');
  });
  return [{ place, when: undefined, anyOf, what: 'one of the targets that it was locked for' }];
}

const systems: readonly (readonly [RegExp, string])[] = [
  [/^(linux|manylinux|musllinux|alpine)/, 'linux'],
  [/^(windows|win)/, 'win32'],
  [/^(macos|darwin)/, 'darwin'],
];

const machines: readonly (readonly [RegExp, readonly string[]])[] = [
  [/(x86_64|amd64)$/, ['x86_64', 'AMD64']],
  [/(arm64|aarch64)$/, ['arm64', 'aarch64', 'ARM64']],
  [/(i686|x86)$/, ['i686', 'x86']],
];

/**
 * pdm's platform names: `linux`, `windows_amd64`, `macos_arm64`, `manylinux_2_28_x86_64`. An unknown one adds no
 * condition.
 */
function platformMarkers(platform: string | undefined): string[] {
  const name = (platform ?? '').toLowerCase();
  const system = systems.find(([pattern]) => pattern.test(name))?.[1];
  if (system === undefined) return [];
  const machine = machines.find(([pattern]) => pattern.test(name))?.[1];
  return [
    `sys_platform == "${system}"`,
    ...(machine === undefined
      ? []
      : [`(${machine.map((value) => `platform_machine == "${value}"`).join(' or ')})`]),
  ];
}

function implementationMarkers(implementation: string | undefined): string[] {
  const name = (implementation ?? '').toLowerCase();
  return /^(cpython|pypy|pyston|graalpy)$/.test(name) ? [`implementation_name == "${name}"`] : [];
}
