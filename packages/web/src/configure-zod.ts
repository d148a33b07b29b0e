import { config } from 'zod';

// Its compiled parsers need `eval`, which the content security policy refuses; even the try is reported as a violation.
// Read when a schema is made: imported ahead of everything that has one.
config({ jitless: true });
