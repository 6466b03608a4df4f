import { describe, expect, it, vi } from 'vitest';
import { createOutput } from '../../../src/report/output.js';
import { createProgress } from '../../../src/report/progress.js';
import { PeepError } from '../../../src/text/errors.js';

function display(bars: boolean, columns = 80) {
  const written: string[] = [];
  let now = 0;
  const output = createOutput({
    stdout: () => undefined,
    stderr: (text) => written.push(text),
    verbosity: 0,
    color: false,
    dataOnly: false,
  });
  const write = (text: string) => void written.push(text);
  const progress = createProgress({ bars, write, columns: () => columns, clock: () => now, output });
  const pass = (milliseconds: number) => {
    now += milliseconds;
    vi.advanceTimersByTime(milliseconds);
  };
  return { progress, output, written, pass };
}

describe('progress', () => {
  it('draws a line a transfer and a total, within the width, and takes them away', () => {
    vi.useFakeTimers();
    try {
      const { progress, written, pass } = display(true, 60);
      const transfer = progress.transfer('useless-1.0-py3-none-any-with-a-very-long-name-indeed.whl');
      transfer.onEvent({
        kind: 'started',
        filename: 'useless\u001b-1.0-with-a-very-long-name-indeed-so-long.whl',
        size: 2_000_000,
      });
      transfer.onEvent({ kind: 'bytes', received: 500_000 });
      pass(100);
      const [drawn = ''] = written.splice(0);
      expect(drawn.split('\n')).toEqual([
        expect.stringMatching(/^useless\\u\{1b\}-.*… 500\.0 kB of 2\.0 MB {2}5\.0 MB\/s {2}0\.3 s left$/),
        '0 fetched, 1 under way, 500.0 kB at 5.0 MB/s',
        '',
      ]);
      for (const line of drawn.split('\n')) expect(line.length).toBeLessThan(60);
      transfer.onEvent({ kind: 'done', size: 2_000_000 });
      transfer.end();
      progress.stop();
      progress.stop();
      expect(written).toEqual(['\r\u001b[2A\u001b[0J']);
      expect(progress.totals).toEqual({ bytes: 500_000, archives: 1 });
    } finally {
      vi.useRealTimers();
    }
  });

  it('on a terminal tells at once what is waited for, and off a terminal nothing of it', () => {
    vi.useFakeTimers();
    try {
      const { progress, written, pass } = display(true);
      const ends = [progress.question('nib'), progress.question('ink'), progress.question('ink')];
      pass(100);
      expect(written.splice(0)).toEqual(['asking the indexes: 0 of 2 projects answered, 0.1 s\n']);
      ends[0]?.();
      ends[2]?.();
      pass(100);
      const erased = '\r\u001b[1A\u001b[0J';
      expect(written.splice(0)).toEqual([erased, 'asking the indexes: 1 of 2 projects answered, 0.2 s\n']);
      ends[1]?.();
      const transfer = progress.transfer('slow.whl');
      pass(100);
      expect(written.splice(0)).toEqual([erased, 'waiting for 1 archive, 0.3 s\n']);
      transfer.end();
      pass(200);
      expect(written.splice(0)).toEqual([erased]);
      progress.stop();
      const silent = display(false);
      silent.progress.question('nib');
      silent.progress.transfer('slow.whl');
      silent.pass(9000);
      expect(silent.written).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([[20], [40], [60], [200]])('stays in its line at %i columns', (columns) => {
    vi.useFakeTimers();
    try {
      const { progress, written, pass } = display(true, columns);
      for (const name of ['torch-2.9.1-cp311-cp311-manylinux_2_28_x86_64.whl', 'a-1-py3-none-any.whl']) {
        const transfer = progress.transfer(name);
        transfer.onEvent({ kind: 'started', filename: name, size: 858_112_345 });
        transfer.onEvent({ kind: 'bytes', received: 12_345_678 });
      }
      pass(900);
      const lines = written.at(-1)?.split('\n') ?? [];
      expect(lines).toHaveLength(4);
      for (const line of lines) expect(line.length).toBeLessThan(Math.max(21, columns));
      expect(lines[0]).toMatch(/^torch-2\.9\.1/);
      if (columns >= 40) expect(lines[0]).toMatch(/12\.3 MB of 858\.1 MB/);
      progress.stop();
    } finally {
      vi.useRealTimers();
    }
  });

  it('without a terminal tells only what takes long, without escape codes', () => {
    vi.useFakeTimers();
    try {
      const { progress, written, pass } = display(false);
      const transfer = progress.transfer('slow.whl');
      transfer.onEvent({ kind: 'started', filename: 'slow.whl', size: undefined });
      pass(9000);
      expect(written).toEqual([]);
      transfer.onEvent({ kind: 'bytes', received: 1000 });
      pass(2000);
      expect(written).toEqual(['fetching slow.whl: 1.0 kB\n']);
      transfer.onEvent({
        kind: 'retry',
        attempt: 1,
        retries: 5,
        delay: 500,
        error: new PeepError('NETWORK_BROKEN', 'it broke'),
      });
      expect(written.at(-1)).toBe('it broke; trying again in 0.5 s (1 of 5)\n');
      transfer.onEvent({ kind: 'done', size: 2000 });
      pass(20_000);
      transfer.end();
      expect(written.splice(2)).toEqual(['fetched slow.whl (2.0 kB)\n']);
      progress.stop();
    } finally {
      vi.useRealTimers();
    }
  });
});
