import { describe, expect, it } from 'vitest';
import { createSchedule } from '../../../../src/fetch/download/schedule.js';

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('the schedule', () => {
  it('runs pages first, then archives of unknown size, then the largest', async () => {
    const order: string[] = [];
    const schedule = createSchedule(1);
    const add = (name: string, kind: 'page' | 'archive', size?: number) =>
      schedule.run({ kind, size }, async () => {
        order.push(name);
      });
    await Promise.all([
      add('small', 'archive', 1),
      add('large', 'archive', 100),
      add('unknown', 'archive'),
      add('page 1', 'page'),
      add('large too', 'archive', 100),
      add('page 2', 'page'),
    ]);
    expect(order).toEqual(['page 1', 'page 2', 'unknown', 'large', 'large too', 'small']);
  });

  it('keeps to its number of jobs', async () => {
    const schedule = createSchedule(3);
    let running = 0;
    let most = 0;
    const task = async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
    };
    await Promise.all(Array.from({ length: 20 }, () => schedule.run({ kind: 'archive' }, task)));
    expect(most).toBe(3);
  });

  it.each([
    { sizes: [40, 40, 40, 40, 1], atOnce: 3, why: 'many bytes in few archives' },
    { sizes: [20, 20, 1, 1, 1, 1], atOnce: 6, why: 'few bytes in many archives' },
    { sizes: [undefined, undefined, undefined, undefined], atOnce: 4, why: 'sizes that nobody states' },
  ])('starts $atOnce of $sizes MiB at once: $why', async ({ sizes, atOnce }) => {
    const schedule = createSchedule(8);
    const [stored, begun] = [gate(), [] as unknown[]];
    const tasks = sizes.map((mebibytes) =>
      schedule.run(
        { kind: 'archive', size: mebibytes === undefined ? undefined : mebibytes << 20 },
        async (_signal, transferred) => {
          begun.push(mebibytes);
          // Its bytes are in memory until it is stored.
          transferred();
          await stored.opened;
        },
      ),
    );
    const page = schedule.run({ kind: 'page' }, async () => begun.push('page'));
    await page;
    await new Promise(setImmediate);
    expect(begun.filter((each) => each !== 'page')).toHaveLength(atOnce);
    stored.open();
    await Promise.all(tasks);
    expect(begun).toHaveLength(sizes.length + 1);
  });

  it('begins the next transfer when one says that it is over, and no more than twice as many tasks', async () => {
    const schedule = createSchedule(2);
    const [stored, begun] = [gate(), [] as number[]];
    const tasks = Array.from({ length: 6 }, (_, i) =>
      schedule.run({ kind: 'archive' }, async (_signal, transferred) => {
        begun.push(i);
        transferred();
        transferred();
        await stored.opened;
      }),
    );
    await new Promise(setImmediate);
    expect(begun).toEqual([0, 1, 2, 3]);
    stored.open();
    await Promise.all(tasks);
    expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('goes on after a task that fails', async () => {
    const schedule = createSchedule(1);
    const failing = schedule.run({ kind: 'page' }, async () => {
      throw new Error('x');
    });
    const next = schedule.run({ kind: 'page' }, async () => 'y');
    await expect(failing).rejects.toThrow('x');
    expect(await next).toBe('y');
  });

  it('aborts everything at once, and says when nothing is left', async () => {
    const outer = new AbortController();
    const schedule = createSchedule(1, outer.signal);
    const cleanup = gate();
    const started = gate();
    let cleaned = false;
    const running = schedule.run({ kind: 'archive' }, async (signal) => {
      started.open();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))).finally(
        async () => {
          await cleanup.opened;
          cleaned = true;
        },
      );
    });
    const waiting = schedule.run({ kind: 'archive' }, async () => 'never');
    await started.opened;
    const reason = new Error('fatal');
    outer.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    const idle = schedule.idle();
    cleanup.open();
    await expect(running).rejects.toBe(reason);
    await idle;
    expect(cleaned).toBe(true);
    await expect(schedule.run({ kind: 'page' }, async () => 'never')).rejects.toBe(reason);
  });

  it('of a run that was aborted before runs nothing', async () => {
    const reason = new Error('early');
    const schedule = createSchedule(1, AbortSignal.abort(reason));
    await expect(schedule.run({ kind: 'page' }, async () => 'never')).rejects.toBe(reason);
  });
});
