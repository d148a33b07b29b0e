import { type Credential, TOPICS, type Topic } from '@hermes/contracts';
import { ProblemError } from '@hermes/runtime';
import type { Subscription } from '../hub/subscription.ts';

/**
 * What a stream token opens: streams whose topics are all among these. So `queue` opens `/events/queue` and
 * `/events/stream?channels=queue`, and nothing else. `download:<id>` is the topic `downloads`, narrowed to that one.
 */
const TOPICS_OF_SCOPE: Readonly<Record<string, readonly Topic[]>> = {
  queue: ['queue'],
  stats: ['stats'],
  system: ['system'],
  all: TOPICS,
};
const DOWNLOAD_PREFIX = 'download:';

/** The download that a scope is about, or null. */
export function downloadOf(scope: string): string | null {
  return scope.startsWith(DOWNLOAD_PREFIX) ? scope.slice(DOWNLOAD_PREFIX.length) : null;
}

/** The topics that a stream carries if none are named. */
export function readableTopics(credential: Credential | null): readonly Topic[] {
  // At present every topic asks for the same permission.
  if (credential?.kind !== 'token') return TOPICS;
  return downloadOf(credential.scope) === null ? (TOPICS_OF_SCOPE[credential.scope] ?? []) : ['downloads'];
}

/**
 * The subscription, narrowed to what the credential opens.
 * @throws {ProblemError} FORBIDDEN if it asks for more than that.
 */
export function withinScope(credential: Credential | null, wanted: Subscription): Subscription {
  if (credential?.kind !== 'token') return wanted;
  const topics = readableTopics(credential);
  if (!wanted.topics.every((topic) => topics.includes(topic))) refuse(credential.scope);
  const download = downloadOf(credential.scope);
  if (download === null) return wanted;
  const named = wanted.download !== null ? [wanted.download] : (wanted.progressOf ?? []);
  if (named.some((id) => id !== download)) refuse(credential.scope);
  // `progressOf` alone would let the status of every other download through.
  return { ...wanted, download, progressOf: null };
}

/**
 * For what is not a topic.
 * @throws {ProblemError} FORBIDDEN unless the credential opens everything that streams.
 */
export function requireWholeScope(credential: Credential | null): void {
  if (credential?.kind === 'token' && credential.scope !== 'all') refuse(credential.scope);
}

function refuse(scope: string): never {
  throw new ProblemError('FORBIDDEN', { detail: `This token opens "${scope}" and nothing else` });
}
