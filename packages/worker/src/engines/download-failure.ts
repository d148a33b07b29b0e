import { DOWNLOAD_ERRORS, type DownloadErrorCode } from '@hermes/contracts';

interface FailureDetails {
  /** What the server asked us to wait before the next try. */
  retryAfterMs?: number;
  cause?: unknown;
}

/** Why a try of a download came to nothing; the code says whether another one is worth it. */
export class DownloadFailure extends Error {
  override readonly name = 'DownloadFailure';
  readonly code: DownloadErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: DownloadErrorCode, message: string = DOWNLOAD_ERRORS[code].meaning, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.retryAfterMs = details.retryAfterMs;
  }

  get retryable(): boolean {
    return DOWNLOAD_ERRORS[this.code].retryable;
  }
}

/** What the system and undici call it, and what that means to a download. */
const CODES: Readonly<Record<string, DownloadErrorCode>> = {
  ENOTFOUND: 'DNS_FAILED',
  EAI_AGAIN: 'DNS_FAILED',
  EAI_FAIL: 'DNS_FAILED',
  EAI_NODATA: 'DNS_FAILED',
  EAI_NONAME: 'DNS_FAILED',
  ETIMEDOUT: 'TIMED_OUT',
  UND_ERR_CONNECT_TIMEOUT: 'TIMED_OUT',
  UND_ERR_HEADERS_TIMEOUT: 'TIMED_OUT',
  UND_ERR_BODY_TIMEOUT: 'TIMED_OUT',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'SIZE_MISMATCH',
  UND_ERR_INVALID_ARG: 'INVALID_URL',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS_FAILED',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS_FAILED',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS_FAILED',
  HOSTNAME_MISMATCH: 'TLS_FAILED',
  INVALID_CA: 'TLS_FAILED',
  EPROTO: 'TLS_FAILED',
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
};

const TLS_CODE = /^(?:CERT_|ERR_TLS_|ERR_SSL_|CRL_|UNABLE_TO_GET_)/;

/** A failure of the connection: whatever is not known by name broke off. */
export function toNetworkFailure(error: unknown): DownloadFailure {
  if (error instanceof DownloadFailure) return error;
  const code = systemCode(error);
  const known = CODES[code] ?? (TLS_CODE.test(code) ? 'TLS_FAILED' : 'CONNECTION_FAILED');
  return new DownloadFailure(known, `${DOWNLOAD_ERRORS[known].meaning} (${describe(error, code)})`, { cause: error });
}

/** A failure of the disk. */
export function toDiskFailure(error: unknown): DownloadFailure {
  if (error instanceof DownloadFailure) return error;
  const code = systemCode(error);
  const known = CODES[code] === 'DISK_FULL' ? 'DISK_FULL' : 'WRITE_FAILED';
  // The system's own message would tell the machine's paths to whoever reads the download.
  const detail = code === '' ? '' : ` (${code})`;
  return new DownloadFailure(known, `${DOWNLOAD_ERRORS[known].meaning}${detail}`, { cause: error });
}

/** The code of an error or of what caused it: happy eyeballs reports several failures as one without a code. */
export function systemCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return systemCode(error.errors[0]);
  return systemCode(error.cause);
}

function describe(error: unknown, code: string): string {
  if (code !== '') return code;
  return error instanceof Error ? error.message : String(error);
}
