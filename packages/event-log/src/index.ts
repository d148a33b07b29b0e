export * from './epoch.ts';
export * from './follow.ts';
export * from './follow-options.ts';
export * from './log-event.ts';
export * from './publish.ts';
export * from './read.ts';
export * from './replace-counts.ts';
export * from './trim.ts';
