import { join } from 'node:path';
import { buildVariables } from '../pip-environment.js';
import { type PipEnd, runPip } from '../run-pip.js';
import type { BuildContext } from './build-context.js';
import { readAnswer } from './read-answer.js';
import { askScript, legacyBackend, type Question } from './scripts.js';
import type { BuildSource } from './types.js';
import { configSettings } from './wheel-command.js';

/**
 * The build requirements that the back end of `source` reports in an environment (PEP 517). Throws
 * `BUILD_BACKEND_FAILED`.
 */
export async function askBackEnd(
  { settings, deps, staging, env, nextName, stageSource }: BuildContext,
  source: BuildSource,
  environment: string,
): Promise<readonly string[]> {
  const { pip, platform, verbosity, passThrough } = settings;
  const name = nextName('question');
  const directory = await staging.addDirectory(name);
  const question: Question = {
    archive: await stageSource(source),
    directory: await staging.addDirectory(join(name, 'tree')),
    backend: source.backend ?? legacyBackend,
    backendPath: source.backendPath,
    settings: configSettings([...passThrough, ...source.pipOptions]),
    answer: join(directory, 'answer.json'),
  };
  const file = await staging.addText(join(name, 'question.json'), asciiJson(question));
  const log = await staging.openLog(join(name, 'log'));
  let end: PipEnd;
  try {
    end = await runPip(
      {
        ...settings,
        python: pip.foreignTarget ?? pip.python,
        argv: ['-c', askScript, file],
        env: { ...env, ...buildVariables(env, environment, platform) },
        ...{ cwd: staging.root, stdin: 'ignore', stdout: verbosity > 0 ? 'stderr' : log.descriptor },
      },
      deps,
    );
  } finally {
    await log.close();
  }
  if (end.interrupted !== undefined) deps.throwIfInterrupted();
  return readAnswer({ label: source.label, status: end.status, answer: question.answer, log: log.path });
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
