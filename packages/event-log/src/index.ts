export * from './epoch.ts';
export * from './follow.ts';
export * from './log-event.ts';
export * from './publish.ts';
export * from './read.ts';
export * from './trim.ts';
