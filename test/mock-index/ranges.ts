import { contentSize } from './content.js';
import { type Reply, refused } from './reply.js';
import type { Content, RangeFault } from './scenario.js';

export interface Part {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Content;
  /** The bytes of `body` that are sent. */
  readonly start: number;
  readonly end: number;
}

export interface RangeRequest {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** RFC 9110, section 14: the part of `reply` that was asked for, or what a server in the wild makes of it. */
export async function partOf(
  reply: Reply,
  asked: RangeRequest,
  fault: RangeFault | undefined,
): Promise<Part> {
  const size = await contentSize(reply.body);
  const whole = { ...reply, start: 0, end: size };
  if (asked.range === undefined || reply.headers['accept-ranges'] !== 'bytes' || reply.status !== 200)
    return whole;
  if (fault === 'ignored') return whole;
  if (fault === 'refused') return unsatisfiable(size);
  const fits = asked.ifRange === undefined || asked.ifRange === strong(reply.etag);
  if (!fits && fault !== 'ignores-if-range') return whole;
  const range = parseRange(asked.range, size);
  if (range === undefined) return whole;
  if (range.start >= size || range.start > range.end) return unsatisfiable(size);
  return spoil(reply, range, size, fault);
}

async function spoil(
  reply: Reply,
  { start, end }: { start: number; end: number },
  size: number,
  fault: RangeFault | undefined,
): Promise<Part> {
  const shift = fault === 'shifted' ? 1 : 0;
  const total = fault === 'wrong-total' ? size + 1 : size;
  const from = fault === 'relabelled' ? 0 : start + shift;
  const length = end + 1 - start - shift;
  const headers: Record<string, string> = {
    ...reply.headers,
    'content-range': `bytes ${start + shift}-${end}/${total}`,
    'content-length': String(length),
  };
  if (fault === 'no-content-range') delete headers['content-range'];
  if (fault !== 'other-validator')
    return { status: 206, headers, body: reply.body, start: from, end: from + length };
  return {
    status: 206,
    headers: { ...headers, etag: '"another"' },
    body: Buffer.alloc(length, 0x2a),
    start: 0,
    end: length,
  };
}

/** First and last byte, or undefined for what is to be ignored (several ranges, other units, bad syntax). */
function parseRange(text: string, size: number): { start: number; end: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(text) ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return { start: Math.max(0, size - Number(last)), end: size - 1 };
  return { start: Number(first), end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

function strong(etag: string | undefined): string | undefined {
  return etag?.startsWith('W/') ? undefined : etag;
}

async function unsatisfiable(size: number): Promise<Part> {
  const reply = refused(416, { 'content-range': `bytes */${size}` });
  return { ...reply, start: 0, end: await contentSize(reply.body) };
}
