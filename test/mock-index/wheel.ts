import { createHash } from 'node:crypto';
import { type ZipEntry, type ZipTweaks, zipArchive } from './zip-archive.js';

export interface BuiltArchive {
  readonly filename: string;
  readonly bytes: Buffer;
  /** Lower-case hex. */
  readonly sha256: string;
}

export type Files = Readonly<Record<string, string | Uint8Array>>;

export interface WheelSpec {
  readonly name: string;
  readonly version: string;
  /** By path inside the wheel; one module with `__version__` by default. */
  readonly files?: Files;
  /** Compressed tag set of the file name; `py3-none-any` by default. */
  readonly tag?: string;
  readonly build?: string;
  readonly requiresDist?: readonly string[];
  readonly requiresPython?: string;
  /** More lines of METADATA, `Name: value`. */
  readonly metadata?: readonly string[];
  readonly description?: string;
  /** By group: `{ console_scripts: { hello: 'hello:main' } }`. */
  readonly entryPoints?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Files under `NAME-VERSION.data/scripts`. */
  readonly scripts?: Files;
  /** Files under `NAME-VERSION.data`, by scheme and path: `{ 'data/etc/x': '…' }`. */
  readonly data?: Files;
  /** Files of the `.dist-info` directory, in place of generated ones or more; null leaves one out. */
  readonly distInfo?: Readonly<Record<string, string | Uint8Array | null>>;
  readonly distInfoDirectory?: string;
  readonly rootIsPurelib?: boolean;
  /** Changes the rows of RECORD (`[path, hash, size]`) before they are written. */
  readonly record?: (rows: readonly RecordRow[]) => readonly RecordRow[];
  readonly filename?: string;
  readonly method?: 'stored' | 'deflate';
  /** Changes the entries before the ZIP is written. */
  readonly entries?: (entries: readonly ZipEntry[]) => readonly ZipEntry[];
  readonly zip?: ZipTweaks;
}

export type RecordRow = readonly [path: string, hash: string, size: string];

/** Builds a wheel that pip installs. The same spec gives the same bytes. */
export function wheel(spec: WheelSpec): BuiltArchive {
  const { version, tag = 'py3-none-any' } = spec;
  const name = wheelName(spec.name);
  const distInfo = spec.distInfoDirectory ?? `${name}-${version}.dist-info`;
  const files = new Map<string, Uint8Array>();
  const add = (directory: string, more: Files | undefined) => {
    for (const [path, content] of Object.entries(more ?? {})) files.set(directory + path, asBytes(content));
  };
  add('', spec.files ?? { [`${moduleName(spec.name)}/__init__.py`]: `__version__ = '${version}'\n` });
  add(`${name}-${version}.data/scripts/`, spec.scripts);
  add(`${name}-${version}.data/`, spec.data);
  const own: Record<string, string | Uint8Array | null> = {
    METADATA: coreMetadata(spec),
    WHEEL: wheelFile(spec, tag),
    ...(spec.entryPoints !== undefined && { 'entry_points.txt': entryPointsFile(spec.entryPoints) }),
    ...spec.distInfo,
  };
  for (const [file, content] of Object.entries(own)) {
    if (content !== null && file !== 'RECORD') files.set(`${distInfo}/${file}`, asBytes(content));
  }
  if (own.RECORD !== null) {
    const path = `${distInfo}/RECORD`;
    files.set(path, asBytes(own.RECORD ?? recordFile(files, path, spec.record)));
  }
  const entries: ZipEntry[] = [...files].map(([path, data]) => ({
    name: path,
    data,
    method: spec.method ?? 'stored',
    mode: path.includes('.data/scripts/') ? 0o100755 : 0o100644,
  }));
  const build = spec.build === undefined ? '' : `-${spec.build}`;
  const filename = spec.filename ?? `${name}-${version}${build}-${tag}.whl`;
  return built(filename, zipArchive(spec.entries?.(entries) ?? entries, spec.zip));
}

export function built(filename: string, bytes: Buffer): BuiltArchive {
  return { filename, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** METADATA of a wheel and PKG-INFO of a source archive. */
export function coreMetadata(spec: {
  readonly name: string;
  readonly version: string;
  readonly requiresDist?: readonly string[];
  readonly requiresPython?: string;
  readonly metadata?: readonly string[];
  readonly description?: string;
}): string {
  return [
    'Metadata-Version: 2.1',
    `Name: ${spec.name}`,
    `Version: ${spec.version}`,
    `Summary: ${spec.name}, built for a test`,
    ...(spec.requiresPython === undefined ? [] : [`Requires-Python: ${spec.requiresPython}`]),
    ...(spec.requiresDist ?? []).map((requirement) => `Requires-Dist: ${requirement}`),
    ...(spec.metadata ?? []),
    '',
    spec.description ?? '',
  ].join('\n');
}

/** The project's part of a wheel's file name. */
export function wheelName(name: string): string {
  return name.replace(/[-_.]+/g, '_');
}

/** A module name that Python can import. */
export function moduleName(name: string): string {
  return wheelName(name).toLowerCase();
}

function wheelFile(spec: WheelSpec, tag: string): string {
  const [pythons = '', abis = '', platforms = ''] = tag.split('-').map((part) => part.split('.'));
  const tags = [...pythons].flatMap((py) =>
    [...abis].flatMap((abi) => [...platforms].map((os) => `${py}-${abi}-${os}`)),
  );
  return [
    'Wheel-Version: 1.0',
    'Generator: mock-index',
    `Root-Is-Purelib: ${spec.rootIsPurelib ?? true}`,
    ...tags.map((each) => `Tag: ${each}`),
    ...(spec.build === undefined ? [] : [`Build: ${spec.build}`]),
    '',
  ].join('\n');
}

function entryPointsFile(groups: NonNullable<WheelSpec['entryPoints']>): string {
  return Object.entries(groups)
    .map(([group, points]) => {
      const lines = Object.entries(points).map(([name, target]) => `${name} = ${target}\n`);
      return `[${group}]\n${lines.join('')}`;
    })
    .join('\n');
}

function recordFile(
  files: ReadonlyMap<string, Uint8Array>,
  path: string,
  change: WheelSpec['record'],
): string {
  const rows: RecordRow[] = [...files].map(([file, content]) => {
    const digest = createHash('sha256').update(content).digest('base64url');
    return [file, `sha256=${digest}`, String(content.length)];
  });
  rows.push([path, '', '']);
  return (change?.(rows) ?? rows).map((row) => `${row.map(csv).join(',')}\n`).join('');
}

function csv(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replace(/"/g, '""')}"` : field;
}

function asBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content;
}
