import { hash, newer, quill, wrongHash } from './archives.js';
import type { Case } from './world.js';

const pinned = `quill==1.0 ${hash}`;
const lock = (body: string) => `lock-version = "1.0"\ncreated-by = "test"\n${body}`;
const lockedQuill = (more: string) =>
  lock(`${more}[[packages]]\nname = "quill"\nversion = "1.0"\n[[packages.wheels]]
url = "https://index.example/${quill.filename}"\nhashes = { sha256 = "${quill.sha256}" }\n`);

/** Requirements files, and what stands in them. */
export const requirementsCases: readonly Case[] = [
  {
    code: 'REQUIREMENTS_UNREADABLE',
    cause: 'A file named with -r or -c, or by a line of another file, is not there or may not be read.',
    run: ({ fetch }) => fetch([pinned, '-r more.txt']),
  },
  {
    code: 'REQUIREMENTS_KIND',
    cause:
      'A pyproject.toml, a Pipfile, a package.json or another file that pins nothing was named with -r or -c.',
    run: ({ write, peep }) => {
      write('pyproject.toml', '[project]\nname = "quill"\n');
      return peep(['fetch', '-r', 'pyproject.toml', '--for', '3.11:any']);
    },
  },
  {
    code: 'REQUIREMENTS_TOO_LARGE',
    cause:
      'A file has more than 10 MiB or 500,000 lines, a line more than a million characters, or files include each other more than 50 deep. Usually it is not a requirements file.',
    run: ({ fetch }) => fetch([`quill==1.0 # ${'x'.repeat(10 << 20)}`]),
  },
  {
    code: 'REQUIREMENTS_RECURSION',
    cause: 'Files include each other in a circle.',
    run: ({ fetch }) => fetch([pinned, '-r requirements.txt']),
  },
  {
    code: 'REQUIREMENTS_ENCODING',
    cause:
      'The file is neither UTF-8 nor marked otherwise (by a byte order mark or a coding comment), or was damaged.',
    run: ({ write, peep }) => {
      write('requirements.txt', Buffer.from('quill==1.0 # \xe9\n', 'latin1'));
      return peep(['fetch', '-r', 'requirements.txt', '--for', '3.11:any']);
    },
  },
  {
    code: 'STRAY_CHARACTER',
    cause:
      'An invisible or control character came into the line, often from a web page or a word processor. It could hide what the line says.',
    run: ({ fetch }) => fetch([`quill==1.0\u200b ${hash}`]),
  },
  {
    code: 'LINE_SEPARATOR',
    cause:
      'A character stands in the line that most editors show as nothing, and behind it another requirement.',
    run: ({ fetch }) => fetch([`# a remark\u2028quill==1.0 ${hash}`]),
  },
  {
    code: 'VARIABLE_UNSAFE',
    cause:
      'The value of a `${VARIABLE}` has spaces or quotes in it that would add words or options to the line.',
    run: ({ fetch }) => fetch(['quill==${VERSION}'], [], { env: { VERSION: '1.0 --hash=sha256:12' } }),
  },
  {
    code: 'OPTION_INVALID',
    cause: 'An option is misspelt, belongs on the command line, or lacks its value.',
    run: ({ fetch }) => fetch(['--upgrade', pinned]),
  },
  {
    code: 'OPTION_MISPLACED',
    cause:
      'An option shares its line with a requirement or with other options, where pip would ignore it or apply it to everything.',
    run: ({ fetch }) => fetch([`${pinned} --index-url https://index.example/simple/`]),
  },
  {
    code: 'TEXT_IGNORED',
    cause: 'A requirement stands behind an option on one line; pip would leave it out without a word.',
    run: ({ fetch }) => fetch(['--no-index quill==1.0']),
  },
  {
    code: 'DASH_REQUIREMENT',
    cause:
      'The name of a requirement begins with a dash, so that pip would read it as an option with a value glued to it.',
    run: ({ fetch }) => fetch(['-flask==1.0']),
  },
  {
    code: 'HASHES_OFF',
    cause: 'A line says --no-require-hashes.',
    run: ({ fetch }) => fetch(['--no-require-hashes', pinned]),
  },
  {
    code: 'PUBLISHER_MALFORMED',
    cause:
      'A comment `# attested-by:` above the requirement does not have the form that `peep pin --write` writes. A record that cannot be read could be met by anybody, so the requirement is refused.',
    run: ({ fetch }) => fetch(['# attested-by: github acme/quill', pinned]),
  },
  {
    code: 'HASH_ORPHAN',
    cause: 'The backslash at the end of the line before is missing, or something stands behind it.',
    run: ({ fetch }) => fetch([pinned, `    ${hash}`]),
  },
  {
    code: 'HASH_INVALID',
    cause: 'The hash is of a weak algorithm (md5, sha1), or not of the form ALGORITHM:HEX.',
    run: ({ fetch }) => fetch([`quill==1.0 --hash=md5:${'0'.repeat(32)}`]),
  },
  {
    code: 'DIGEST_MALFORMED',
    cause:
      'A hash was cut, has a character too many, or spare bits that are set: it cannot be the digest of anything.',
    run: ({ fetch }) => fetch([`# sha256: 9hBd3wa1TQ`, 'quill==1.0']),
  },
  {
    code: 'DIGEST_MISMATCH',
    cause:
      'The version was changed and its hashes were not; or the archive is built for another platform than the pinned one; or it was replaced on the index or on the way. This is what peep is for.',
    run: async ({ fetch, serve }) => {
      const index = await serve({ projects: { quill: [quill] } });
      return fetch([`quill==1.0 ${wrongHash}`], ['-i', index.url]);
    },
  },
  {
    code: 'LOCK_MISPLACED',
    cause: '`peep port` was given a pylock.toml.',
    run: ({ write, peep }) => {
      write('pylock.toml', lockedQuill(''));
      return peep(['port', 'pylock.toml']);
    },
  },
  {
    code: 'REQUIREMENT_UNPINNED',
    cause: 'The line has no version, a range, or a wildcard, so no archive can be the one that was meant.',
    run: ({ fetch }) => fetch(['quill>=1.0']),
  },
  {
    code: 'REQUIREMENT_EDITABLE',
    cause: 'A line begins with -e: it installs a directory, which no hash can pin.',
    run: ({ fetch }) => fetch(['-e .']),
  },
  {
    code: 'REQUIREMENT_VCS',
    cause: 'The requirement comes from version control; what it gives is made anew each time.',
    run: ({ fetch }) => fetch(['quill @ git+https://example.org/quill.git']),
  },
  {
    code: 'REQUIREMENT_FOLDER',
    cause: 'The line names a directory, such as `.`, or a file that is neither a wheel nor a source archive.',
    run: ({ fetch }) => fetch(['./quill']),
  },
  {
    code: 'REQUIREMENT_URL',
    cause: 'The URL has a scheme other than http, https and file, is broken, or asks for a subdirectory.',
    run: ({ fetch }) => fetch(['quill @ ftp://files.example/quill-1.0.tar.gz']),
  },
  {
    code: 'REQUIREMENT_MALFORMED',
    cause: 'The line is not a requirement: a character is missing or one too many.',
    run: ({ fetch }) => fetch(['quill 1.0']),
  },
  {
    code: 'SPECIFIER_MALFORMED',
    cause:
      'What stands behind the name is not a version specifier. `peep diff` and the library read specifiers apart from requirements.',
    run: async ({ thrown }) => {
      const { specifierContains } = await import('../../src/api/index.js');
      return thrown(() => specifierContains('=>1.0', '1.0'));
    },
  },
  {
    code: 'NAME_MALFORMED',
    cause:
      'A project name has other characters than letters, digits and `._-`, or begins or ends with one of those.',
    run: ({ write, peep }) => {
      write('pylock.toml', lockedQuill('').replace('name = "quill"', 'name = "-quill"'));
      return peep(['fetch', '-r', 'pylock.toml', '--for', '3.11:any']);
    },
  },
  {
    code: 'VERSION_MALFORMED',
    cause: 'The library was given a version that is none.',
    run: async ({ thrown }) => {
      const { compareVersions } = await import('../../src/api/index.js');
      return thrown(() => compareVersions('1.0', 'one'));
    },
  },
  {
    code: 'MARKER_MALFORMED',
    cause:
      'What stands behind the semicolon is not a marker: a quote, an operator or a parenthesis is missing.',
    run: ({ fetch }) => fetch([`quill==1.0 ; python_version > 3 ${hash}`]),
  },
  {
    code: 'MARKER_COMPARISON_UNDEFINED',
    cause: 'A marker asks whether a text that is not a version is compatible with another (`~=`).',
    run: ({ fetch }) => fetch([`quill==1.0 ; sys_platform ~= 'linux' ${hash}`]),
  },
  {
    code: 'MARKER_NAME_UNDEFINED',
    cause: 'A marker compares two texts or two variables, or a name that is not a variable of a requirement.',
    run: ({ fetch }) => fetch([`quill==1.0 ; 'a' == 'b' ${hash}`]),
  },
  {
    code: 'PIN_CONFLICT',
    cause: 'Two lines, often of two files, pin one project differently.',
    run: ({ fetch }) => fetch([pinned, `quill==2.0 ${hash}`]),
  },
  {
    code: 'CONSTRAINT_INVALID',
    cause: 'A line of a constraints file has extras or no name.',
    run: ({ fetch, write }) => {
      write('constraints.txt', 'quill[ink]==1.0\n');
      return fetch([pinned, '-c constraints.txt']);
    },
  },
  {
    code: 'CONSTRAINT_CONFLICT',
    cause: 'A constraint allows another version, another archive or other hashes than the pin.',
    run: ({ fetch, write }) => {
      write('constraints.txt', 'quill<1.0\n');
      return fetch([pinned, '-c constraints.txt']);
    },
  },
  {
    code: 'LOCK_INVALID',
    cause:
      'The lock file was cut or edited by hand, or the tool that wrote it does not follow its own format.',
    run: ({ write, peep }) => {
      write('pylock.toml', lock(''));
      return peep(['fetch', '-r', 'pylock.toml', '--for', '3.11:any']);
    },
  },
  {
    code: 'LOCK_VERSION',
    cause: 'The lock file is of a format that came after this peep.',
    run: ({ write, peep }) => {
      write('pylock.toml', 'lock-version = "2.0"\n');
      return peep(['fetch', '-r', 'pylock.toml', '--for', '3.11:any']);
    },
  },
  {
    code: 'LOCK_TARGET',
    cause: 'The lock file was made for another Python or platform.',
    run: ({ write, peep }) => {
      write('pylock.toml', lockedQuill('requires-python = ">=3.13"\n'));
      return peep(['fetch', '-r', 'pylock.toml', '--for', '3.11:any']);
    },
  },
  {
    code: 'LOCK_SELECTION',
    cause:
      'An extra, group or workspace member was asked for that the lock file does not have, or two that it declares as conflicting.',
    run: ({ write, peep }) => {
      write('pylock.toml', lockedQuill('extras = ["fast"]\n'));
      return peep(['fetch', '-r', 'pylock.toml', '--extra', 'quick', '--for', '3.11:any']);
    },
  },
  {
    code: 'LOCK_UNDECIDED',
    cause:
      'What the project itself requires stands in pyproject.toml alone, and there is none beside the file, or it may mean two versions of a package: poetry.lock before version 2.1, pdm.lock without `inherit_metadata`.',
    run: ({ write, peep }) => {
      write('poetry.lock', '[metadata]\nlock-version = "2.0"\n');
      return peep(['fetch', '-r', 'poetry.lock', '--for', '3.11:any']);
    },
  },
  {
    code: 'EDIT_FAILED',
    cause:
      '`peep pin` cannot change the line without changing something else: it stands in a form that leaves no place for a hash.',
    run: async ({ serve, write, peep }) => {
      const index = await serve({ projects: { quill: [quill, newer] } });
      write('requirements.txt', `quill==\${VERSION} ${hash}\n`);
      return peep(
        ['pin', '-r', 'requirements.txt', '--for', '3.11:any', '--upgrade', 'quill==2.0', '-i', index.url],
        { env: { VERSION: '1.0' } },
      );
    },
  },
];
