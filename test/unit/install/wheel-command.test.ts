import { describe, expect, test } from 'vitest';
import type { Sha256 } from '../../../src/hash/digest.js';
import {
  configSettings,
  optionUse,
  type WheelPlan,
  wheelCommand,
} from '../../../src/install/build/wheel-command.js';
import { buildVariables, pipEnvironment } from '../../../src/install/pip-environment.js';
import { parsePipVersion } from '../../../src/install/pip-version.js';
import type { ProjectName } from '../../../src/packaging/types.js';
import { lineOptions } from './verified.js';

const sha256 = 'ab'.repeat(32) as Sha256;

function command(changes: Partial<WheelPlan> = {}, pip = '26.2') {
  return wheelCommand({
    pip: parsePipVersion(pip),
    foreignTarget: undefined,
    source: { path: '/t/s/demo-1.0-1.tar.gz', sha256, project: 'demo' as ProjectName, pipOptions: [] },
    requirementsFile: '/t/s/wheel-1.txt',
    wheelDirectory: '/t/s/wheel-1',
    isolated: true,
    passThrough: [],
    verbosity: 0,
    color: true,
    cacheDir: '/t/s/cache',
    platform: 'linux',
    ...changes,
  });
}

describe('the pip run that builds a wheel', () => {
  test('installs nothing, and reads no version from a file name (P5)', () => {
    const { argv, requirementsText } = command();
    expect(argv.slice(2)).toEqual([
      ...['wheel', '--no-index', '--no-deps', '--require-hashes', '--isolated', '--no-build-isolation'],
      ...['--disable-pip-version-check', '--no-input', '--cache-dir', '/t/s/cache'],
      ...['--wheel-dir', '/t/s/wheel-1', '-r', '/t/s/wheel-1.txt'],
    ]);
    expect(requirementsText).toBe(`demo @ file:///t/s/demo-1.0-1.tar.gz --hash=sha256:${sha256}\n`);
  });

  test('follows what each pip knows', () => {
    expect(command({}, '25.2').argv).toContain('--use-pep517');
    expect(command({ passThrough: lineOptions('--no-use-pep517') }, '25.2').argv).not.toContain(
      '--use-pep517',
    );
    expect(command({}, '19.2').requirementsText).toMatch(/^file:\S+#egg=demo --hash/);
  });

  test('gets the options that are about builds, and settings on the line', () => {
    const passThrough = lineOptions('--config-settings=a=b', '--user', '--debug', '--no-build-isolation');
    const source = {
      ...{ path: '/t/x.zip', sha256, project: undefined },
      pipOptions: lineOptions("--config-settings=it's=a b"),
    };
    const { argv, requirementsText } = command({ passThrough, source, isolated: false });
    expect(argv.filter((word) => passThrough.some((option) => option === word))).toEqual([
      '--no-build-isolation',
      '--debug',
      '--no-build-isolation',
    ]);
    expect(requirementsText).toBe(
      `file:///t/x.zip --config-settings=a=b --config-settings='it'"'"'s=a b' --hash=sha256:${sha256}\n`,
    );
  });

  test.each([
    ['--global-option=x', 'build'],
    ['--ignore-requires-python', 'both'],
    ['--target=x', 'install'],
  ])('shares options with the install: %s', (option, use) => {
    expect(optionUse(option)).toBe(use);
  });

  test('has settings as back ends get them', () => {
    expect(configSettings(['--user'])).toBeNull();
    expect(
      configSettings(['--config-settings=a=1', '--config-settings=b=x=y', '--config-settings=a=2']),
    ).toEqual({
      a: ['1', '2'],
      b: 'x=y',
    });
  });
});

test('the environment of builds leads to verified packages, and nowhere else (P5)', () => {
  const settings = { platform: 'linux', cacheDir: '/c', programs: '/p', builds: true } as const;
  const inherited = { PATH: '/bin', PYTHONPATH: '/evil', no_proxy: 'intranet', PIP_INDEX_URL: 'http://evil' };
  const env = pipEnvironment(inherited, { ...settings, pip: parsePipVersion('20.0') });
  expect(env).toMatchObject({ NO_PROXY: '*', no_proxy: '*', PIP_NO_INDEX: '1' });
  expect(pipEnvironment(inherited, { ...settings, pip: parsePipVersion('23.0') }).no_proxy).toBe('intranet');
  expect(buildVariables(env, '/e', 'linux')).toEqual({
    PATH: '/e/packages/bin:/p:/bin',
    PYTHONPATH: '/e/start',
    PYTHONNOUSERSITE: '1',
  });
});
