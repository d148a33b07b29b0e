/** What ioredis says of a command that did not reach Redis, or whose answer did not come back. */
const LOST =
  /^(?:Stream isn't writeable and enableOfflineQueue|Connection is closed|Command timed out|Redis at .* cannot be reached)/;

/** What a Redis answers that is there, but cannot do its work now. */
const REFUSED = /^(?:LOADING|MASTERDOWN|NOREPLICAS|READONLY|CLUSTERDOWN|TRYAGAIN|BUSY|MISCONF|OOM) /;

/** Whether an error means that Redis is away for the moment, and not that something is wrong with us. */
export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'MaxRetriesPerRequestError') return true;
  // Not the AbortError of an AbortSignal: that one has a code.
  if (error.name === 'AbortError' || error.name === 'InterruptError') return !('code' in error);
  if (error.name === 'ReplyError') return REFUSED.test(error.message);
  // Not any ENOENT or ECONNREFUSED: a missing file is none of Redis' doing.
  if ('syscall' in error) return error.syscall === 'connect';
  return LOST.test(error.message);
}
