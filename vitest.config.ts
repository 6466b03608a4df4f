import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    setupFiles: ['test/support/leaves-nothing.ts'],
    // Far above what any test takes: a machine that is busy with something else must not fail one.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // By default one core of two stays idle.
    maxWorkers: 2,
    reporters: process.env.CI ? ['default'] : ['default'],
  },
});
