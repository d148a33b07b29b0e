import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const common = { exclude: ['**/node_modules/**', '**/dist/**'], testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    // Most of them wait for servers, sockets and clocks: a little more than the cores there are.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['packages/{contracts,runtime,event-log,worker,api,gateway,hermes}/src/**/*.test.ts'],
        },
      },
      {
        test: {
          ...common,
          name: 'dom',
          environment: 'jsdom',
          include: ['packages/{client,react,web}/src/**/*.test.{ts,tsx}'],
        },
      },
      {
        test: {
          ...common,
          name: 'system',
          include: ['tests/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.{ts,tsx}'],
      exclude: [
        'packages/web/**',
        '**/*.test.{ts,tsx}',
        '**/*.test-d.ts',
        '**/main.ts',
        '**/fixtures/**',
        '**/src/testing/**',
      ],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: {
        lines: 80,
        'packages/contracts/src/**': { lines: 90 },
        'packages/event-log/src/**': { lines: 90 },
        'packages/gateway/src/**': { lines: 90 },
        'packages/client/src/**': { lines: 90 },
      },
    },
  },
});
