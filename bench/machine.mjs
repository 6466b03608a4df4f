// What the tools of a benchmark meet: a clean environment, a virtual environment, certificates.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { loadSource } from './sources.mjs';

/** Nothing of the user's pip, peep or uv; the bundle of authorities is the one that each tool is told. */
export function cleanEnvironment(home, bundle) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:PIP_|PEEP_|UV_|PYTHON|VIRTUAL_ENV|SSL_CERT|REQUESTS_CA|CURL_CA|\w+_PROXY)/i.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    PIP_CONFIG_FILE: '/dev/null',
    HOME: home,
    SSL_CERT_FILE: bundle,
    PIP_CERT: bundle,
    CURL_CA_BUNDLE: bundle,
  };
}

/** Certificate and key of the server, and a bundle of usual size that has its authority: 139 others before it. */
export async function makeBundle(directory) {
  const { makeCertificates } = await loadSource(
    "export { makeCertificates } from './test/mock-index/tls.ts';",
  );
  mkdirSync(directory, { recursive: true });
  const made = await makeCertificates(directory);
  if (made === undefined)
    throw new Error('the benchmarks need openssl, to make the certificate of the index');
  const bundle = join(directory, 'bundle.pem');
  writeFileSync(bundle, [...rootCertificates.slice(0, 139), made.ca].join('\n'));
  return { bundle, certPath: join(directory, 'server.pem'), keyPath: join(directory, 'server.key') };
}

/** A virtual environment with the newest pip that the user's pip finds, or its own. */
export async function makeEnvironment(path, python, env) {
  rmSync(path, { recursive: true, force: true });
  run(python, ['-m', 'venv', path], env);
  const own = join(path, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const { newestPipWheel } = await loadSource("export { newestPipWheel } from './test/pip/environments.ts';");
  const wheel = await newestPipWheel();
  // A wheel of pip can be run as it is.
  if (wheel !== undefined) run(own, [`${wheel}/pip`, 'install', '-q', '--no-index', '--upgrade', wheel], env);
  const ask = (code) => spawnSync(own, ['-c', code], { encoding: 'utf8', env }).stdout.trim();
  const site = ask("import sysconfig; print(sysconfig.get_path('purelib'))");
  const before = new Set(readdirSync(site));
  const more = () => readdirSync(site).filter((name) => !before.has(name));
  return {
    python: own,
    pip: ask('import pip; print(pip.__version__)'),
    series: ask("import sys; print('%d%d' % sys.version_info[:2])"),
    installed: () => more().filter((name) => name.endsWith('.dist-info')).length,
    empty() {
      for (const name of more()) rmSync(join(site, name), { recursive: true });
    },
  };
}

/** `0.13.9`, or undefined where there is no uv on PATH. */
export function uvVersion(env) {
  return /^uv (\S+)/.exec(spawnSync('uv', ['--version'], { encoding: 'utf8', env }).stdout ?? '')?.[1];
}

export function run(program, args, env) {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed`);
}
