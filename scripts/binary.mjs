// Makes the one binary, peep with the Node that runs it, as a single executable application: dist/peep-PLATFORM. The
// last lines printed are their sha256. Arguments: platforms (this machine's by default, or `all`), --out DIRECTORY.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inject } from 'postject';
import { stripElf } from './elf.mjs';
import { compileProgram } from './program.mjs';
import { binaryPlatforms, binaryRuntime, supportedRuntime, thisPlatform } from './runtimes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What Node looks for to see that a program was put into it. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: join(root, 'dist') } },
});
const wanted =
  positionals.length === 0 ? [thisPlatform] : positionals[0] === 'all' ? binaryPlatforms : positionals;
const { code, notices } = await compileProgram();
mkdirSync(values.out, { recursive: true });
for (const platform of wanted) {
  const name = `peep-${platform}${platform.startsWith('win32') ? '.exe' : ''}`;
  console.error(`making ${name}`);
  const { sha256, licence, version } = await makeBinary(platform, join(values.out, name));
  copyFileSync(licence, join(values.out, `LICENSE-node-${version}.txt`));
  console.log(`${sha256}  ${name}`);
}

async function makeBinary(platform, outfile) {
  const { node, licence, version } = binaryRuntime(platform);
  const temp = mkdtempSync(join(tmpdir(), 'peep-binary-'));
  try {
    const original = readFileSync(node);
    const program = join(temp, 'program');
    writeFileSync(program, platform.startsWith('linux') ? stripElf(original) : original, { mode: 0o755 });
    const blob = makeBlob(temp, licence, version);
    await quietly(() =>
      inject(program, 'NODE_SEA_BLOB', blob, { sentinelFuse: fuse, machoSegmentName: 'NODE_SEA' }),
    );
    const sha256 = createHash('sha256').update(readFileSync(program)).digest('hex');
    // Beside its place first: the temporary directory may be on another file system.
    copyFileSync(program, `${outfile}.${process.pid}`);
    renameSync(`${outfile}.${process.pid}`, outfile);
    return { sha256, licence, version };
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

/**
 * What is put into Node, written by a Node of the same major version for this machine. Names are relative, since they are
 * part of it. No code cache: its bytes differ from build to build.
 */
function makeBlob(temp, licence, version) {
  const program = `const __program = undefined;\n${code}\n${notices}\n`;
  writeFileSync(join(temp, 'peep.cjs'), program);
  copyFileSync(licence, join(temp, 'LICENSE'));
  const config = {
    main: 'peep.cjs',
    output: 'blob',
    disableExperimentalSEAWarning: true,
    useCodeCache: false,
    useSnapshot: false,
    // NODE_OPTIONS does not reach the program.
    execArgvExtension: 'none',
    // Threads run the program from here. Node's licence goes where Node goes.
    assets: { program: 'peep.cjs', licence: 'LICENSE' },
  };
  writeFileSync(join(temp, 'sea.json'), JSON.stringify(config));
  const { node } = supportedRuntime(version.split('.')[0]);
  execFileSync(node, ['--experimental-sea-config', 'sea.json'], {
    cwd: temp,
    stdio: 'pipe',
  });
  return readFileSync(join(temp, 'blob'));
}

/** postject warns of what is wanted here: no table of sections, and signatures that no longer hold. */
async function quietly(action) {
  const { log, warn, error } = console;
  Object.assign(console, { log() {}, warn() {}, error() {} });
  try {
    return await action();
  } finally {
    Object.assign(console, { log, warn, error });
  }
}
