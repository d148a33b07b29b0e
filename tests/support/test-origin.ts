export * from '../../packages/worker/src/fixtures/test-origin.ts';
