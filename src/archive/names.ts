import type { Findings } from './findings.js';
import { Refusal } from './findings.js';
import { limits } from './limits.js';

/** Names that need no closer look: printable ASCII without anything that some system treats specially. */
const plain = /^[\x20-\x7e]+$/;
const special =
  /[\\:*?"<>|]|^\/|\/\/|(?:^|\/)\.{1,2}(?:\/|$)|[. ](?:\/|$)|(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:[. /]|$)/i;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The name of an entry as text; anything but UTF-8 ends the look. */
export function decodeName(bytes: Buffer): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw new Refusal('name-encoding', bytes.toString('latin1'), 'the name of an entry is not UTF-8');
  }
}

/**
 * The rules for one name, whatever the format: it has to be the same relative path to every unpacker on every
 * system. CVE-2007-4559, CVE-2025-8869, CVE-2026-1703.
 */
export function checkName(name: string, findings: Findings): void {
  if (name.length < 200 && plain.test(name) && !special.test(name)) return;
  if (name === '') findings.add('name-empty', name, 'an entry has no name');
  if (/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(name)) {
    findings.add('name-control', name, 'the name holds a control character or a line separator');
  }
  if (/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/.test(name)) {
    findings.add('name-bidi', name, 'the name holds an invisible or direction-changing character');
  }
  if (name.includes('\\'))
    findings.add('name-backslash', name, 'the name holds a backslash, a separator on Windows');
  if (name.startsWith('/')) findings.add('name-absolute', name, 'the name is an absolute path');
  if (/^[a-z]:/i.test(name)) findings.add('name-drive', name, 'the name begins with a drive letter');
  const parts = name.replace(/\/$/, '').split('/');
  if (parts.includes('..')) findings.add('name-parent', name, "the name has a '..' component");
  if (name !== '' && !name.startsWith('/') && (parts.includes('.') || parts.includes(''))) {
    findings.add('name-dot', name, "the name has an empty or '.' component");
  }
  if (Buffer.byteLength(name) > 4000 || parts.some((part) => Buffer.byteLength(part) > 255)) {
    findings.add('name-long', name.slice(0, 100), 'the name is longer than file systems take');
  }
  const odd = parts.find((part) => part !== '.' && part !== '..' && isOddOnWindows(part));
  if (odd !== undefined && !name.includes('\\') && !/^[a-z]:/i.test(name)) {
    findings.add('name-windows', name, `Windows reads '${odd}' as something else`);
  }
}

/** Do two names mean one file on a system that folds case or composes characters? Equal keys say yes. */
export function foldName(name: string): string {
  return plain.test(name)
    ? name.toLowerCase()
    : name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

interface Known {
  readonly name: string;
  readonly folder: boolean;
  /** Folders that are only there because a file lies in them. */
  readonly implied: boolean;
}

/** All names of an archive: finds the ones that fall on each other. */
export class NameTable {
  readonly #known = new Map<string, Known>();
  readonly #findings: Findings;
  #lastParent = '';
  #count = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  get count(): number {
    return this.#count;
  }

  /** `name` without a trailing slash. */
  add(name: string, folder: boolean): void {
    this.#count += 1;
    if (this.#count > limits.entries) {
      throw new Refusal('bomb-entries', undefined, `the archive holds more than ${limits.entries} entries`);
    }
    const key = foldName(name);
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, { name, folder, implied: false });
    else this.#clash(known, name, folder, key);
    const slash = name.lastIndexOf('/');
    const parent = slash < 0 ? '' : name.slice(0, slash);
    if (parent === this.#lastParent) return;
    this.#lastParent = parent;
    this.#addParents(parent);
  }

  #clash(known: Known, name: string, folder: boolean, key: string): void {
    if (known.folder !== folder) {
      this.#findings.add('name-file-folder', name, `'${known.name}' is both a file and a folder`);
    } else if (folder && known.implied) {
      if (known.name !== name) this.#spelled(known.name, name);
      this.#known.set(key, { name: known.name, folder, implied: false });
    } else if (known.name === name) {
      this.#findings.add('name-duplicate', name, 'the archive holds two entries of this name');
    } else {
      this.#findings.add('name-case', name, `a system that folds case takes this name for '${known.name}'`);
    }
  }

  #addParents(parent: string): void {
    for (let folder = parent; folder !== ''; ) {
      const key = foldName(folder);
      const known = this.#known.get(key);
      if (known === undefined) this.#known.set(key, { name: folder, folder: true, implied: true });
      else if (!known.folder) {
        this.#findings.add('name-file-folder', folder, `'${known.name}' is both a file and a folder`);
      } else if (known.name !== folder) this.#spelled(known.name, folder);
      else return;
      const slash = folder.lastIndexOf('/');
      folder = slash < 0 ? '' : folder.slice(0, slash);
    }
  }

  #spelled(known: string, folder: string): void {
    this.#findings.add(
      'name-folder-case',
      folder,
      `a system that folds case merges this folder with '${known}'`,
    );
  }
}

function isOddOnWindows(part: string): boolean {
  return (
    /[:*?"<>|]/.test(part) ||
    /[. ]$/.test(part) ||
    /^(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$)(?:[. ]|$)/i.test(part)
  );
}
