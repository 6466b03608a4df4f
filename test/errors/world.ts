import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { main } from '../../src/cli/main.js';
import type { Host } from '../../src/run/host.js';
import { type ErrorCode, isPeepError } from '../../src/text/errors.js';
import type { Scenario } from '../mock-index/scenario.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { cleanEnvironment, peepPath } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';
import { quill } from './archives.js';

/** What a user sees of an error: exit status, and what was printed about it. */
export interface Shown {
  readonly status: number;
  readonly text: string;
}

/** How one code of src/text/errors.ts comes about. */
export interface Case {
  readonly code: ErrorCode;
  /** When it happens, as a sentence for docs/errors.md. */
  readonly cause: string;
  readonly run: (world: World) => Promise<Shown>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly temp?: string;
}

/** One user with a working directory and an index that has `quill`; peep runs in this process. */
export interface World extends AsyncDisposable {
  readonly work: string;
  /** An absolute path below the working directory. */
  path(name: string): string;
  write(name: string, content: string | Uint8Array): string;
  serve(scenario: Scenario): Promise<MockIndex>;
  /** Text without what differs from machine to machine. */
  shown(text: string): string;
  /** To be closed at the end. */
  keep<T extends AsyncDisposable>(resource: T): T;
  peep(args: readonly string[], options?: RunOptions): Promise<Shown>;
  /** `peep fetch` of these lines for CPython 3.11 on any platform; from an index with quill, unless `args` say otherwise. */
  fetch(lines: readonly string[], args?: readonly string[], options?: RunOptions): Promise<Shown>;
  /** What main would print of what `action` throws; for what cannot be brought about from outside. */
  thrown(action: () => unknown): Promise<Shown>;
}

export function makeWorld(): World {
  const directory = tempDirectory();
  const work = directory.join('work');
  mkdirSync(work);
  const resources: AsyncDisposable[] = [];

  const world: World = {
    work,
    path: (name) => join(work, name),
    write(name, content) {
      const path = join(work, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    shown: (text) => shown(text, directory.path),
    keep(resource) {
      resources.push(resource);
      return resource;
    },
    serve: async (scenario) => world.keep(await startMockIndex(scenario)),
    async peep(args, { env = {}, temp } = {}) {
      const printed: string[] = [];
      const sink = {
        write: (text: string) => void printed.push(text),
        isTerminal: false,
        columns: undefined,
      };
      const clean = cleanEnvironment(directory.path);
      const host: Host = {
        // Nothing beyond loopback is asked, should a case forget to name its index.
        env: { ...clean, PIP_INDEX_URL: 'http://127.0.0.1:1/simple/', PYTHONDONTWRITEBYTECODE: '1', ...env },
        cwd: work,
        platform: process.platform,
        nodeVersion: process.version,
        home: clean.HOME ?? work,
        availableMemory: 1 << 30,
        temp: temp ?? clean.TMPDIR ?? work,
        stdout: sink,
        stderr: sink,
        isTerminal: false,
        signal: new AbortController().signal,
        signals: { on: () => undefined, removeListener: () => undefined },
        uid: process.getuid?.(),
        now: Date.now,
        startWorker: (role) => new Worker(peepPath, { workerData: role }),
      };
      const status = await main(args, host);
      return { status, text: shown(printed.join(''), directory.path) };
    },
    async fetch(lines, args = [], options) {
      const index = /^(?:-i|--no-index|--offline)$/m.test(args.join('\n'))
        ? []
        : ['-i', (await world.serve({ projects: { quill: [quill] } })).url];
      world.write('requirements.txt', lines.map((line) => `${line}\n`).join(''));
      const target = args.includes('--all') ? [] : ['--for', '3.11:any'];
      return world.peep(
        ['fetch', '-r', 'requirements.txt', ...target, '--retries', '0', ...index, ...args],
        options,
      );
    },
    async thrown(action) {
      const { renderError } = await import('../../src/report/text.js');
      try {
        await action();
      } catch (error) {
        if (!isPeepError(error)) throw error;
        const text = `error: ${renderError(error)}\n`;
        return { status: 1, text: shown(text, directory.path) };
      }
      throw new Error('nothing was thrown');
    },
    async [Symbol.asyncDispose]() {
      for (const resource of resources.reverse()) await resource[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
  return world;
}

const around = [
  /^These lines cannot be installed as they stand:$/,
  /^No archive found for:$/,
  /^-{20,}$/,
  /^(?:Some requirements did not verify|Not proceeding to installation|Nothing was written)\.$/,
  /^nothing (?:was changed|to change)$/,
  /^target: /,
  / in [\d.]+ (?:ms|s)(?:, for .*)?$/,
];

/** Only what is about the error, the same on every machine. */
function shown(text: string, directory: string): string {
  return text
    .replaceAll(directory, '/home/you')
    .replace(/^To install:\n\n(?: {4}.*\n)+/m, '')
    .replace(/\b(127\.0\.0\.1|localhost):\d+/g, '$1:8080')
    .split('\n')
    .filter((line) => line !== '' && !around.some((pattern) => pattern.test(line)))
    .map((line) => line.replace(/^ {4}/, ''))
    .join('\n');
}
