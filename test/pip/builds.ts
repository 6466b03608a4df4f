import type { Spawn } from '../../src/files/run-program.js';
import { type Builder, openBuilder } from '../../src/install/build/builder.js';
import type { BuildSource, BuildWheel } from '../../src/install/build/types.js';
import type { ArchiveToInstall, InstallSettings } from '../../src/install/install-archives.js';
import { nameSpecifier } from '../../src/install/name-specifier.js';
import { parseWheelFilename } from '../../src/packaging/filename.js';
import type { ProjectName } from '../../src/packaging/types.js';
import { archiveSource } from '../unit/install/verified.js';

/** A wheel as pip is to install it. */
export async function toInstall(
  name: string,
  version: string,
  bytes: Buffer,
  filename: string,
): Promise<ArchiveToInstall> {
  const project = name as ProjectName;
  return {
    archive: await archiveSource(filename, bytes),
    name: project,
    specifier: nameSpecifier(filename, project, version),
  };
}

export async function buildSource(
  name: string,
  bytes: Buffer,
  changes: Partial<BuildSource> & { filename?: string } = {},
): Promise<BuildSource> {
  const { filename = `${name}-1.0.tar.gz`, ...more } = changes;
  const project = name as ProjectName;
  return {
    label: name,
    archive: await archiveSource(filename, bytes),
    pinned: { kind: 'version', project, name, operator: '==', version: '1.0' },
    project,
    backend: 'tinybackend',
    backendPath: [],
    pipOptions: [],
    ...more,
  };
}

/** Asks and builds each source, and hands the wheels to `use`, ready to install. */
export async function withBuilt<T>(
  settings: InstallSettings,
  spawn: Spawn,
  sources: readonly BuildSource[],
  requirements: readonly BuildWheel[] | undefined,
  use: (archives: readonly ArchiveToInstall[], asked: readonly (readonly string[])[]) => Promise<T>,
): Promise<T> {
  const builder: Builder = await openBuilder(settings, {
    spawn,
    signals: process,
    throwIfInterrupted: () => undefined,
    tell: () => undefined,
  });
  try {
    const archives: ArchiveToInstall[] = [];
    const asked: (readonly string[])[] = [];
    for (const source of sources) {
      if (requirements !== undefined) asked.push(await builder.ask(source, requirements));
      const archive = await builder.build(source, requirements);
      const named = parseWheelFilename(archive.filename);
      if (named === null) throw new Error(`${archive.filename} is not a wheel`);
      const { project, version } = named;
      archives.push({ archive, name: project, specifier: nameSpecifier(archive.filename, project, version) });
    }
    return await use(archives, asked);
  } finally {
    await builder.close();
  }
}
