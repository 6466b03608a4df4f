import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { probeInterpreter } from '../../../src/target/probe.js';
import { pythons } from '../../support/pythons.js';
import { tempDirectory } from '../../support/temp-directory.js';
import { makeVenv } from '../../support/venv.js';

const all = await pythons();
if (all.length === 0) console.warn('no Python on this machine: the isolated probe is not tested');
const directory = tempDirectory();
afterAll(() => directory[Symbol.dispose]());

describe.each(all.map((python) => [python.version, python] as const))(
  'an isolated probe of %s',
  (version, python) => {
    const env = { PATH: process.env.PATH, HOME: directory.path };

    it('runs no start-up file of the environment, and finds the sites that it has', async () => {
      const venv = await makeVenv(python, directory.join(`venv-${version}`));
      const ran = directory.join(`ran-${version}`);
      const code = `open(${JSON.stringify(ran)}, 'w').close(); sys.path[:0] = ['/evil']`;
      writeFileSync(join(venv.sitePackages, 'evil.pth'), `import sys; ${code}\n`);
      writeFileSync(join(venv.sitePackages, 'sitecustomize.py'), `import sys; ${code}\n`);
      const usual = await probeInterpreter({ python: venv.python, env });
      expect(usual.sitePaths).toContain('/evil');
      writeFileSync(ran, 'not yet');
      const asked = await probeInterpreter({ python: venv.python, env, isolated: true });
      expect(asked.layout?.own.map((path) => realpathSync(path))).toContain(realpathSync(venv.sitePackages));
      expect(asked.layout?.others).toEqual([]);
      expect(asked.sitePaths).not.toContain('/evil');
      const { layout, sitePaths, stdlib, ...facts } = asked;
      expect(stdlib).toBe(usual.stdlib);
      // The environment's own files steer an ordinary start; nothing else differs.
      const { layout: none, sitePaths: paths, stdlib: same, ...usualFacts } = usual;
      expect(none).toBeUndefined();
      expect(facts).toEqual(usualFacts);
      expect(asked.pip.kind).toBe(python.pip === undefined ? usual.pip.kind : 'present');
      expect(paths.length).toBeGreaterThan(0);
      expect(same).not.toBe('');
    });

    it.runIf(python.series[0] > 2)('sees other sites where pyvenv.cfg says so', async () => {
      const venv = await makeVenv(python, directory.join(`seeing-${version}`), { withPip: false });
      const cfg = join(venv.path, 'pyvenv.cfg');
      writeFileSync(
        cfg,
        'home = x\ninclude-system-site-packages = true\n'.replace('x', join(python.path, '..')),
      );
      const user = directory.join(`.local/lib/python${python.series.join('.')}/site-packages`);
      mkdirSync(user, { recursive: true });
      const { layout, isVirtualEnvironment, prefix } = await probeInterpreter({
        python: venv.python,
        env,
        isolated: true,
      });
      expect(isVirtualEnvironment).toBe(true);
      expect(prefix).toBe(venv.path);
      expect(layout?.others).toContain(user);
      expect(layout?.others.length).toBeGreaterThan(1);
      const without = { ...env, PYTHONNOUSERSITE: '1' };
      const alone = await probeInterpreter({ python: venv.python, env: without, isolated: true });
      expect(alone.layout?.others).not.toContain(user);
    });
  },
);
