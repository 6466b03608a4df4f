import { createHash } from 'node:crypto';
import type { Expectation } from '../../src/archive/inspection.js';
import { buildTar, gzip, type TarMember, type TarShape } from './tar-builder.js';
import { buildZip, type ZipMember, type ZipShape } from './zip-builder.js';

/** An archive of the corpus. */
export interface Sample {
  readonly filename: string;
  readonly bytes: Buffer;
  readonly expected?: Partial<Expectation>;
}

export const distInfo = 'demo-1.0.dist-info';
export const wheelFilename = 'demo-1.0-py3-none-any.whl';
export const sdistFilename = 'demo-1.0.tar.gz';

const metadata = 'Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\nA demo.\n';
const wheelFile = 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n';

export interface WheelShape extends ZipShape {
  readonly filename?: string;
  readonly distInfo?: string;
  /** Further members, before the metadata. */
  readonly add?: readonly ZipMember[];
  readonly metadata?: string | Buffer | undefined;
  readonly wheel?: string | undefined;
  readonly entryPoints?: string | Buffer;
  /** Makes RECORD out of its true lines; undefined leaves the file out. */
  readonly record?: ((lines: string[]) => string | Buffer) | undefined;
  /** The last word on the members. */
  readonly members?: (members: ZipMember[]) => ZipMember[];
  readonly expected?: Partial<Expectation>;
}

/** A wheel that breaks no rule, unless told otherwise. */
export function wheel(shape: WheelShape = {}): Sample {
  const info = shape.distInfo ?? distInfo;
  const files: ZipMember[] = [
    { name: 'demo/__init__.py', content: 'print("demo")\n' },
    { name: 'demo/data.txt', content: 'text that deflates, text that deflates, text that deflates\n' },
    ...(shape.add ?? []),
  ];
  if (!('metadata' in shape) || shape.metadata !== undefined) {
    files.push({ name: `${info}/METADATA`, content: shape.metadata ?? metadata });
  }
  if (!('wheel' in shape) || shape.wheel !== undefined) {
    files.push({ name: `${info}/WHEEL`, content: shape.wheel ?? wheelFile });
  }
  if (shape.entryPoints !== undefined)
    files.push({ name: `${info}/entry_points.txt`, content: shape.entryPoints });
  if (!('record' in shape) || shape.record !== undefined) {
    const lines = [...files.filter(isListed).map(recordLine), `${info}/RECORD,,`];
    const record = shape.record?.(lines) ?? `${lines.join('\n')}\n`;
    files.push({ name: `${info}/RECORD`, content: record });
  }
  const members = shape.members?.(files) ?? files;
  return sample(shape.filename ?? wheelFilename, buildZip(members, shape), shape.expected);
}

/** A line of RECORD with the true hash and size. */
export function recordLine(member: ZipMember): string {
  const content = Buffer.from(member.content ?? '');
  const name = String(member.name);
  const cell = /[",]/.test(name) ? `"${name.replace(/"/g, '""')}"` : name;
  return `${cell},sha256=${createHash('sha256').update(content).digest('base64url')},${content.length}`;
}

function isListed(member: ZipMember): boolean {
  return !String(member.name).endsWith('/') && !member.onlyCentral;
}

export interface SdistShape extends TarShape {
  readonly filename?: string;
  readonly root?: string;
  readonly pkgInfo?: string | undefined;
  readonly pyproject?: string | Buffer | undefined;
  readonly setup?: string;
  readonly before?: readonly TarMember[];
  readonly add?: readonly TarMember[];
  readonly members?: (members: TarMember[]) => TarMember[];
  readonly pack?: (tar: Buffer) => Buffer;
  readonly expected?: Partial<Expectation>;
}

/** A source archive that breaks no rule, unless told otherwise. */
export function sdist(shape: SdistShape = {}): Sample {
  const root = shape.root ?? 'demo-1.0';
  const members: TarMember[] = [...(shape.before ?? []), { name: `${root}/` }];
  if (!('pkgInfo' in shape) || shape.pkgInfo !== undefined) {
    members.push({ name: `${root}/PKG-INFO`, content: shape.pkgInfo ?? metadata });
  }
  if (!('pyproject' in shape) || shape.pyproject !== undefined) {
    members.push({
      name: `${root}/pyproject.toml`,
      content:
        shape.pyproject ??
        '[build-system]\nrequires = ["flit-core>=3"]\nbuild-backend = "flit_core.buildapi"\n',
    });
  }
  if (shape.setup !== undefined) members.push({ name: `${root}/setup.py`, content: shape.setup });
  members.push({ name: `${root}/demo/` }, { name: `${root}/demo/__init__.py`, content: 'print("demo")\n' });
  members.push(...(shape.add ?? []));
  const tar = buildTar(shape.members?.(members) ?? members, shape);
  return sample(shape.filename ?? sdistFilename, (shape.pack ?? gzip)(tar), shape.expected);
}

export function sample(filename: string, bytes: Buffer, expected?: Partial<Expectation>): Sample {
  return expected === undefined ? { filename, bytes } : { filename, bytes, expected };
}
