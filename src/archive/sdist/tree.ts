import { decodeText, parseFields } from '../../packaging/metadata.js';
import { type Findings, RuleViolation } from '../findings.js';
import { fitsPin, readIdentity, splitsInto } from '../identity.js';
import type { Expectation, Inspection } from '../inspection.js';
import { declaredLicence } from '../licence.js';
import { readStatedNeeds } from './build-requires.js';

type SdistParts = Pick<Inspection, 'project' | 'version' | 'needs' | 'licence'>;

const wanted = new Set(['PKG-INFO', 'pyproject.toml', 'setup.py']);

/** The entries in the root directory of a source archive, collected while it is read. */
export class SourceTree {
  readonly #findings: Findings;
  readonly #files = new Map<string, Buffer | undefined>();
  readonly #linked = new Map<string, string>();
  #root: string | undefined;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Records an entry. Returns true for a file whose content must be passed to `keep`. */
  add(name: string, type: 'file' | 'directory' | 'symlink' | 'hardlink', target?: string): boolean {
    const slash = name.indexOf('/');
    const top = slash < 0 ? name : name.slice(0, slash);
    if (slash < 0 && type !== 'directory') {
      throw new RuleViolation(
        'sdist-root',
        name,
        'the entry is outside the root directory of the source archive',
      );
    }
    this.#root ??= top;
    if (top !== this.#root) {
      throw new RuleViolation(
        'sdist-root',
        name,
        `the archive has two root directories, '${this.#root}' and '${top}'`,
      );
    }
    const path = name.slice(slash + 1);
    if (slash < 0 || !wanted.has(path)) return false;
    if (type !== 'file') {
      if (type === 'hardlink' && target !== undefined && path !== 'setup.py') this.#linked.set(name, target);
      else if (path === 'setup.py') this.#files.set(path, undefined);
      else
        throw new RuleViolation(
          path === 'PKG-INFO' ? 'sdist-pkg-info' : 'sdist-pyproject',
          name,
          `it is a ${type}, not a file`,
        );
    }
    this.#files.set(path, undefined);
    return type === 'file' && path !== 'setup.py';
  }

  /** Hard links whose content must be passed to `keep`, each with the file that it leads to (through other links). */
  get linked(): ReadonlyMap<string, string> {
    return this.#linked;
  }

  keep(name: string, content: Buffer): void {
    this.#files.set(name.slice(name.indexOf('/') + 1), content);
  }

  get root(): string {
    if (this.#root === undefined) throw new RuleViolation('sdist-root', undefined, 'the archive is empty');
    return this.#root;
  }

  /** Checks the rules for the whole tree, after its last entry. */
  async finish(stem: string, expected: Expectation): Promise<SdistParts> {
    const root = this.root;
    const hasPyproject = this.#files.has('pyproject.toml');
    if (!hasPyproject && !this.#files.has('setup.py')) {
      const rule = expected.origin === 'url' ? 'sdist-no-project' : 'sdist-no-build';
      this.#findings.add(rule, root, 'the root directory has no pyproject.toml and no setup.py');
    }
    const identity = this.#identity(root, stem, expected);
    const pyproject = hasPyproject ? this.#text('pyproject.toml') : undefined;
    const { build, dependencies } = await readStatedNeeds(pyproject, `${root}/pyproject.toml`);
    const statedRequires = [...this.#pkgInfoRequires(), ...dependencies];
    return {
      ...identity,
      needs: { ...build, requiresDist: [], statedRequires, requiresPython: undefined },
    };
  }

  /** Doubts about this field do not refuse the archive, because the build writes the final metadata. */
  #pkgInfoRequires(): readonly string[] {
    const { text } = decodeText(this.#files.get('PKG-INFO') ?? Buffer.alloc(0));
    return parseFields(text.replace(/^\ufeff/, ''), new Set(['requires-dist'])).get('requires-dist') ?? [];
  }

  #identity(
    root: string,
    stem: string,
    expected: Expectation,
  ): Pick<SdistParts, 'project' | 'version' | 'licence'> {
    const entry = `${root}/PKG-INFO`;
    if (!this.#files.has('PKG-INFO')) {
      if (expected.origin === 'url') return { project: undefined, version: undefined };
      const builds = this.#files.has('pyproject.toml') || this.#files.has('setup.py');
      if (!builds) throw new RuleViolation('sdist-pkg-info', entry, 'the source archive lacks this file');
      // ibm_db 3 and uWSGI 2 have no PKG-INFO. pip compares the built name and version with those of the pin.
      this.#findings.add('sdist-no-pkg-info', entry, 'the name and version are known only after a build');
      return { project: undefined, version: undefined };
    }
    const text = this.#text('PKG-INFO');
    const fields = parseFields(text, new Set(['name', 'version']));
    for (const doubt of fields.doubts) this.#findings.add('sdist-metadata', entry, doubt);
    const { project, version } = readIdentity(fields, entry, 'sdist-metadata');
    if (expected.project !== undefined && project !== expected.project) {
      this.#findings.add(
        'sdist-project',
        entry,
        `PKG-INFO names '${project}', but the pin names '${expected.project}'`,
      );
    }
    if (expected.version !== undefined && !fitsPin(version, expected.version)) {
      this.#findings.add(
        'sdist-version',
        entry,
        `PKG-INFO has version '${version}', but the pin has '${expected.version}'`,
      );
    }
    if (expected.origin === 'index' && !splitsInto(stem, project, version)) {
      const rule = splitsInto(stem, project) ? 'sdist-version' : 'sdist-project';
      this.#findings.add(rule, entry, `PKG-INFO names ${project} ${version}, but the file name is '${stem}'`);
    }
    if (expected.origin === 'index' && !splitsInto(root, project, version)) {
      this.#findings.add(
        'sdist-root-name',
        root,
        `the root directory of ${project} ${version} should be named after it`,
      );
    }
    return { project, version, licence: declaredLicence(text) };
  }

  #text(file: string): string {
    const { text, exact } = decodeText(this.#files.get(file) ?? Buffer.alloc(0));
    if (!exact) this.#findings.add('sdist-encoding', `${this.root}/${file}`, 'the file is not UTF-8');
    if (file !== 'PKG-INFO' || !text.startsWith('\ufeff')) return text;
    // Accept a byte order mark in PKG-INFO, because the back end rewrites this file. One in pyproject.toml stays:
    // Python's TOML readers reject it.
    this.#findings.add('sdist-encoding', `${this.root}/${file}`, 'the file begins with a byte order mark');
    return text.slice(1);
  }
}
