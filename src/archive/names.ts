import type { Findings } from './findings.js';
import { RuleViolation } from './findings.js';
import { limits } from './limits.js';

/** Names that need no further checks: printable ASCII without any character that some system treats specially. */
const plain = /^[\x20-\x7e]+$/;
const special =
  /[\\:*?"<>|]|^\/|\/\/|(?:^|\/)\.{1,2}(?:\/|$)|[. ](?:\/|$)|(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:[. /]|$)/i;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The name of an entry as text; a name that is not UTF-8 stops the inspection. */
export function decodeName(bytes: Buffer, start = 0, end = bytes.length): string {
  const ascii = bytes.toString('latin1', start, end);
  if (plain.test(ascii)) return ascii;
  try {
    return strictUtf8.decode(bytes.subarray(start, end));
  } catch {
    throw new RuleViolation('name-encoding', ascii, 'the name of an entry is not UTF-8');
  }
}

/**
 * The rules for one name in any format: it must be the same relative path for every unpacker on every system.
 * CVE-2007-4559, CVE-2025-8869, CVE-2026-1703.
 */
export function checkName(name: string, findings: Findings): void {
  if (name.length < 150 && plain.test(name) && !special.test(name)) return;
  const parts = name.replace(/\/$/, '').split('/');
  if (
    parts.length > limits.nameParts ||
    Buffer.byteLength(name) > limits.nameBytes ||
    parts.some((part) => Buffer.byteLength(part) > 255)
  ) {
    throw new RuleViolation('name-long', name, 'the name is longer or deeper than file systems allow');
  }
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
  if (parts.includes('..')) findings.add('name-parent', name, "the name has a '..' component");
  if (name !== '' && !name.startsWith('/') && (parts.includes('.') || parts.includes(''))) {
    findings.add('name-dot', name, "the name has an empty or '.' component");
  }
  const odd = parts.find((part) => part !== '.' && part !== '..' && isOddOnWindows(part));
  if (odd !== undefined && !name.includes('\\') && !/^[a-z]:/i.test(name)) {
    findings.add('name-windows', name, `Windows reads '${odd}' as a different name`);
  }
}

/** Names with equal keys are the same file on a case-insensitive or Unicode-normalising file system. */
export function foldName(name: string): string {
  return plain.test(name)
    ? name.toLowerCase()
    : name.normalize('NFC').toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
}

/** The kind of a name; `implied` directories exist only because a file is in them. */
const kinds = { file: 0, directory: 1, implied: 2 } as const;
type Kind = (typeof kinds)[keyof typeof kinds];

/**
 * The use of the names: a wheel may be installed on any system; a source archive is unpacked only on this machine.
 */
export type NameUse = 'wheel' | 'sdist';

/** All names of an archive; finds names that collide. */
export class NameTable {
  /** Names by their case-folded form. */
  readonly #known = new Map<string, Kind>();
  /** The original spelling of names that differ from their folded form. */
  readonly #spellings = new Map<string, string>();
  readonly #findings: Findings;
  readonly #caseRule: 'name-case' | 'sdist-name-case';
  #lastParent = '';
  #count = 0;
  #characters = 0;

  constructor(findings: Findings, use: NameUse = 'wheel') {
    this.#findings = findings;
    this.#caseRule = use === 'sdist' ? 'sdist-name-case' : 'name-case';
  }

  get count(): number {
    return this.#count;
  }

  /** `name` has no trailing slash. */
  add(name: string, directory: boolean): void {
    this.#count += 1;
    if (this.#count > limits.entries) {
      throw new RuleViolation(
        'bomb-entries',
        undefined,
        `the archive holds more than ${limits.entries} entries`,
      );
    }
    const key = foldName(name);
    const known = this.#known.get(key);
    if (known === undefined) this.#note(key, name, directory ? kinds.directory : kinds.file);
    else this.#clash(known, name, directory, key);
    const slash = name.lastIndexOf('/');
    const parent = slash < 0 ? '' : name.slice(0, slash);
    if (parent === this.#lastParent) return;
    this.#lastParent = parent;
    this.#addParents(parent);
  }

  #note(key: string, name: string, kind: Kind): void {
    this.#characters += key.length;
    if (this.#characters > limits.names) {
      throw new RuleViolation(
        'bomb-entries',
        undefined,
        `names and directories take more than ${limits.names} characters`,
      );
    }
    this.#known.set(key, kind);
    if (key !== name) this.#spellings.set(key, name);
  }

  #clash(known: Kind, name: string, directory: boolean, key: string): void {
    const spelled = this.#spellings.get(key) ?? key;
    if ((known === kinds.file) === directory) {
      this.#findings.add('name-file-directory', name, `'${spelled}' is both a file and a directory`);
    } else if (directory && known === kinds.implied) {
      if (spelled !== name) this.#merged(spelled, name);
      this.#known.set(key, kinds.directory);
    } else if (spelled === name) {
      this.#findings.add('name-duplicate', name, 'the archive holds two entries of this name');
    } else {
      this.#findings.add(
        this.#caseRule,
        name,
        `on a case-insensitive file system this name is the same as '${spelled}'`,
      );
    }
  }

  #addParents(parent: string): void {
    for (let directory = parent; directory !== ''; ) {
      const key = foldName(directory);
      const known = this.#known.get(key);
      const spelled = this.#spellings.get(key) ?? key;
      if (known === undefined) this.#note(key, directory, kinds.implied);
      else if (known === kinds.file) {
        this.#findings.add('name-file-directory', directory, `'${spelled}' is both a file and a directory`);
      } else if (spelled !== directory) this.#merged(spelled, directory);
      else return;
      const slash = directory.lastIndexOf('/');
      directory = slash < 0 ? '' : directory.slice(0, slash);
    }
  }

  #merged(known: string, directory: string): void {
    this.#findings.add(
      'name-directory-case',
      directory,
      `on a case-insensitive file system this directory is the same as '${known}'`,
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
