import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../../src/target/probe-answer.js';
import { probeScript } from '../../../src/target/probe-script.js';
import { platformOf, tagsOf } from '../../../src/target/probe-tags.js';
import { defaultPython } from '../../support/pythons.js';

const python = await defaultPython();

/** The script's answer on a Python that was told to be another one. */
function pretend(prelude: string) {
  const output = execFileSync(python?.path ?? '', ['-c', `${prelude}\n${probeScript(true)}`], {
    encoding: 'utf8',
  });
  const answer = readAnswer(output);
  if (answer === undefined) throw new Error(output);
  return { answer, tags: tagsOf(answer, platformOf(answer, { musl: [1, 2], wheelAbi: true })) };
}

const mac = (version: string) => `
import builtins, io, os, sys
sys.platform = 'darwin'
os.uname = lambda: ('Darwin', 'host', '23.2.0', 'Darwin Kernel Version 23.2.0', 'arm64')
real = builtins.open
def fake(path, *rest, **more):
    if path == '/System/Library/CoreServices/SystemVersion.plist':
        return io.StringIO('<plist><dict><key>ProductName</key><string>macOS</string><key>ProductVersion</key>\\n<string>${version}</string></dict></plist>')
    return real(path, *rest, **more)
builtins.open = fake
`;

describe.skipIf(python === undefined || python.series[0] < 3)('the probe on other systems', () => {
  it('macOS', () => {
    const { answer, tags } = pretend(mac('14.2.1'));
    expect(answer.macVersion).toEqual([14, 2]);
    expect(answer.environment).toMatchObject({
      sys_platform: 'darwin',
      platform_system: 'Darwin',
      platform_machine: 'arm64',
      platform_release: '23.2.0',
    });
    expect(tags[0]).toMatch(/-macosx_14_0_arm64$/);
  });

  it('a Linux without glibc', () => {
    const { answer, tags } = pretend(`
import os
def confstr(name):
    raise ValueError('unrecognized configuration name')
os.confstr = confstr`);
    expect(answer.glibc).toBeUndefined();
    expect(tags[1]).toMatch(/-musllinux_1_2_/);
  });

  it('PyPy', () => {
    const { answer, tags } = pretend(`
import sys, sysconfig
sys.builtin_module_names += ('__pypy__',)
sys.implementation.name = 'pypy'
real = sysconfig.get_config_var
sysconfig.get_config_var = lambda name: '.pypy310-pp73-x86_64-linux-gnu.so' if name == 'EXT_SUFFIX' else real(name)`);
    expect(answer.environment).toMatchObject({
      implementation_name: 'pypy',
      platform_python_implementation: 'PyPy',
    });
    expect(tags[0]).toMatch(/^pp3\d+-pypy310_pp73-linux_/);
    expect(tags).toContain('pp3-none-any');
  });

  it('a system of its own kind', () => {
    const { tags } = pretend(`
import platform, sys, sysconfig
sys.platform = 'freebsd14'
platform.system = lambda: 'FreeBSD'
sysconfig.get_platform = lambda: 'freebsd-14.0-RELEASE-amd64'`);
    expect(tags[0]).toMatch(/-freebsd_14_0_release_amd64$/);
  });

  it('a pre-release and a free-threaded build', () => {
    const { answer, tags } = pretend(`
import sys
class Version(tuple):
    pass
sys.version_info = (3, 14, 0, 'candidate', 2)
sys.version = '3.14.0rc2+ experimental free-threading build (main)'
sys.implementation.version = (3, 14, 0, 'candidate', 2)
sys.abiflags = 't'`);
    expect(answer.environment).toMatchObject({
      python_full_version: '3.14.0rc2+local',
      implementation_version: '3.14.0c2',
      python_version: '3.14',
    });
    expect(tags[0]).toMatch(/^cp314-cp314t-/);
  });

  it('strings of every kind', () => {
    const { answer } = pretend(`
import sys
sys.prefix = '/q"b\\\\s/\\u00fc/\\U0001f4a3/\\x07'`);
    expect(answer.prefix).toBe('/q"b\\s/ü/💣/\u0007');
  });
});
