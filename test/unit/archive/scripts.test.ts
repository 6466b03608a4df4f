import { describe, expect, it } from 'vitest';
import { isActivationScript } from '../../../src/archive/wheel/scripts.js';

describe('scripts that enter and leave an environment', () => {
  it.each([
    'activate',
    'Activate.ps1',
    'activate.fish',
    'activate.nu',
    'ACTIVATE.BAT',
    'activate.',
    'activate_this.py',
    'deactivate',
    'deactivate.bat',
  ])('%s is one', (name) => expect(isActivationScript(name)).toBe(true));

  it.each([
    'activate-global-python-argcomplete',
    'activate_license',
    'activated',
    'activate.d.txt',
    'conda-activate',
    'deactivate-user',
  ])('%s is none', (name) => expect(isActivationScript(name)).toBe(false));
});
