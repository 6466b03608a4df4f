import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';

/** Sections by name, each with its options by name; names of options in lower case. */
export type IniSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Reads the dialect of Python's `RawConfigParser`, in which pip.conf is written: `=` or `:`, comments on separate
 * lines, indented lines continue the value above, and every section inherits from `[DEFAULT]`. A section or option
 * that occurs twice is an error, as in Python. `wanted`: the sections to return, all by default; each includes the
 * inherited options. Throws `CONFIG_INVALID` with file and line.
 */
export function parseIni(text: string, file: string, wanted?: readonly string[]): IniSections {
  const reader = new IniReader(file);
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  lines.forEach((line, i) => {
    reader.read(line, i + 1);
  });
  return reader.finish(wanted);
}

class IniReader {
  readonly #file: string;
  readonly #sections = new Map<string, Map<string, string[]>>();
  readonly #defaults = new Map<string, string[]>();
  #section: Map<string, string[]> | undefined;
  #name = '';
  #value: string[] | undefined;
  #indent = 0;

  constructor(file: string) {
    this.#file = file;
  }

  read(line: string, number: number): void {
    const content = line.trim();
    if (content === '') {
      this.#value?.push('');
      return;
    }
    if (content.startsWith('#') || content.startsWith(';')) return;
    const indent = line.length - line.trimStart().length;
    if (this.#value !== undefined && indent > this.#indent) {
      this.#value.push(content);
      return;
    }
    this.#indent = indent;
    const header = /^\[(.+)\]/.exec(content)?.[1];
    if (header !== undefined) this.#open(header, number);
    else this.#option(content, number);
  }

  finish(wanted?: readonly string[]): IniSections {
    const sections = new Map<string, Map<string, string>>();
    for (const [section, options] of this.#sections) {
      if (wanted !== undefined && !wanted.includes(section)) continue;
      const all = [...this.#defaults, ...options];
      sections.set(section, new Map(all.map(([name, lines]) => [name, lines.join('\n').trimEnd()])));
    }
    return sections;
  }

  #open(header: string, number: number): void {
    this.#name = header;
    this.#value = undefined;
    if (header === 'DEFAULT') {
      this.#section = this.#defaults;
      return;
    }
    if (this.#sections.has(header))
      throw this.#invalid(`the section [${printable(header)}] appears twice`, number);
    this.#section = new Map();
    this.#sections.set(header, this.#section);
  }

  #option(content: string, number: number): void {
    if (this.#section === undefined) {
      throw this.#invalid(`'${printable(content)}' is before the first section`, number);
    }
    const delimiter = content.search(/[=:]/);
    const name = content.slice(0, Math.max(0, delimiter)).trimEnd().toLowerCase();
    if (name === '')
      throw this.#invalid(`'${printable(content)}' is neither a section nor an option with a value`, number);
    if (this.#section.has(name)) {
      throw this.#invalid(`'${printable(name)}' appears twice in [${printable(this.#name)}]`, number);
    }
    this.#value = [content.slice(delimiter + 1).trim()];
    this.#section.set(name, this.#value);
  }

  #invalid(why: string, line: number): PeepError {
    return new PeepError(
      'CONFIG_INVALID',
      `cannot read pip's configuration file '${printable(this.#file)}': ${why}`,
      {
        place: { file: this.#file, line },
        hint: 'Write lines such as `index-url = URL` under `[global]`, or name another file with `PIP_CONFIG_FILE`.',
      },
    );
  }
}
