/** Of SQLite: the file at its size limit, or the disk at its end, also for the files beside it. */
const CODES = new Set(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_SHMSIZE']);

/** Whether an error means that the database has no space left to write. */
export function isDatabaseFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CODES.has(String(error.code));
}
