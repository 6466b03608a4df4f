import type { ProjectName } from '../packaging/types.js';
import type { Requirements } from '../requirements/read/read-requirements.js';
import type { PinnedVersion } from '../resolver/choose/version-test.js';
import type { WantedArchives } from '../resolver/pages/name-filter.js';

/** The pinned versions of all files: each page is read once for all of them. */
export function wantedArchives({ written }: Requirements): WantedArchives {
  const wanted = new Map<ProjectName, PinnedVersion[]>();
  for (const entry of written) {
    if (entry.kind !== 'pin' || entry.pin.source.kind !== 'version') continue;
    const { project, operator, version } = entry.pin.source;
    const versions = wanted.get(project) ?? [];
    wanted.set(project, versions);
    if (!versions.some((other) => other.operator === operator && other.version === version))
      versions.push({ operator, version });
  }
  return wanted;
}

/** The URLs of archives in requirements, constraints and lock files. */
export function archiveUrls({ written, constraints }: Requirements): readonly string[] {
  const pins = written.flatMap((entry) => (entry.kind === 'pin' ? [entry.pin] : []));
  const sources = [
    ...pins.map(({ source }) => source),
    ...constraints.flatMap(({ archive }) => archive ?? []),
  ];
  return [
    ...sources.flatMap((source) => (source.kind === 'url' ? [source.url] : [])),
    ...pins.flatMap(({ links = [] }) => links.map(({ url }) => url)),
  ];
}

/** The indexes in lock files; they may contain credentials. */
export function lockedIndexes({ written }: Requirements): readonly string[] {
  return [...new Set(written.flatMap((entry) => (entry.kind === 'pin' ? (entry.pin.index ?? []) : [])))];
}
