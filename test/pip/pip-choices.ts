import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parsePipVersion, pipAtLeast } from '../../src/install/pip-version.js';
import { realProjects } from '../support/real-index.js';
import { cleanEnvironment } from '../support/run-peep.js';
import { makeVenv } from '../support/venv.js';
import { realPips } from './environments.js';

/** A pip that tells its choice, in an environment of its own. */
export interface TellingPip {
  /** `CPython 3.13.0, pip 24.2`. */
  readonly label: string;
  readonly version: string;
  /** Makes the environment; answers its interpreter. */
  prepare(directory: string): Promise<string>;
  /** What `sys.path` begins with. */
  readonly path: string | undefined;
}

/** One requirement a line, for one project each. */
export interface PipQuestion {
  readonly options: readonly string[];
  readonly lines: readonly string[];
}

/** `pip install --dry-run --report` is that old. */
const firstTelling = '22.2';

/** One of each version on the machine, newest first; that newest may be a wheel in a directory that pip is set up with. */
export async function tellingPips(): Promise<TellingPip[]> {
  const pips = (await realPips()).filter(({ pip }) => pipAtLeast(pip, firstTelling));
  const once = new Map(pips.map((real) => [real.python.pip, real]));
  const told = [...once.values()].map(
    ({ label, python }): TellingPip => ({
      label,
      version: python.pip ?? '',
      prepare: async (directory) => (await makeVenv(python, directory)).python,
      path: undefined,
    }),
  );
  const newest = pips.at(-1);
  const wheels = (await realProjects())?.pip ?? [];
  for (const { filename, bytes } of wheels) {
    const [, version = ''] = /^pip-([\d.]+)-.*\.whl$/.exec(filename) ?? [];
    if (newest === undefined || version === '' || !('path' in bytes) || once.has(version)) continue;
    const { implementation, version: python } = newest.python;
    told.push({
      label: `${implementation} ${python}, pip ${version}`,
      version,
      prepare: async (directory) => (await makeVenv(newest.python, directory)).python,
      path: bytes.path,
    });
  }
  return told.sort((a, b) => (pipAtLeast(parsePipVersion(a.version), b.version) ? -1 : 1));
}

/**
 * The file names that `pip install --dry-run --report` chooses, line by line. All in one process, since most of pip's time goes into starting.
 */
export async function pipChoices(
  python: string,
  { path }: TellingPip,
  directory: string,
  questions: readonly PipQuestion[],
): Promise<(string | null)[][]> {
  const run = promisify(execFile)(python, ['-c', driver, directory], {
    env: cleanEnvironment(directory),
    maxBuffer: 1 << 26,
  });
  run.child.stdin?.end(JSON.stringify({ path: path ?? null, questions }));
  const { stdout } = await run;
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n[') + 1)) as (string | null)[][];
}

const driver = `
import contextlib, io, json, os, re, sys, urllib.parse
job = json.load(sys.stdin)
if job['path']:
    sys.path.insert(0, job['path'])
from pip._internal.cli.main import main
directory = sys.argv[1]
requirements, report = os.path.join(directory, 'pip.txt'), os.path.join(directory, 'pip.json')
always = ['--dry-run', '--isolated', '--no-deps', '--ignore-installed', '--no-build-isolation', '--no-cache-dir',
    '--disable-pip-version-check', '--no-input', '-qq']

def project(text):
    return re.sub('[-_.]+', '-', re.split('[=@ ]', text.strip())[0]).lower()

def filename(url):
    return urllib.parse.unquote(url.rsplit('/', 1)[1])

def ask(options, lines):
    with open(requirements, 'w') as file:
        file.write('\\n'.join(lines) + '\\n')
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        status = main(['install', *always, '-r', requirements, '--report', report, *options])
    if status != 0:
        return None, said.getvalue()
    with open(report) as file:
        found = json.load(file)['install']
    return {project(each['metadata']['name']): filename(each['download_info']['url']) for each in found}, ''

def choices(options, lines):
    left, answers = list(lines), {}
    while left:
        found, said = ask(options, left)
        if found is not None:
            answers.update((line, found[project(line)]) for line in left)
            break
        # pip stops at the first requirement that it cannot meet.
        absent = re.search('No matching distribution found for (.*)', said)
        other = re.search('DO NOT MATCH THE HASHES[^\\n]*\\n    (.*) from http([^ ]*) ', said)
        name = project((absent or other).group(1)) if absent or other else ''
        line = next((line for line in left if project(line) == name), None)
        if line is None:
            raise SystemExit(said)
        left.remove(line)
        answers[line] = None if absent else filename(other.group(2))
    return [answers[line] for line in lines]

answers = [choices(each['options'], each['lines']) for each in job['questions']]
print()
print(json.dumps(answers))
`;
