// The totals of the last run on a line of their own, from the report that the run wrote.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(new URL('../../coverage/report.json', import.meta.url), 'utf8'));
const { numPassedTests, numFailedTests, numPendingTests } = report;
process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped\n`);
if (numPassedTests === 0 || numFailedTests > 0) process.exitCode = 1;
