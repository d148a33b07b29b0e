import type { IncomingMessage } from 'node:http';

/**
 * Lets go of the request's header fields: nothing asks for them once the stream is open, it may stay open for an hour, and
 * among them is the credential.
 */
export function releaseHead(request: IncomingMessage): void {
  request.headers = {};
  request.rawHeaders = [];
}
