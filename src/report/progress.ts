import type { TransferEvent } from '../fetch/download/progress.js';
import { formatDuration, formatSize } from '../text/format.js';
import { printable } from '../text/redact.js';
import type { Output } from './output.js';

export interface ProgressOptions {
  /** Draws bars on the last lines of a terminal; without a terminal, prints a line only for slow transfers. */
  readonly bars: boolean;
  readonly write: (text: string) => void;
  readonly columns: () => number;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  readonly output: Output;
}

export interface Progress {
  /** While no archive arrives, a terminal shows how many projects the indexes answered about. */
  question(project: string): () => void;
  /** Shows the events of one transfer. `end` removes it from the display, whether it succeeded or not. */
  transfer(filename: string): { readonly onEvent: (event: TransferEvent) => void; readonly end: () => void };
  /** Bytes received over the network, and the number of archives. */
  readonly totals: { readonly bytes: number; readonly archives: number };
  /** Clears the bars. Safe to call twice. */
  stop(): void;
}

interface Transfer {
  name: string;
  size: number | undefined;
  received: number;
  startedAt: number;
  toldAt: number;
  isTold: boolean;
}

const frame = 100;
const tellEvery = 10_000;
const maxBars = 8;
const maxWidth = 100;
const minNameWidth = 12;

export function createProgress({ bars, write, columns, clock, output }: ProgressOptions): Progress {
  const active = new Set<Transfer>();
  /** Archives that were asked for, and that no server has answered yet. */
  const requested = new Set<Transfer>();
  /** By project: the questions without an answer. A project is asked about for several pins and targets. */
  const questions = new Map<string, number>();
  const totals = { bytes: 0, archives: 0 };
  let drawn = 0;
  let startedAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  function erase(): void {
    // Start at the first column: the `^C` of a terminal may have moved the cursor.
    if (drawn > 0) write(`\r\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  }

  function draw(): void {
    const now = clock();
    if (!bars) {
      tellSlowOnes(now);
      return;
    }
    const shown = [...active].sort((a, b) => (b.size ?? 0) - (a.size ?? 0)).slice(0, maxBars);
    // On a wide terminal, names and numbers stay close together.
    const width = Math.max(20, Math.min(columns() - 1, maxWidth));
    const lines = shown.map((transfer) => barLine(transfer, now, width));
    const elapsed = now - (startedAt ?? now);
    if (active.size > 0) lines.push(totalLine(active, totals, elapsed, width));
    else lines.push(...waitingLine(questions, requested.size, elapsed, width));
    erase();
    if (lines.length > 0) write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  }

  function tellSlowOnes(now: number): void {
    for (const transfer of active) {
      if (now - transfer.toldAt < tellEvery) continue;
      transfer.toldAt = now;
      transfer.isTold = true;
      output.note(`fetching ${transfer.name}: ${amount(transfer)}`);
    }
  }

  function begin(transfer: Transfer): void {
    requested.delete(transfer);
    active.add(transfer);
    show();
  }

  function show(): void {
    startedAt ??= clock();
    if (timer !== undefined) return;
    timer = setInterval(draw, frame);
    timer.unref();
    output.interrupt = erase;
  }

  return {
    totals,
    question(project) {
      questions.set(project, (questions.get(project) ?? 0) + 1);
      if (bars) show();
      return () => void questions.set(project, (questions.get(project) ?? 0) - 1);
    },
    transfer(filename) {
      const transfer: Transfer = {
        name: printable(filename),
        size: undefined,
        received: 0,
        startedAt: clock(),
        toldAt: clock(),
        isTold: false,
      };
      requested.add(transfer);
      if (bars) show();
      const onEvent = (event: TransferEvent): void => {
        switch (event.kind) {
          case 'started':
            transfer.name = printable(event.filename);
            transfer.size = event.size;
            begin(transfer);
            break;
          case 'bytes':
            totals.bytes += event.received - transfer.received;
            transfer.received = event.received;
            break;
          case 'resumed':
            transfer.received = event.received;
            break;
          case 'restarted':
            transfer.received = 0;
            break;
          case 'retry':
            output.note(
              `${event.error.message}; trying again in ${formatDuration(event.delay)} (${event.attempt} of ${event.retries})`,
            );
            break;
          case 'done':
            totals.archives += 1;
            active.delete(transfer);
            // If the start of a transfer was printed, print its end too.
            output.note(`fetched ${transfer.name} (${formatSize(event.size)})`, transfer.isTold ? 0 : 1);
            break;
        }
      };
      const end = () => {
        requested.delete(transfer);
        active.delete(transfer);
      };
      return { onEvent, end };
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
      erase();
      active.clear();
      requested.clear();
      output.interrupt = undefined;
    },
  };
}

function barLine(transfer: Transfer, now: number, width: number): string {
  const speed = (transfer.received / Math.max(1, now - transfer.startedAt)) * 1000;
  const rate = `${formatSize(speed)}/s`;
  // On a narrow terminal, fewer figures are shown beside the name.
  const rights = [
    ` ${amount(transfer)}  ${rate}${timeLeft(transfer, speed)}`,
    ` ${amount(transfer)}  ${rate}`,
    ` ${amount(transfer)}`,
    '',
  ];
  const right = rights.find((each) => width - each.length >= minNameWidth) ?? '';
  return toWidth(transfer.name, width - right.length) + right;
}

function totalLine(
  active: ReadonlySet<Transfer>,
  totals: Progress['totals'],
  elapsed: number,
  width: number,
): string {
  const speed = (totals.bytes / Math.max(1, elapsed)) * 1000;
  return toWidth(
    `${totals.archives} fetched, ${active.size} under way, ${formatSize(totals.bytes)} at ${formatSize(speed)}/s`,
    width,
  ).trimEnd();
}

/** What a run waits for while no archive arrives; empty if it waits for nothing. */
function waitingLine(
  questions: ReadonlyMap<string, number>,
  requested: number,
  elapsed: number,
  width: number,
): readonly string[] {
  const asked = questions.size;
  const answered = [...questions.values()].filter((open) => open === 0).length;
  const what =
    answered < asked
      ? `asking the indexes: ${answered} of ${asked} projects answered`
      : requested > 0
        ? `waiting for ${requested === 1 ? '1 archive' : `${requested} archives`}`
        : undefined;
  return what === undefined ? [] : [toWidth(`${what}, ${formatDuration(elapsed)}`, width).trimEnd()];
}

function amount({ size, received }: Transfer): string {
  return size === undefined ? formatSize(received) : `${formatSize(received)} of ${formatSize(size)}`;
}

function timeLeft({ size, received }: Transfer, speed: number): string {
  if (size === undefined || speed < 1 || received >= size) return '';
  return `  ${formatDuration(((size - received) / speed) * 1000)} left`;
}

/** Pads or cuts text to exactly `width` columns. */
function toWidth(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text.padEnd(width);
}
