#!/usr/bin/env node
// Plain JavaScript, so that an old Node can read it and say what it lacks.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `Hermes needs Node 22.18 or newer; this is ${process.version}.\n` +
      'From a checkout, `npx -y pnpm@12 start` brings its own Node 24; if it did not, run `npx -y pnpm@12 install` and\n' +
      'look at what it says. Or install Node 24 yourself.\n',
  );
  process.exit(1);
}
await import('../src/main.ts');
