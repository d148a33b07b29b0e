import type { Credential, SystemNotification } from '@hermes/contracts';

/** Who holds a stream. */
export interface StreamOrigin {
  /** Names its gateway, so that what concerns one connection can find it among many. */
  id: string;
  /** Milliseconds of `performance.now()`. */
  openedAt: number;
  address: string;
  credential: Credential | null;
  /** SHA-256 of the secret with which it is revoked: of a token, that of the key or session that made it. */
  credentialHash: string | null;
}

/** Why the server ends a stream. */
export const END_REASONS = [
  'shutdown',
  'max_age',
  'revoked',
  'expired',
  'slow',
  'overflow',
  'disabled',
  'internal',
] as const;
export type EndReason = (typeof END_REASONS)[number];

/** A response that stays open: it counts, and can be ended from outside. */
export interface HeldStream {
  readonly origin: StreamOrigin;
  readonly topics: readonly string[];
  /** Of the body, as they went out. */
  readonly bytes: number;
  /** How many frames wait for the client. */
  readonly queueDepth: number;
  /** States that a newer one replaced while the client was behind. */
  readonly conflated: number;
  /** Resolves when it has ended, whoever ended it. */
  readonly closed: Promise<void>;
  end(reason: EndReason, retryAfterMs?: number): void;
  /** Something that concerns this gateway alone. */
  notify(notification: SystemNotification): void;
}
