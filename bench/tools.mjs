// The command lines that are measured, and what each needs to be gone before it runs cold.
import { join } from 'node:path';
import { root } from './sources.mjs';

/**
 * @param {{ work: string, bundle: string, venv: { python: string }, uv: string | undefined }} machine
 * @param {{ requirements: string, url: string, firstFile: string }} set
 */
export function toolsOf({ work, bundle, venv, uv }, set) {
  const places = {
    store: join(work, 'store'),
    uvStore: join(work, 'uv-store'),
    pipCache: join(work, 'pip-cache'),
  };
  const uvCache = join(work, 'uv-cache');
  const dest = join(work, 'dest');
  const pins = ['-q', '-r', set.requirements, '-i', `${set.url}/simple/`];
  const pip = (command) => [
    venv.python,
    '-m',
    'pip',
    command,
    '--require-hashes',
    '--no-deps',
    '--disable-pip-version-check',
  ];
  const peep = (command, store) => [
    ...[process.execPath, join(root, 'dist/peep.mjs'), command, ...pins, '--cert', bundle],
    ...['--python', venv.python, '--cache-dir', store],
  ];
  const uvInstall = [
    'uv',
    'pip',
    'install',
    '--no-config',
    '--no-deps',
    '--require-hashes',
    '--cache-dir',
    uvCache,
    ...pins,
  ];
  const withUv = uv !== undefined;
  return {
    dest,
    fetch: {
      peep: { command: peep('fetch', places.store), gone: [places.store] },
      pip: {
        command: [...pip('download'), '--cache-dir', places.pipCache, ...pins, '-d', dest],
        gone: [places.pipCache],
        dest: true,
      },
      ...(withUv && {
        'uv, install included': {
          command: [...uvInstall, '--target', dest, '--python', venv.python],
          gone: [uvCache],
          dest: true,
        },
      }),
      curl: {
        command: ['sh', '-c', `curl -s '${set.firstFile}' | openssl dgst -sha256`],
        gone: [],
        extra: true,
      },
    },
    install: {
      peep: { command: peep('install', places.store), gone: [places.store] },
      pip: { command: [...pip('install'), '--cache-dir', places.pipCache, ...pins], gone: [places.pipCache] },
      ...(withUv && {
        'peep --installer uv': {
          command: [...peep('install', places.uvStore), '--installer', 'uv'],
          gone: [places.uvStore],
        },
        uv: { command: [...uvInstall, '--python', venv.python], gone: [uvCache] },
      }),
    },
  };
}
