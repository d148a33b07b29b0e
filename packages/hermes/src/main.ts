import { runCli } from './run-cli.ts';

// A reader that has gone, or a terminal that was closed, is no reason to die half-way: what has to end then says so itself.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const exitCode = await runCli(process.argv.slice(2));
// A service that runs alone sets its own.
if (exitCode !== 0) process.exitCode = exitCode;
// What is still open now has been given up, and must not keep the process.
setTimeout(() => process.exit(), 2000).unref();
