import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { type Machine, makeMachine, peepHash } from './machine.js';

let machine: Machine;
let index: MockIndex;
beforeAll(async () => {
  machine = await makeMachine();
  index = await startMockIndex();
});
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await index?.close();
});
afterEach(() => machine.reset());

const names = ['apple', 'Black.Berry', 'cherry'];
const wheels = names.map((name) => wheel({ name, version: '1.0' }));
const lines = wheels.flatMap((built, i) => [peepHash(built), `${names[i]}==1.0`]);
const options = () => ['-i', index.url, '--retries', '0'];
const sectionOf = (stdout: string) => machine.shown(stdout.slice(0, stdout.indexOf('-----')));

describe('an index that fails for several requirements', () => {
  it('is told of once, with all of them', async () => {
    index.serve({ faults: [{ path: /^\/simple/, status: 503 }] });
    const { stdout, status } = await machine.install(lines, options());
    expect(sectionOf(stdout)).toMatchInlineSnapshot(`
      "No archive found for:

          apple==1.0  (requirements.txt, line 2)
          Black.Berry==1.0  (requirements.txt, line 4)
          cherry==1.0  (requirements.txt, line 6)
              cannot fetch 'http://127.0.0.1:[PORT]/simple/…/': the server answers with
              status 503
              hint: The server reports an error of its own; try again later.

      "
    `);
    expect(status).toBe(1);
  });

  it('is told of for each way in which it fails', async () => {
    index.serve({
      faults: [
        { path: '/simple/black-berry/', status: 403 },
        { path: /^\/simple/, status: 503 },
      ],
    });
    const { stdout } = await machine.install(lines, options());
    expect(sectionOf(stdout)).toMatchInlineSnapshot(`
      "No archive found for:

          apple==1.0  (requirements.txt, line 2)
          cherry==1.0  (requirements.txt, line 6)
              cannot fetch 'http://127.0.0.1:[PORT]/simple/…/': the server answers with
              status 503
              hint: The server reports an error of its own; try again later.

          Black.Berry==1.0  (requirements.txt, line 4)
              cannot fetch 'http://127.0.0.1:[PORT]/simple/black-berry/': the server
              answers with status 403
              hint: Check the user and password: in the URL, in netrc, or in the
              keyring (--keyring-provider subprocess).

      "
    `);
  });

  it('is told of in the report for programs at each requirement', async () => {
    index.serve({ faults: [{ path: /^\/simple/, status: 503 }] });
    const { stdout } = await machine.install(lines, [...options(), '--report', '-']);
    const { requirements } = JSON.parse(stdout) as { requirements: { reason: string }[] };
    expect(requirements.map(({ reason }) => reason)).toEqual(
      ['apple', 'black-berry', 'cherry'].map((name) => expect.stringContaining(`${index.url}${name}/`)),
    );
  });
});
