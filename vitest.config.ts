import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // By default one core of two stays idle.
    maxWorkers: 2,
    reporters: process.env.CI ? ['default'] : ['default'],
  },
});
