import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { type Quirk, quirkAuth, quirks, startQuirk } from '../../mock-index/quirks.js';
import { wheel } from '../../mock-index/wheel.js';

const archive = wheel({ name: 'pkg', version: '1.0+local.1' });
const subject = { project: 'pkg', archive };
const named = (name: string): Quirk => quirks.find((quirk) => quirk.name === name)!;
const authorization = `Basic ${Buffer.from(`${quirkAuth.user}:${quirkAuth.password}`).toString('base64')}`;

describe('quirks', () => {
  it('have names of their own', () => {
    expect(new Set(quirks.map((quirk) => quirk.name)).size).toBe(quirks.length);
  });

  it.each(quirks)('$name: the archive is where it is said to be', async (quirk) => {
    await using running = await startQuirk(quirk, subject);
    const answer = await request(running.archiveUrl);
    const body = Buffer.from(await answer.body.bytes().catch(() => 'cut short'));
    const spoilt = ['accept-ranges-but-200', 'gzip-on-archives'].includes(quirk.name);
    expect(answer.statusCode).toBe(200);
    expect(body.equals(archive.bytes)).toBe(!spoilt);
  });

  it('presigned storage answers 400 to forwarded credentials', async () => {
    await using running = await startQuirk(named('presigned-redirect'), subject);
    const first = running.index.fileUrl('pkg', archive.filename);
    expect((await request(first)).statusCode).toBe(401);
    const moved = await request(first, { headers: { authorization } });
    expect(moved.headers.location).toBe(running.archiveUrl);
    expect((await request(running.archiveUrl, { headers: { authorization } })).statusCode).toBe(400);
  });

  it('storage that takes + for a space does not find a raw one', async () => {
    await using running = await startQuirk(named('plus-raw'), subject);
    expect(running.archiveUrl).toContain('%2B');
    expect((await request(running.archiveUrl.replace('%2B', '+'))).statusCode).toBe(404);
  });

  it('the page that moved lists links relative to its new place', async () => {
    await using running = await startQuirk(named('relative-to-final-url'), subject);
    const moved = await request(`${running.index.url}pkg/`);
    const page = new URL(String(moved.headers.location), running.index.url);
    const text = await (await request(page)).body.text();
    const href = /href="([^"]+)"/.exec(text)?.[1] ?? '';
    expect(decodeURIComponent(new URL(href, page).href)).toBe(running.archiveUrl);
  });
});
