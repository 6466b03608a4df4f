import { expect, it } from 'vitest';
import { unmetNeeds } from '../../../src/install/unmet-needs.js';
import type { MarkerEnvironment, ProjectName } from '../../../src/packaging/types.js';
import { needReader } from '../../../src/prepare/read-need.js';

const environment = {
  python_version: '3.11',
  python_full_version: '3.11.4',
  sys_platform: 'linux',
  extra: '',
} as unknown as MarkerEnvironment;
const name = (text: string) => text as ProjectName;

it('needs that nothing installed meets are told, those of extras and other platforms only where they count', () => {
  const requiresDist = [
    'idna<4,>=2.5',
    'urllib3>=2',
    'colorama; sys_platform == "win32"',
    'pysocks!=1.5.7 ; extra == "socks"',
    'chardet ; extra == "other"',
    'Not A Requirement',
    'x @ https://h/x.whl',
  ];
  const present = new Map([
    [name('idna'), '3.10'],
    [name('urllib3'), '1.26'],
    [name('x'), '0'],
  ]);
  const requests = { project: name('requests'), extras: ['socks'], requiresDist };
  expect(unmetNeeds([requests], present, needReader(environment))).toEqual([
    { project: 'requests', need: 'urllib3>=2', found: '1.26' },
    { project: 'requests', need: 'pysocks!=1.5.7', found: undefined },
  ]);
});
