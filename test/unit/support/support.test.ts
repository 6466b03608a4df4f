import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { wheel } from '../../mock-index/wheel.js';
import { bytesOnDisk, needlesOf } from '../../support/disk-bytes.js';
import { filtered } from '../../support/filters.js';
import { defaultPython } from '../../support/pythons.js';
import { realIndex } from '../../support/real-index.js';
import { cleanEnvironment } from '../../support/run-peep.js';
import { tempDirectory } from '../../support/temp-directory.js';
import { trace, writtenBytes } from '../../support/trace.js';
import { makeVenv } from '../../support/venv.js';

describe('tempDirectory', () => {
  it('is gone afterwards, read-only directories and all', () => {
    let path = '';
    {
      using directory = tempDirectory();
      path = directory.path;
      mkdirSync(directory.join('locked'));
      writeFileSync(directory.join('locked', 'x'), '');
      chmodSync(directory.join('locked'), 0o500);
    }
    expect(existsSync(path)).toBe(false);
  });
});

describe('cleanEnvironment', () => {
  it('has nothing of pip, proxies and the user in it', () => {
    using directory = tempDirectory();
    const names = Object.keys(cleanEnvironment(directory.path));
    expect(names.filter((name) => /pip|proxy|virtual_env|conda|ssl|netrc/i.test(name))).toEqual([]);
  });
});

describe('bytesOnDisk', () => {
  it('finds a piece of an archive wherever it lies, and nothing else', () => {
    using directory = tempDirectory();
    const archive = randomBytes(10_000);
    writeFileSync(directory.join('other'), randomBytes(10_000));
    expect(bytesOnDisk([directory.path], needlesOf(archive))).toEqual([]);
    mkdirSync(directory.join('deep'));
    writeFileSync(
      directory.join('deep', 'part'),
      Buffer.concat([Buffer.from('xyz'), archive.subarray(4000, 5000)]),
    );
    expect(bytesOnDisk([directory.path], needlesOf(archive))[0]?.path).toBe(directory.join('deep', 'part'));
  });

  it('leaves out what other archives hold as well', () => {
    const good = wheel({ name: 'a', version: '1' }).bytes;
    const evil = Buffer.from(good);
    evil.set(Buffer.from('ABCDEFGHIJKLMNOP'), 40);
    expect(needlesOf(evil, [good]).length).toBeLessThan(needlesOf(evil).length);
    expect(() => needlesOf(good, [good])).toThrow();
  });
});

describe('trace', () => {
  it('sees what is written to files, by which call and where', (context) => {
    using directory = tempDirectory();
    const watched = trace(directory.join('log'));
    if (watched === undefined) return context.skip('there is no strace that works');
    const target = directory.join('a, "b" <c>');
    const script = `
      const fs = require('node:fs');
      const file = fs.openSync(process.argv[1], 'w');
      fs.writeSync(file, 'one');
      fs.writevSync(file, [Buffer.from('two'), Buffer.from('three')]);
      fs.unlinkSync(process.argv[1]);
      fs.writeSync(file, 'four', 100);
      fs.copyFileSync(process.execPath, process.argv[1]);
      console.log('to the terminal');`;
    const [program = '', ...options] = watched.wrapper;
    execFileSync(program, [...options, process.execPath, '-e', script, target]);
    const writes = watched.writes().filter(({ path }) => path.startsWith(directory.path));
    const shown = writes.filter(({ bytes }) => bytes !== undefined);
    expect(shown.map(({ call, bytes }) => [call, bytes?.toString()])).toEqual([
      ['write', 'one'],
      ['writev', 'twothree'],
      ['pwrite64', 'four'],
    ]);
    expect(shown.map(({ path }) => path)).toEqual([target, target, `${target} (deleted)`]);
    expect(writtenBytes(shown).toString()).toBe('onetwothreefour');
    expect(writes.length).toBeGreaterThan(shown.length);
    expect(() => writtenBytes(writes)).toThrow(/does not show its bytes/);
    expect(watched.programs()).toEqual([process.execPath]);
  });
});

describe('filtered', () => {
  it('replaces what differs from run to run', () => {
    const output =
      'http://127.0.0.1:4711/simple/ in /tmp/x/home: 34.2 MB in 1.3 s, 12.0 MB/s, 120 ms, Flask==1.0  \n';
    expect(filtered(output, { '[TMP]': '/tmp/x', '[HOME]': '/tmp/x/home' })).toBe(
      'http://127.0.0.1:[PORT]/simple/ in [HOME]: [SIZE] in [TIME], [SIZE]/s, [TIME], Flask==1.0\n',
    );
  });
});

describe('makeVenv', () => {
  it('makes an environment with the pip of its interpreter, or without one', async (context) => {
    const python = await defaultPython();
    if (python === undefined) return context.skip('there is no Python with pip');
    using directory = tempDirectory();
    const venv = await makeVenv(python, directory.join('with pip'));
    expect(await venv.run('-m', 'pip', '--version')).toContain(`pip ${python.pip} from ${venv.sitePackages}`);
    const bare = await makeVenv(python, directory.join('bare'), { withPip: false });
    await expect(bare.run('-m', 'pip', '--version')).rejects.toThrow('No module named pip');
  });
});

describe('realIndex', () => {
  it('serves the archives that pip is set up with', async (context) => {
    await using index = await realIndex();
    if (index === undefined) return context.skip('pip is set up with no directory of archives');
    const root = await (await request(index.url)).body.text();
    const [, project] = /href="([^"]+)\/"/.exec(root) ?? [];
    const page = await request(`${index.url}${project}/`);
    expect(page.statusCode).toBe(200);
    const [, url = ''] = /href="([^"#]+)/.exec(await page.body.text()) ?? [];
    const head = await request(url, { method: 'HEAD' });
    expect(Number(head.headers['content-length'])).toBeGreaterThan(0);
  });
});
