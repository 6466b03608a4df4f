import { type Findings, RuleViolation } from '../findings.js';
import { limits } from '../limits.js';
import type { TarEntry } from './reader.js';

/**
 * The links of one archive. A hard link must name an earlier file. A symbolic link must stay in the root directory
 * after every link on its path is followed, and no entry may be below it. CVE-2025-8869, CVE-2025-4517,
 * CVE-2007-4559.
 */
export class Links {
  readonly #findings: Findings;
  readonly #symlinks = new Map<string, string>();
  readonly #names: string[] = [];
  readonly #files = new Set<string>();
  #characters = 0;
  #steps = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  add(entry: Pick<TarEntry, 'name' | 'type' | 'target'>): void {
    this.#characters += entry.target?.length ?? 0;
    if (this.#characters > limits.names) {
      throw new RuleViolation(
        'bomb-entries',
        undefined,
        `the targets of links take more than ${limits.names} characters`,
      );
    }
    this.#names.push(entry.name);
    if (entry.type === 'file') this.#files.add(entry.name);
    if (entry.type === 'symlink') this.#symlinks.set(entry.name, entry.target ?? '');
    if (entry.type !== 'hardlink') return;
    if (this.#files.has(entry.target ?? '')) this.#files.add(entry.name);
    else {
      const message = `a hard link to '${entry.target}', which is not a file that came before it`;
      this.#findings.add('tar-hard-link', entry.name, message);
    }
  }

  /** `root`: the directory that all targets must stay in. */
  finish(root: string): void {
    if (this.#symlinks.size === 0) return;
    for (const name of this.#names) {
      for (let slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
        if (!this.#symlinks.has(name.slice(0, slash))) continue;
        this.#findings.add(
          'tar-link-parent',
          name,
          `it is below '${name.slice(0, slash)}', which is a symbolic link`,
        );
        break;
      }
    }
    for (const [name, target] of this.#symlinks) {
      const end = this.#resolve(name, root);
      if (end === 'inside') continue;
      if (end === 'loop')
        this.#findings.add('tar-link-loop', name, `the link to '${target}' is part of a loop`);
      else this.#findings.add('tar-link-escape', name, `the link to '${target}' points outside '${root}'`);
    }
  }

  #resolve(link: string, root: string): 'inside' | 'outside' | 'loop' {
    const parts = [...link.split('/')].reverse();
    const path: string[] = [];
    let followed = 0;
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      this.#steps += 1;
      if (this.#steps > limits.linkSteps || path.length > limits.nameParts) return 'loop';
      if (part === '' || part === '.') continue;
      if (part === '..') {
        path.pop();
        // The parent of the root directory is outside, even if the path leads back in.
        if (path[0] !== root) return 'outside';
        continue;
      }
      path.push(part);
      if (path[0] !== root) return 'outside';
      const target = this.#symlinks.get(path.join('/'));
      if (target === undefined) continue;
      followed += 1;
      if (followed > limits.linkDepth) return 'loop';
      if (target === '' || /^[/\\]|^[a-z]:|[\\\x00-\x1f\x7f]/i.test(target)) return 'outside';
      path.pop();
      parts.push(...target.split('/').reverse());
    }
    return 'inside';
  }
}
