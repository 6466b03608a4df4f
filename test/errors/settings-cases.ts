import { chmodSync } from 'node:fs';
import { hash, quill } from './archives.js';
import type { Case } from './world.js';

const pinned = `quill==1.0 ${hash}`;

/** The command line, configuration, and the Python that is installed for. */
export const settingsCases: readonly Case[] = [
  {
    code: 'USAGE',
    cause: 'An option or argument is misspelt, missing, or does not go with another one.',
    run: ({ peep }) => peep(['fetch', '--requirements', 'requirements.txt']),
  },
  {
    code: 'SIZE_INVALID',
    cause: 'A size or a span of time has a unit that peep does not know, or no number.',
    run: ({ fetch }) => fetch([pinned], ['--memory-budget', 'plenty']),
  },
  {
    code: 'SETTING_INVALID',
    cause:
      'The value of an option, of a PIP_ variable or of a line of pip.conf is not one of those it can have.',
    run: ({ fetch }) => fetch([pinned], [], { env: { PIP_TIMEOUT: 'long' } }),
  },
  {
    code: 'CONFIG_UNREADABLE',
    cause: "A configuration file of pip's is there, and cannot be opened or is not UTF-8.",
    run: ({ fetch, write }) => {
      const config = write('pip.conf', Buffer.from('[global]\nindex-url = caf\xe9\n', 'latin1'));
      return fetch([pinned], [], { env: { PIP_CONFIG_FILE: config } });
    },
  },
  {
    code: 'CONFIG_INVALID',
    cause: "A line of a configuration file of pip's is neither a section nor an option.",
    run: ({ fetch, write }) =>
      fetch([pinned], [], {
        env: { PIP_CONFIG_FILE: write('pip.conf', 'index-url = https://index.example/simple/\n') },
      }),
  },
  {
    code: 'REPORT_UNWRITABLE',
    cause: 'The directory of --report or --html is not there, or may not be written to.',
    run: ({ write, peep }) => {
      write(quill.filename, quill.bytes);
      return peep(['hash', quill.filename, '--report', 'missing/report.json']);
    },
  },
  {
    code: 'PYTHON_NOT_FOUND',
    cause:
      'What --python or PEEP_PYTHON names is not there; or no environment is active and no python3 is on PATH.',
    run: ({ path, write, peep }) => {
      write('requirements.txt', `${pinned}\n`);
      return peep(['fetch', '-r', 'requirements.txt', '--python', path('venv')]);
    },
  },
  {
    code: 'PYTHON_BROKEN',
    cause:
      'The interpreter ends with an error, or is not a Python; often an environment whose Python was removed or upgraded.',
    run: ({ write, peep }) => {
      const python = write(
        'venv/bin/python',
        '#!/bin/sh\necho "libpython3.11.so: cannot open" >&2\nexit 127\n',
      );
      chmodSync(python, 0o755);
      write('requirements.txt', `${pinned}\n`);
      return peep(['fetch', '-r', 'requirements.txt', '--python', python]);
    },
  },
  {
    code: 'TARGET_INVALID',
    cause:
      '--for, --platform, --python-version, --abi or --implementation describes nothing that archives are built for.',
    run: ({ write, peep }) => {
      write('requirements.txt', `${pinned}\n`);
      return peep(['fetch', '-r', 'requirements.txt', '--for', 'three:manylinux_2_28_x86_64']);
    },
  },
  {
    code: 'UPGRADE_UNCLEAR',
    cause:
      '`peep pin --upgrade` names a project that no line pins, or that several lines pin to different versions.',
    run: ({ write, peep }) => {
      write('requirements.txt', `${pinned}\n`);
      return peep(['pin', '-r', 'requirements.txt', '--for', '3.11:any', '--upgrade', 'inkpot==2.0']);
    },
  },
  {
    code: 'FILE_UNREADABLE',
    cause: 'The name is misspelt, or the file may not be read.',
    run: ({ peep }) => peep(['hash', 'quill-1.0-py3-none-any.whl']),
  },
  {
    code: 'FILENAME_UNSAFE',
    cause:
      'A URL or an index names a file in a way that could leave its directory, or that some systems cannot store.',
    run: ({ fetch }) => fetch([`https://files.example/%00.zip ${hash}`]),
  },
  {
    code: 'STORE_UNUSABLE',
    cause: 'The directory of --cache-dir may not be written to, is a file, or its disk is full.',
    run: async ({ fetch, serve, write }) => {
      const index = await serve({ projects: { quill: [quill] } });
      return fetch([pinned], ['-i', index.url, '--cache-dir', write('cache', '')]);
    },
  },
  {
    code: 'DEST_UNUSABLE',
    cause: 'The directory of --dest cannot be made or written to, or its disk is full.',
    run: async ({ fetch, serve, write }) => {
      const index = await serve({ projects: { quill: [quill] } });
      write('wheels', 'a file');
      return fetch([pinned], ['-i', index.url, '--dest', 'wheels/all']);
    },
  },
  {
    code: 'DEST_CONFLICT',
    cause:
      'The directory holds something of another layout, or a SHA256SUMS that peep did not write; or an archive by URL has no place in an index.',
    run: async ({ fetch, serve, write }) => {
      const index = await serve({ projects: { quill: [quill] } });
      write('wheels/SHA256SUMS', 'my own notes\n');
      return fetch([pinned], ['-i', index.url, '--dest', 'wheels']);
    },
  },
  {
    code: 'IMPORT_REFUSED',
    cause:
      'A directory to import with --trust-sums has no SHA256SUMS; or a directory holds links, pipes, or names that no archive has.',
    run: ({ peep, write }) => {
      write(`outbox/${quill.filename}`, quill.bytes);
      return peep(['store', 'import', 'outbox', '--trust-sums']);
    },
  },
];
