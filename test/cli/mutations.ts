import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';

/** A distribution as its own RECORD lists it. */
interface Installed {
  readonly name: string;
  /** Its `.dist-info`. */
  readonly info: string;
  /** Absolute, less what is not there. */
  readonly files: readonly string[];
}

/** Where wheels were installed to. */
export interface Place {
  readonly site: string;
  readonly scripts: string;
  /** True for the directory of scripts of a virtual environment, of which everything is known. */
  readonly ownsScripts: boolean;
  readonly pythonVersion: readonly [number, number];
  /** True for `--target`, where RECORD names `bin/x` as `../../bin/x`. */
  readonly isTarget: boolean;
  /** Projects that are pinned. */
  readonly projects: ReadonlySet<string>;
  /** A directory of one's own outside. */
  readonly outside: string;
}

/** What verify has to say of a mutation: `change path`, or `change project` where there is no path. */
export interface Told {
  readonly differences: readonly string[];
  readonly notes?: readonly string[];
}

export interface Mutation {
  readonly what: string;
  /** Changes something of what nobody has changed yet; undefined where there is nothing of the kind. */
  apply(ground: Ground): Told | undefined;
}

/** One place and a choice of what to change there; what was changed can be put back. */
export interface Ground extends Place {
  /** A distribution that no mutation has touched, and of it a file. */
  file(
    fits: (path: string, of: Installed) => boolean,
  ): { readonly path: string; readonly of: Installed } | undefined;
  /** Remembers what is at `path` before it is changed. */
  save(path: string): void;
  /** A name that nothing has. */
  fresh(): string;
  restore(): void;
}

