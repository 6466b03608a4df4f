import { expect, it, vi } from 'vitest';
import { startWaiting } from '../../../src/report/waiting.js';

it('says on one line what is waited for and how long, and steps aside', () => {
  vi.useFakeTimers();
  try {
    const written: string[] = [];
    const output: { interrupt: (() => void) | undefined } = { interrupt: undefined };
    let now = 0;
    const write = (text: string) => void written.push(text);
    const stop = startWaiting('pip installs 15 distributions', {
      ...{ write, columns: () => 20, clock: () => now, output },
    });
    now = 1000;
    vi.advanceTimersByTime(1000);
    output.interrupt?.();
    stop();
    stop();
    expect(written).toEqual(['\rpip installs 15 dis\u001b[K', '\rpip installs 15 dis\u001b[K', '\r\u001b[K']);
    expect(output.interrupt).toBeUndefined();
  } finally {
    vi.useRealTimers();
  }
});
