import { expect, it } from 'vitest';
import { wheel } from '../mock-index/wheel.js';
import { sharedMachine } from './machine.js';

const { machine } = await sharedMachine();
const hex = (i: number) => i.toString(16).padStart(64, '0');
const repeated = (count: number, part: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join('');

const registry = 'source = { registry = "https://h.example/simple" }';
const lock = (size: number) =>
  `version = 1\nrequires-python = ">=3.9"\n[[package]]\nname = "own"\nversion = "0"\nsource = { virtual = "." }\ndependencies = [${repeated(size, (i) => `{ name = "a${i}" }, `)}]\n${repeated(
    size,
    (i) =>
      `[[package]]\nname = "a${i}"\nversion = "1.0"\n${registry}\nwheels = [{ url = "https://h.example/a${i}-1.0-py3-none-any.whl", hash = "sha256:${hex(i)}" }]\n`,
  )}`;
const needy = (version: string, count: number) =>
  wheel({
    name: 'needy',
    version,
    requiresDist: Array.from({ length: count }, (_, i) => `b${i}>=${version}`),
  });

/** The command line by the files it needs. */
const runs: Readonly<Record<string, () => readonly string[]>> = {
  fetch: () => {
    machine.write('uv.lock', lock(4000));
    return ['fetch', '--offline', '--for', '3.11:manylinux_2_28_x86_64', '-r', 'uv.lock'];
  },
  port: () => {
    machine.write(
      'many.txt',
      repeated(60_000, (i) => `a${i}==1.0 --hash=sha256:${hex(i)}\n`),
    );
    return ['port', '--reverse', 'many.txt'];
  },
  diff: () => {
    const names = [needy('1.0', 20_000), needy('2.0', 20_000)].map(({ filename, bytes }) =>
      machine.write(filename, bytes),
    );
    return ['diff', '--stat', ...names];
  },
};

// Times are compared with each other: of a run that cannot be interrupted, two thirds would be left.
it.each(Object.keys(runs))(
  'SIGINT ends a busy %s long before its work is done',
  { timeout: 120_000 },
  async (name) => {
    const args = runs[name]?.() ?? [];
    const begin = performance.now();
    await machine.start(args).finished;
    const whole = performance.now() - begin;

    const { process: child, finished } = machine.start(args);
    let sent = 0;
    const timer = setTimeout(() => {
      sent = performance.now();
      child.kill('SIGINT');
    }, whole / 3);
    const { status } = await finished;
    clearTimeout(timer);
    expect(status).toBe(130);
    expect((performance.now() - sent) / whole).toBeLessThan(0.45);
  },
);