/** `choose`: a number below its argument. */
export function makeGround(place: Place, choose: (count: number) => number): Ground {
  const all = installedIn(place);
  const touched = new Set<string>();
  const saved = new Map<string, string | undefined>();
  let count = 0;
  return {
    ...place,
    file(fits) {
      const fitting = all.flatMap((of) => {
        if (touched.has(of.info)) return [];
        const paths = of.files.filter((path) => fits(path, of));
        return paths.length === 0 ? [] : [{ of, paths }];
      });
      const picked = fitting[choose(fitting.length)];
      const path = picked?.paths[choose(picked.paths.length)];
      if (picked === undefined || path === undefined) return undefined;
      touched.add(picked.of.info);
      return { path, of: picked.of };
    },
    save(path) {
      if (saved.has(path)) return;
      if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return void saved.set(path, undefined);
      const copy = join(place.outside, `saved-${saved.size}`);
      cpSync(path, copy, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      saved.set(path, copy);
    },
    fresh() {
      count += 1;
      return `zz_added_${count}`;
    },
    restore() {
      for (const [path, copy] of [...saved].reverse()) {
        rmSync(path, { recursive: true, force: true });
        if (copy === undefined) continue;
        cpSync(copy, path, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
        rmSync(copy, { recursive: true });
      }
      saved.clear();
      touched.clear();
    },
  };
}

function installedIn({ site, isTarget, projects }: Place): Installed[] {
  return readdirSync(site)
    .filter((name) => name.endsWith('.dist-info'))
    .sort()
    .flatMap((entry) => {
      const info = join(site, entry);
      const name = (entry.split('-')[0] ?? '').toLowerCase().replace(/[-_.]+/g, '-');
      if (!projects.has(name)) return [];
      const files = readFileSync(join(info, 'RECORD'), 'utf8')
        .split(/\r?\n/)
        .filter((row) => row !== '')
        .map((row) => row.replace(/,[^,]*,[^,]*$/, '').replace(/^"(.*)"$/, '$1'))
        .map((path) => resolve(site, isTarget ? path.replace(/^(?:\.\.\/)+/, '') : path))
        .filter((path) => existsSync(path));
      return [{ name, info, files }];
    });
}

const isModule = (path: string, { info }: Installed) =>
  path.endsWith('.py') && path.startsWith(dirname(info) + sep) && lstatSync(path).size > 0;
const isInPackage = (path: string, of: Installed) =>
  isModule(path, of) && dirname(path) !== dirname(of.info) && existsSync(join(dirname(path), '__init__.py'));
const isWrapper =
  ({ scripts }: Place) =>
  (path: string) =>
    dirname(path) === scripts && readFileSync(path, 'utf8').includes('sys.exit(');

function changing(
  what: string,
  fits: (place: Place) => (path: string, of: Installed) => boolean,
  change: (path: string) => void,
): Mutation {
  return {
    what,
    apply(ground) {
      const found = ground.file(fits(ground));
      if (found === undefined) return undefined;
      ground.save(found.path);
      change(found.path);
      return { differences: [`changed ${found.path}`] };
    },
  };
}

function adding(what: string, name: (ground: Ground) => string | undefined, text = ''): Mutation {
  return {
    what,
    apply(ground) {
      const path = name(ground);
      if (path === undefined) return undefined;
      const top = existsSync(dirname(path)) ? path : dirname(path);
      ground.save(top);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return { differences: [`added ${path}`] };
    },
  };
}

function inRecord(what: string, change: (rows: string[], ground: Ground) => string[] | undefined): Mutation {
  return {
    what,
    apply(ground) {
      const found = ground.file((path, { info }) => path === join(info, 'RECORD'));
      if (found === undefined) return undefined;
      const rows = readFileSync(found.path, 'utf8').split(/\r?\n/);
      const changed = change(rows, ground);
      if (changed === undefined) return undefined;
      ground.save(found.path);
      writeFileSync(found.path, changed.join('\n'));
      return { differences: [`changed ${found.path}`] };
    },
  };
}

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(path, bytes);
}

const besideModule = (name: (module: string, ground: Ground) => string) => (ground: Ground) => {
  const found = ground.file(isInPackage);
  return found === undefined ? undefined : join(dirname(found.path), name(found.path, ground));
};
const cacheTag = ({ pythonVersion: [major, minor] }: Place) => `cpython-${major}${minor}`;
const inInfo = (name: string) => () => (path: string, of: Installed) => path === join(of.info, name);
/** What a compiled file begins with that runs whatever its source says (PEP 552). */
const unchecked = Buffer.from('a70d0d0a01000000', 'hex');

/** Kinds of change that a user, a tool or an attacker makes; verify tells each once and nothing else. */
export const mutations: readonly Mutation[] = [
  changing(
    'a module with a line more',
    () => isModule,
    (path) => appendFileSync(path, '#\n'),
  ),
  changing('a module with another byte', () => isModule, flipByte),
  changing(
    'metadata with a line more',
    () => inInfo('METADATA')(),
    (path) => appendFileSync(path, '\n'),
  ),
  changing(
    'a data file with another byte',
    ({ site, scripts, isTarget }) =>
      (path) =>
        !isTarget &&
        !path.startsWith(site + sep) &&
        !path.startsWith(scripts + sep) &&
        !/\.py[co]$/.test(path) &&
        lstatSync(path).size > 0,
    flipByte,
  ),
  changing('a compiled library with another byte', () => (path) => /\.(?:so|pyd)$/.test(path), flipByte),
  changing('a script of an entry point that does more', isWrapper, (path) =>
    appendFileSync(path, 'print(1)\n'),
  ),
  changing('a script of an entry point that another Python runs', isWrapper, (path) =>
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^#!.*/, '#!/usr/bin/env python3')),
  ),
  changing(
    'a file that is a link to other bytes',
    () => isModule,
    (path) => {
      rmSync(path);
      symlinkSync('/etc/passwd', path);
    },
  ),
  {
    what: 'a file that is a link to the same bytes',
    apply(ground) {
      const found = ground.file(isModule);
      if (found === undefined) return undefined;
      ground.save(found.path);
      const copy = join(ground.outside, ground.fresh());
      cpSync(found.path, copy);
      rmSync(found.path);
      symlinkSync(copy, found.path);
      return { differences: [], notes: [found.of.name] };
    },
  },
  {
    what: 'a directory that is a link to a copy',
    apply(ground) {
      const found = ground.file(
        (path, of) =>
          dirname(dirname(path)) === ground.site && path.endsWith(`${sep}__init__.py`) && isModule(path, of),
      );
      if (found === undefined) return undefined;
      const directory = dirname(found.path);
      ground.save(directory);
      const copy = join(ground.outside, ground.fresh());
      cpSync(directory, copy, { recursive: true });
      rmSync(directory, { recursive: true });
      symlinkSync(copy, directory);
      return { differences: [`added ${directory}`] };
    },
  },
  {
    what: 'other mode bits, which are not compared',
    apply(ground) {
      const found = ground.file(isModule);
      if (found === undefined) return undefined;
      ground.save(found.path);
      chmodSync(found.path, 0o755);
      return { differences: [] };
    },
  },
  {
    what: 'a module that is gone',
    apply(ground) {
      const found = ground.file(isModule);
      if (found === undefined) return undefined;
      ground.save(found.path);
      rmSync(found.path);
      return { differences: [`missing ${found.path}`] };
    },
  },
  {
    what: 'a module that is a directory',
    apply(ground) {
      const found = ground.file(isModule);
      if (found === undefined) return undefined;
      ground.save(found.path);
      rmSync(found.path);
      mkdirSync(found.path);
      return { differences: [`missing ${found.path}`] };
    },
  },
  {
    what: 'a module whose name has another case',
    apply(ground) {
      const found = ground.file((path, of) => isInPackage(path, of) && /^[a-z]/.test(basename(path)));
      if (found === undefined) return undefined;
      const renamed = join(dirname(found.path), basename(found.path).toUpperCase());
      ground.save(found.path);
      ground.save(renamed);
      renameSync(found.path, renamed);
      return { differences: [`missing ${found.path}`, `added ${renamed}`] };
    },
  },
  adding(
    'a module more',
    besideModule((_, ground) => `${ground.fresh()}.py`),
  ),
  adding(
    'a compiled module without a source',
    besideModule((_, ground) => `${ground.fresh()}.pyc`),
  ),
  adding(
    'a compiled file of no source',
    besideModule((_, ground) => join('__pycache__', `${ground.fresh()}.${cacheTag(ground)}.pyc`)),
  ),
  adding(
    'a library that comes before a module',
    besideModule((module) => basename(module).replace(/\.py$/, '.so')),
  ),
  {
    what: 'a compiled file that runs whatever its source says',
    apply(ground) {
      const [major, minor] = ground.pythonVersion;
      const found = major < 3 || (major === 3 && minor < 7) ? undefined : ground.file(isInPackage);
      if (found === undefined) return undefined;
      const name = basename(found.path).replace(/\.py$/, `.${cacheTag(ground)}.pyc`);
      const cache = join(dirname(found.path), '__pycache__');
      ground.save(existsSync(cache) ? join(cache, name) : cache);
      mkdirSync(cache, { recursive: true });
      writeFileSync(join(cache, name), Buffer.concat([unchecked, Buffer.alloc(40)]));
      return { differences: [`added ${join(cache, name)}`] };
    },
  },
  adding('a .pth file', (ground) => join(ground.site, `${ground.fresh()}.pth`), 'import os\n'),
  adding('sitecustomize', ({ site }) => join(site, 'sitecustomize.py')),
  adding('usercustomize, a package', ({ site }) => join(site, 'usercustomize', '__init__.py')),
  adding('a namespace directory', (ground) => join(ground.site, ground.fresh(), 'evil.py')),
  adding('metadata of nothing', (ground) =>
    join(ground.site, `${ground.fresh()}-1.0.dist-info`, 'entry_points.txt'),
  ),
  {
    what: 'metadata without RECORD',
    apply(ground) {
      const directory = join(ground.site, `${ground.fresh()}-1.0.dist-info`);
      ground.save(directory);
      mkdirSync(directory);
      writeFileSync(join(directory, 'METADATA'), 'Metadata-Version: 2.1\nName: zz\nVersion: 1.0\n');
      return { differences: [`leftovers ${directory}`] };
    },
  },
  adding('a program more', ({ ownsScripts, isTarget, scripts }) =>
    ownsScripts || isTarget ? join(scripts, 'zz-program') : undefined,
  ),
  adding('a Python more', ({ ownsScripts, isTarget, scripts }) =>
    ownsScripts || isTarget ? join(scripts, 'python3.99') : undefined,
  ),
  inRecord('RECORD with the file of another', (rows, { site }) => {
    const isOther = (name: string) => name.endsWith('.dist-info') && !rows.some((row) => row.includes(name));
    const other = readdirSync(site).find(isOther);
    return other === undefined ? undefined : [`${other}/METADATA,,`, ...rows];
  }),
  inRecord('RECORD with a file outside', (rows) => ['../../../../../../etc/passwd,,', ...rows]),
  inRecord('RECORD without a file', (rows) => {
    const at = rows.findIndex((row) => row.includes('METADATA,'));
    return at < 0 ? undefined : rows.toSpliced(at, 1);
  }),
  inRecord('RECORD with another hash', (rows) =>
    rows.map((row) => row.replace(/(METADATA,sha256=)[\w-]{43}/, `$1${'A'.repeat(43)}`)),
  ),
  changing(
    'another INSTALLER',
    () => inInfo('INSTALLER')(),
    (path) => writeFileSync(path, 'nobody\n'),
  ),
  {
    what: 'direct_url.json of an archive',
    apply(ground) {
      const found = ground.file((path, of) => path === join(of.info, 'INSTALLER'));
      if (found === undefined) return undefined;
      const path = join(found.of.info, 'direct_url.json');
      ground.save(path);
      writeFileSync(path, JSON.stringify({ url: 'https://evil.example/x.whl', archive_info: {} }));
      return { differences: [`added ${path}`] };
    },
  },
  {
    what: 'direct_url.json of a directory',
    apply(ground) {
      const found = ground.file((path, of) => path === join(of.info, 'INSTALLER'));
      if (found === undefined) return undefined;
      const path = join(found.of.info, 'direct_url.json');
      ground.save(path);
      writeFileSync(path, JSON.stringify({ url: 'file:///home/me/x', dir_info: { editable: true } }));
      return { differences: [`other-source ${found.of.name}`] };
    },
  },
  {
    what: 'another version',
    apply(ground) {
      const found = ground.file((path, of) => path === join(of.info, 'METADATA'));
      if (found === undefined) return undefined;
      const { info, name } = found.of;
      const other = info.replace(/-[^-]+\.dist-info$/, '-99.9.dist-info');
      ground.save(info);
      ground.save(other);
      const text = readFileSync(found.path, 'utf8').replace(/^Version: .*/m, 'Version: 99.9');
      writeFileSync(found.path, text);
      const record = join(info, 'RECORD');
      const rows = readFileSync(record, 'utf8').replaceAll(basename(info), basename(other));
      writeFileSync(record, rows);
      renameSync(info, other);
      return { differences: [`version ${name}`] };
    },
  },
  {
    what: 'a distribution that is gone',
    apply(ground) {
      const found = ground.file((path, of) => path === join(of.info, 'METADATA') && of.files.length < 500);
      if (found === undefined) return undefined;
      const { files, info, name } = found.of;
      for (const path of files) ground.save(path);
      for (const path of files) rmSync(path);
      ground.save(info);
      rmSync(info, { recursive: true });
      return { differences: [`not-installed ${name}`] };
    },
  },
];
