import type { DownloadErrorCode } from '@hermes/contracts';

/** Why a download failed and what can be done, in words for whoever looks at the page. */
export const FAILURE_REASONS: Record<DownloadErrorCode, string> = {
  INVALID_URL: 'This link cannot be downloaded',
  PRIVATE_ADDRESS_REFUSED: 'The link leads into a private network, which is not allowed here',
  DNS_FAILED: 'The site could not be found: check the address',
  CONNECTION_FAILED: 'The connection to the site broke off',
  TIMED_OUT: 'The site stopped answering',
  TLS_FAILED: 'The site’s certificate is not trusted',
  HTTP_CLIENT_ERROR: 'The site refused the request',
  HTTP_SERVER_ERROR: 'The site has a problem of its own: try again later',
  TOO_MANY_REDIRECTS: 'The link leads round in circles',
  SIZE_LIMIT_EXCEEDED: 'The file is larger than this server allows',
  SIZE_MISMATCH: 'The file did not arrive whole',
  CHECKSUM_MISMATCH: 'The file is not the one that was expected: its checksum differs',
  DISK_FULL: 'The disk is full: make room, then add it again',
  WRITE_FAILED: 'The file could not be written: check the folder’s permissions',
  ENGINE_UNAVAILABLE: 'yt-dlp is not installed on the server: ask whoever runs it',
  OPTION_REFUSED: 'Something that was asked for with the link cannot be done',
  UNSUPPORTED_URL: 'There is no video to be found at this link',
  MEDIA_UNAVAILABLE: 'The site does not hand it out: removed, private, or restricted',
  FORMAT_UNAVAILABLE: 'It is not to be had in that format',
  EXTRACTION_FAILED: 'The site has changed: a newer yt-dlp may understand it',
  POSTPROCESSING_FAILED: 'Video and sound could not be put together: is ffmpeg installed?',
  SECRETS_UNAVAILABLE: 'Its headers or password could not be read any more: add it again',
  WORKER_LOST: 'The downloader crashed on this file again and again',
  INTERNAL: 'Something unforeseen went wrong: the server’s log has the details',
};
