// What is measured, in order. `more` ones are left out unless `--all` asks for them.

const loopback = { label: 'loopback', latency: 0, bytesPerSecond: 0 };
const far = { label: '30 ms', latency: 30, bytesPerSecond: 0 };
const line = { label: '100 Mbit/s, 30 ms', latency: 30, bytesPerSecond: 12_500_000 };

const fetches = (set, network, states, options = {}) => ({ kind: 'fetch', set, network, states, ...options });
const installs = (set, network, states, options = {}) => ({
  kind: 'install',
  set,
  network,
  states,
  ...options,
});

export const cases = [
  fetches('small', loopback, ['cold', 'warm']),
  fetches('small', far, ['cold']),
  fetches('lock259', loopback, ['cold', 'warm']),
  fetches('wide', loopback, ['cold', 'warm']),
  fetches('wide', far, ['cold']),
  fetches('thousand', loopback, ['cold', 'warm']),
  fetches('huge', loopback, ['cold', 'warm'], { beside: ['curl'] }),
  installs('small', loopback, ['cold', 'nothing to do']),
  installs('forty', far, ['cold']),
  installs('wide', loopback, ['cold']),
  installs('lock259', loopback, ['cold', 'warm'], { more: true, runs: 1 }),
  installs('giants', loopback, ['cold'], { more: true, runs: 1 }),
  fetches('giants', loopback, ['cold', 'warm'], { more: true }),
  fetches('lock259', far, ['cold'], { more: true, runs: 1 }),
  fetches('forty', line, ['cold'], { more: true }),
  installs('forty', line, ['cold'], { more: true }),
  fetches('wide', line, ['cold'], { more: true, runs: 1 }),
];
